import pytest

from letterhead_providers import DiagnosisCode, LookupOutcome, Stage
from letterhead_providers.catalogue import Catalogue
from plugins.asking import entered, findings, meanings, method, servers, subject

SAID = [
    ("535 5.7.0 (#MBR1212) Incorrect username or password", "APP_PASSWORD_REQUIRED"),
    ("535 5.7.0 (#AUTH005) app password required", "APP_PASSWORD_REQUIRED"),
    ("NO [AUTHENTICATIONFAILED] LOGIN Invalid credentials", "APP_PASSWORD_REQUIRED"),
    ("535 5.7.0 (#AUTH005) Too many bad auth attempts.", "RATE_LIMITED"),
]
OF_OTHERS = ["535 5.7.8 Authentication failed", "550 relaying denied", "554 5.7.9 Message not accepted"]


@pytest.mark.parametrize("key", ["yahoo", "aol"])
@pytest.mark.parametrize(("said", "meaning"), SAID)
async def test_what_it_says_is_explained(catalogue: Catalogue, key: str, said: str, meaning: str) -> None:
    assert await meanings(catalogue, key, said, Stage.SIGN_IN) == {DiagnosisCode(meaning)}


@pytest.mark.parametrize("said", OF_OTHERS)
async def test_a_neighbour_s_reply_is_left_to_the_general_rules(catalogue: Catalogue, said: str) -> None:
    assert await meanings(catalogue, "yahoo", said, Stage.SIGN_IN) == {None}


def test_each_has_servers_of_its_own(catalogue: Catalogue) -> None:
    assert servers(catalogue, "yahoo")[0] == "smtp.mail.yahoo.com:465 pop.mail.yahoo.com:995"
    assert servers(catalogue, "aol")[-1] == "smtp.aol.com:465 imap.aol.com:993"


@pytest.mark.parametrize("key", ["yahoo", "aol"])
async def test_the_way_in_is_an_app_password(catalogue: Catalogue, key: str) -> None:
    assert method(catalogue, key, "password").unavailable_because
    assert await entered(catalogue, key, "app-password", "abcd efgh ijkl mnop\r\n") == (
        "abcdefghijklmnop",
        True,
    )


def test_oauth2_asks_each_s_own_server(catalogue: Catalogue) -> None:
    urls = []
    for key in ("yahoo", "aol"):
        oauth2 = method(catalogue, key, "oauth2").oauth2
        assert oauth2
        urls.append((oauth2.token_url, oauth2.scopes, oauth2.pkce))
    assert urls == [
        ("https://api.login.yahoo.com/oauth2/get_token", ("mail-w",), False),
        ("https://api.login.aol.com/oauth2/get_token", ("mail-w",), False),
    ]


async def test_an_address_of_the_sister_is_warned_of(catalogue: Catalogue) -> None:
    assert await findings(catalogue, subject(catalogue, "yahoo", "ann@ymail.com")) == [
        ("PASSED", "ann@ymail.com is used with the servers of Yahoo Mail", None)
    ]
    assert await findings(catalogue, subject(catalogue, "yahoo", "ann@aol.com")) == [
        (
            "WARNED",
            "ann@aol.com is used with the servers of AOL Mail",
            DiagnosisCode.SENDER_NOT_OWNED,
        )
    ]


async def test_japan_is_another_company(catalogue: Catalogue) -> None:
    assert await findings(catalogue, subject(catalogue, "yahoo", "ann@yahoo.co.jp")) == [
        ("FAILED", "ann@yahoo.co.jp is a Yahoo Mail address", DiagnosisCode.SENDER_NOT_OWNED)
    ]


async def test_a_domain_of_one_s_own_is_looked_up(catalogue: Catalogue) -> None:
    account = subject(catalogue, "yahoo", "ann@shop.example")
    answer = LookupOutcome(records=("1 mx-biz.mail.am0.yahoodns.net.",))
    title = "Mail for shop.example is received by Yahoo Mail"
    assert await findings(catalogue, account, answer) == [
        ("MX", "shop.example", None),
        ("PASSED", title, None),
    ]
    assert (await findings(catalogue, account))[1][0] == "WARNED"


async def test_aol_s_exchangers_are_not_yahoo_s(catalogue: Catalogue) -> None:
    owner = await catalogue.owner_of("shop.example", ("mx-aol.mail.gm0.yahoodns.net",))
    assert owner
    assert owner.key == "aol"
