import pytest

from letterhead_providers import DiagnosisCode, LookupOutcome, Stage
from letterhead_providers.catalogue import Catalogue
from plugins.asking import entered, findings, meanings, method, servers, subject

AT_EXMAIL = LookupOutcome(records=("5 mxbiz1.qq.com.", "10 mxbiz2.qq.com."))
SAID = [
    (
        Stage.SIGN_IN,
        "535 Login Fail. Please enter your authorization code to login. More information in http://x.example",
        "APP_PASSWORD_REQUIRED",
    ),
    (Stage.SIGN_IN, "535 Error: ÇëÊ¹ÓÃÊÚÈ¨ÂëµÇÂ¼", "APP_PASSWORD_REQUIRED"),
    (Stage.SIGN_IN, "-ERR Login fail. Please enter your authorization code", "APP_PASSWORD_REQUIRED"),
    (Stage.SENDER, "501 mail from address must be same as authorization user", "SENDER_NOT_OWNED"),
]


@pytest.mark.parametrize(("stage", "said", "meaning"), SAID)
async def test_what_it_says_is_explained(catalogue: Catalogue, stage: Stage, said: str, meaning: str) -> None:
    assert await meanings(catalogue, "qq", said, stage) == {DiagnosisCode(meaning)}


@pytest.mark.parametrize("said", ["501 Syntax error", "535 not at sign-in", "550 Mailbox not found"])
async def test_a_neighbour_s_reply_is_left_to_the_general_rules(catalogue: Catalogue, said: str) -> None:
    assert await meanings(catalogue, "qq", said, Stage.DATA) == {None}


def test_each_has_servers_of_its_own(catalogue: Catalogue) -> None:
    assert servers(catalogue, "qq")[0] == "smtp.qq.com:465 pop.qq.com:995"
    assert servers(catalogue, "exmail")[0] == "smtp.exmail.qq.com:465 pop.exmail.qq.com:995"


async def test_the_way_into_qq_is_an_authorization_code(catalogue: Catalogue) -> None:
    assert method(catalogue, "qq", "password").unavailable_because
    assert await entered(catalogue, "qq", "app-password", "abcd efgh\n") == ("abcdefgh", True)


@pytest.mark.parametrize(
    ("exchanger", "key"), [("mx1.qq.com", "qq"), ("mx3.qq.com.", "qq"), ("mxbiz1.qq.com", "exmail")]
)
async def test_a_domain_of_one_s_own_is_known_by_its_exchangers(
    catalogue: Catalogue, exchanger: str, key: str
) -> None:
    owner = await catalogue.owner_of("shop.example", (exchanger,))
    assert owner
    assert owner.key == key


async def test_an_address_of_the_sister_needs_her_servers(catalogue: Catalogue) -> None:
    title = "ann@foxmail.com is used with the servers of QQ Mail"
    assert await findings(catalogue, subject(catalogue, "qq", "ann@foxmail.com")) == [("PASSED", title, None)]
    assert await findings(catalogue, subject(catalogue, "exmail", "ann@foxmail.com")) == [
        ("FAILED", title, DiagnosisCode.SENDER_NOT_OWNED)
    ]


@pytest.mark.parametrize(("key", "verdict"), [("exmail", "PASSED"), ("qq", "WARNED")])
async def test_a_domain_received_by_exmail_needs_its_servers(
    catalogue: Catalogue, key: str, verdict: str
) -> None:
    found = await findings(catalogue, subject(catalogue, key, "ann@shop.example"), AT_EXMAIL)
    assert [row[:2] for row in found] == [
        ("MX", "shop.example"),
        ("PASSED", "Mail for shop.example is received by Tencent"),
        (verdict, "ann@shop.example is used with the servers of Tencent Exmail"),
    ]


async def test_a_domain_received_elsewhere_is_warned_of(catalogue: Catalogue) -> None:
    found = await findings(catalogue, subject(catalogue, "exmail", "ann@shop.example"))
    assert found[1:] == [
        ("WARNED", "Mail for shop.example is received by Tencent", DiagnosisCode.POLICY_OTHER)
    ]
