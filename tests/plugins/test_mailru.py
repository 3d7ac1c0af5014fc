import pytest

from letterhead_providers import DiagnosisCode, LookupOutcome, Stage
from letterhead_providers.catalogue import Catalogue
from plugins.asking import entered, findings, meanings, method, servers, subject

SAID = [
    (
        Stage.SIGN_IN,
        "535 5.7.0 NEOBHODIM parol prilozheniya https://help.mail.ru/ Application password is REQUIRED",
        "APP_PASSWORD_REQUIRED",
    ),
    (Stage.SIGN_IN, "535 5.7.0 NEOBHODIM parol prilozheniya", "APP_PASSWORD_REQUIRED"),
    (Stage.SIGN_IN, "535 Incorrect authentication data: authentication failed", "WRONG_PASSWORD"),
    (Stage.SENDER, "550 not local sender over smtp", "SENDER_NOT_OWNED"),
    (Stage.DATA, "550 spam message rejected. Please visit help.mail.example", "SPAM_CONTENT"),
]
OF_OTHERS = ["535 5.7.8 authentication failed", "550 5.1.1 no such user", "550 sender is not local"]


@pytest.mark.parametrize(("stage", "said", "meaning"), SAID)
async def test_what_it_says_is_explained(catalogue: Catalogue, stage: Stage, said: str, meaning: str) -> None:
    assert await meanings(catalogue, "mailru", said, stage) == {DiagnosisCode(meaning)}


@pytest.mark.parametrize("said", OF_OTHERS)
async def test_a_neighbour_s_reply_is_left_to_the_general_rules(catalogue: Catalogue, said: str) -> None:
    for stage in (Stage.SIGN_IN, Stage.SENDER):
        assert await meanings(catalogue, "mailru", said, stage) == {None}


def test_pop3_stands_first(catalogue: Catalogue) -> None:
    assert servers(catalogue, "mailru") == [
        "smtp.mail.ru:465 pop.mail.ru:995",
        "smtp.mail.ru:587 pop.mail.ru:995",
        "smtp.mail.ru:465 imap.mail.ru:993",
    ]


async def test_the_way_in_is_a_password_for_external_applications(catalogue: Catalogue) -> None:
    assert method(catalogue, "mailru", "password").unavailable_because
    assert await entered(catalogue, "mailru", "app-password", "abcd efgh\r\n") == ("abcdefgh", True)


def test_oauth2_is_described(catalogue: Catalogue) -> None:
    oauth2 = method(catalogue, "mailru", "oauth2").oauth2
    assert oauth2
    assert (oauth2.authorize_url, oauth2.scopes) == ("https://o2.mail.ru/login", ("userinfo", "mail.imap"))


async def test_a_public_address_passes(catalogue: Catalogue) -> None:
    assert await findings(catalogue, subject(catalogue, "mailru", "ann@bk.ru")) == [
        ("PASSED", "ann@bk.ru is used with the servers of Mail.ru", None)
    ]


async def test_servers_of_somebody_else_are_not_judged(catalogue: Catalogue) -> None:
    account = subject(catalogue, "mailru", "ann@bk.ru", host="relay.shop.example")
    assert await findings(catalogue, account) == []


async def test_a_domain_of_one_s_own_is_looked_up(catalogue: Catalogue) -> None:
    account = subject(catalogue, "mailru", "ann@shop.example")
    title = "Mail for shop.example is received by Mail.ru"
    assert await findings(catalogue, account, LookupOutcome(records=("10 emx.mail.ru.",))) == [
        ("MX", "shop.example", None),
        ("PASSED", title, None),
    ]
    assert (await findings(catalogue, account))[1] == ("WARNED", title, DiagnosisCode.POLICY_OTHER)
