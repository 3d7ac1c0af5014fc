import pytest

from letterhead_providers import DiagnosisCode, LookupOutcome, Stage
from letterhead_providers.catalogue import Catalogue
from plugins.asking import entered, findings, meanings, provider, servers, subject

RIGHT = "abcd-efgh-ijkl-mnop"
SAID = [
    (Stage.SIGN_IN, "NO [AUTHENTICATIONFAILED] Authentication failed", "APP_PASSWORD_REQUIRED"),
    (Stage.SIGN_IN, "535 5.7.8 Error: authentication failed: bad password", "APP_PASSWORD_REQUIRED"),
    (Stage.DATA, "550 5.7.0 From address is not one of your addresses", "SENDER_NOT_OWNED"),
    (Stage.DATA, "550 5.7.1 You have exceeded your daily sending limit", "QUOTA_EXCEEDED"),
]
OF_OTHERS = ["454 4.7.0 Temporary authentication failure", "554 5.7.1 [CS01] Message rejected"]


@pytest.mark.parametrize(("stage", "said", "meaning"), SAID)
async def test_what_it_says_is_explained(catalogue: Catalogue, stage: Stage, said: str, meaning: str) -> None:
    assert await meanings(catalogue, "icloud", said, stage) == {DiagnosisCode(meaning)}


@pytest.mark.parametrize("said", OF_OTHERS)
async def test_a_neighbour_s_reply_is_left_to_the_general_rules(catalogue: Catalogue, said: str) -> None:
    assert await meanings(catalogue, "icloud", said, Stage.SIGN_IN) == {None}


@pytest.mark.parametrize(
    "pasted",
    [RIGHT, "abcdefghijklmnop", " abcd efgh ijkl mnop\n", "abcd‑efgh‑ijkl‑mnop", "abcd–efgh–ijklmnop"],
)
async def test_the_hyphens_of_the_password_are_put_right(catalogue: Catalogue, pasted: str) -> None:
    assert await entered(catalogue, "icloud", "app-password", pasted) == (RIGHT, True)


@pytest.mark.parametrize("pasted", ["Apple-Account-Pw1!", "abcd-efgh-ijkl"])
async def test_the_account_s_password_is_told_apart(catalogue: Catalogue, pasted: str) -> None:
    assert await entered(catalogue, "icloud", "app-password", pasted) == (pasted, False)


def test_there_is_no_pop3_and_no_oauth2(catalogue: Catalogue) -> None:
    assert servers(catalogue, "icloud") == ["smtp.mail.me.com:587 imap.mail.me.com:993"]
    assert [way.key for way in provider(catalogue, "icloud").auth_methods] == ["app-password", "password"]


async def test_icloud_s_own_address_passes(catalogue: Catalogue) -> None:
    assert await findings(catalogue, subject(catalogue, "icloud", "ann@me.com")) == [
        ("PASSED", "Mail goes out from the address that signs in", None)
    ]


async def test_a_domain_of_one_s_own_signs_in_with_the_main_address(catalogue: Catalogue) -> None:
    account = subject(catalogue, "icloud", "ann@shop.example", login="ann@icloud.com")
    answer = LookupOutcome(records=("10 mx01.mail.icloud.com.", "10 mx02.mail.icloud.com."))
    assert await findings(catalogue, account, answer) == [
        ("MX", "shop.example", None),
        ("PASSED", "Mail for shop.example is received by iCloud", None),
        ("WARNED", "iCloud lets ann@shop.example be used as the sender", DiagnosisCode.SENDER_NOT_OWNED),
    ]


async def test_dns_that_does_not_answer_is_a_warning(catalogue: Catalogue) -> None:
    account = subject(catalogue, "icloud", "ann@shop.example")
    found = await findings(catalogue, account, LookupOutcome(error="no answer"))
    assert found[1] == ("WARNED", "Mail for shop.example is received by iCloud", None)
