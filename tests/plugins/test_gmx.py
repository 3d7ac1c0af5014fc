import pytest

from letterhead_providers import DiagnosisCode, LookupOutcome, Stage
from letterhead_providers.catalogue import Catalogue
from plugins.asking import entered, findings, meanings, provider, servers, subject

FAMILY = ["gmx-net", "gmx-com", "webde", "mailcom"]
SAID = [
    (Stage.SIGN_IN, "535 Authentication credentials invalid", "WRONG_PASSWORD"),
    (Stage.SENDER, "550 Requested action not taken: mailbox unavailable", "SENDER_NOT_OWNED"),
    (Stage.RECIPIENT, "550 Sender address is not allowed.", "SENDER_NOT_OWNED"),
    (Stage.DATA, "554 Transaction failed for explanation visit the page?c=hi", "POLICY_OTHER"),
]


@pytest.mark.parametrize("key", FAMILY)
@pytest.mark.parametrize(("stage", "said", "meaning"), SAID)
async def test_what_it_says_is_explained(
    catalogue: Catalogue, key: str, stage: Stage, said: str, meaning: str
) -> None:
    assert await meanings(catalogue, key, said, stage) == {DiagnosisCode(meaning)}


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        (Stage.RECIPIENT, "550 Requested action not taken: mailbox unavailable"),
        (Stage.SIGN_IN, "535 5.7.8 Error: authentication failed"),
        (Stage.DATA, "554 5.7.1 Spam detected"),
    ],
)
async def test_a_neighbour_s_reply_is_left_to_the_general_rules(
    catalogue: Catalogue, stage: Stage, said: str
) -> None:
    assert await meanings(catalogue, "gmx-net", said, stage) == {None}


def test_each_has_servers_of_its_own(catalogue: Catalogue) -> None:
    assert [servers(catalogue, key)[0] for key in FAMILY] == [
        "mail.gmx.net:465 pop.gmx.net:995",
        "mail.gmx.com:465 pop.gmx.com:995",
        "smtp.web.de:587 pop3.web.de:995",
        "smtp.mail.com:465 pop.mail.com:995",
    ]


def test_web_de_signs_in_with_the_part_before_the_at(catalogue: Catalogue) -> None:
    presets = provider(catalogue, "webde").presets
    logins = {server.username for p in presets for server in (p.smtp, p.incoming) if server}
    assert logins == {"{local}"}


async def test_an_application_specific_password_is_taken_without_spaces(catalogue: Catalogue) -> None:
    assert await entered(catalogue, "gmx-net", "app-password", " ABCD efgh 1234\n") == ("ABCDefgh1234", True)


@pytest.mark.parametrize(
    ("key", "address", "verdict", "home"),
    [
        ("gmx-net", "ann@gmx.de", "PASSED", "GMX (Germany, Austria, Switzerland)"),
        ("gmx-net", "ann@gmx.com", "FAILED", "GMX (international)"),
        ("mailcom", "ann@web.de", "FAILED", "WEB.DE"),
        ("webde", "ann@consultant.com", "FAILED", "mail.com"),
    ],
)
async def test_an_address_of_a_sister_needs_her_servers(
    catalogue: Catalogue, key: str, address: str, verdict: str, home: str
) -> None:
    code = DiagnosisCode.SENDER_NOT_OWNED if verdict == "FAILED" else None
    assert await findings(catalogue, subject(catalogue, key, address)) == [
        (verdict, f"{address} is used with the servers of {home}", code)
    ]


async def test_another_domain_is_looked_up(catalogue: Catalogue) -> None:
    account = subject(catalogue, "gmx-net", "ann@shop.example")
    found = await findings(catalogue, account, LookupOutcome(records=("10 mx00.gmx.net.",)))
    assert found[1][0] == "PASSED"
    assert (await findings(catalogue, account))[1][0] == "WARNED"
