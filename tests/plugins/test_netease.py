import pytest

from letterhead_providers import DiagnosisCode, Stage
from letterhead_providers.catalogue import Catalogue
from plugins.asking import entered, findings, meanings, method, servers, subject

FAMILY = ["netease-163", "netease-126", "netease-yeah"]
SAID = [
    (Stage.SIGN_IN, "535 Error: authentication failed", "APP_PASSWORD_REQUIRED"),
    (Stage.SIGN_IN, "550 User has no permission", "PROTOCOL_ACCESS_DISABLED"),
    (Stage.SENDER, "553 Mail from must equal authorized user", "SENDER_NOT_OWNED"),
    (Stage.MAILBOX, "A3 NO SELECT Unsafe Login. Please contact kefu@188.com for help", "POLICY_OTHER"),
]


@pytest.mark.parametrize("key", FAMILY)
@pytest.mark.parametrize(("stage", "said", "meaning"), SAID)
async def test_what_it_says_is_explained(
    catalogue: Catalogue, key: str, stage: Stage, said: str, meaning: str
) -> None:
    assert await meanings(catalogue, key, said, stage) == {DiagnosisCode(meaning)}


@pytest.mark.parametrize(
    "said", ["550 User not found", "454 authentication failed", "553 Mail from rejected"]
)
async def test_a_neighbour_s_reply_is_left_to_the_general_rules(catalogue: Catalogue, said: str) -> None:
    for stage in (Stage.SIGN_IN, Stage.SENDER):
        assert await meanings(catalogue, "netease-163", said, stage) == {None}


def test_each_has_servers_of_its_own(catalogue: Catalogue) -> None:
    assert [servers(catalogue, key)[0] for key in FAMILY] == [
        "smtp.163.com:465 pop.163.com:995",
        "smtp.126.com:465 pop.126.com:995",
        "smtp.yeah.net:465 pop.yeah.net:995",
    ]


@pytest.mark.parametrize("key", FAMILY)
async def test_the_way_in_is_an_authorization_code(catalogue: Catalogue, key: str) -> None:
    assert method(catalogue, key, "password").unavailable_because
    assert await entered(catalogue, key, "app-password", " ABCD EFGH\n") == ("ABCDEFGH", True)


async def test_an_address_of_a_sister_needs_her_servers(catalogue: Catalogue) -> None:
    own = subject(catalogue, "netease-163", "ann@163.com")
    sister = subject(catalogue, "netease-163", "ann@126.com")
    assert await findings(catalogue, own) == [
        ("PASSED", "ann@163.com is used with the servers of NetEase 163.com", None)
    ]
    assert await findings(catalogue, sister) == [
        (
            "FAILED",
            "ann@126.com is used with the servers of NetEase 126.com",
            DiagnosisCode.SENDER_NOT_OWNED,
        )
    ]


async def test_other_domains_and_servers_are_not_judged(catalogue: Catalogue) -> None:
    assert await catalogue.checks(subject(catalogue, "netease-163", "ann@shop.example")) is None
    relayed = subject(catalogue, "netease-163", "ann@163.com", host="relay.shop.example")
    assert await catalogue.checks(relayed) is None
