import pytest

from letterhead_providers import CredentialKind, DiagnosisCode, LookupOutcome, Stage
from letterhead_providers.catalogue import Catalogue
from plugins.asking import entered, findings, is_a_login, meanings, method, provider, subject

SECRET_KEY = "0a1b2c3d" * 4
SIGNED = LookupOutcome(records=('"k=rsa; p=MIGfMA0GCSq" "GSIb3DQEB"',))


def test_the_api_key_is_the_login(catalogue: Catalogue) -> None:
    presets = provider(catalogue, "mailjet").presets
    assert [(preset.smtp.host, preset.smtp.port, preset.smtp.username) for preset in presets] == [
        ("in-v3.mailjet.com", port, "") for port in (587, 465, 25)
    ]
    way_in = method(catalogue, "mailjet", "api-key")
    assert (way_in.kind, way_in.secret_label) == (CredentialKind.API_KEY, "Secret key")


@pytest.mark.parametrize(
    ("stage", "said", "meaning"),
    [
        (Stage.SIGN_IN, "535 5.7.8 Error: authentication failed", "WRONG_PASSWORD"),
        (Stage.SIGN_IN, "535", "WRONG_PASSWORD"),
        (Stage.SENDER, "530 5.7.1 Authentication required", "AUTH_REQUIRED"),
        (Stage.DATA, "550 Sender not allowed", "SENDER_DOMAIN_UNVERIFIED"),
    ],
)
async def test_what_it_says_is_explained(catalogue: Catalogue, stage: Stage, said: str, meaning: str) -> None:
    assert await meanings(catalogue, "mailjet", said, stage) == {DiagnosisCode(meaning)}


async def test_a_secret_key_is_taken_without_its_white_space(catalogue: Catalogue) -> None:
    pasted = f" {SECRET_KEY[:16]}\r\n{SECRET_KEY[16:]}"
    assert await entered(catalogue, "mailjet", "api-key", pasted) == (SECRET_KEY, True)
    assert await entered(catalogue, "mailjet", "api-key", "\n") == ("", False)


async def test_a_domain_that_is_signed_for_is_seen(catalogue: Catalogue) -> None:
    account = subject(catalogue, "mailjet", "ann@shop.example", login="f0e1d2c3")
    assert await findings(catalogue, account, SIGNED) == [
        ("PASSED", "Mail goes out by a server of Mailjet", None),
        ("TXT", "mailjet._domainkey.shop.example", None),
        ("PASSED", "shop.example is set up at Mailjet", None),
    ]


def test_an_address_is_no_login(catalogue: Catalogue) -> None:
    for login, right in (("f0e1d2c3" * 4, True), ("ann@shop.example", False), ("", False)):
        assert is_a_login(catalogue, "mailjet", "api-key", login) == right


async def test_an_unknown_domain_is_warned_of(catalogue: Catalogue) -> None:
    found = await findings(catalogue, subject(catalogue, "mailjet", "ann@shop.example", login="f0e1d2c3"))
    assert found[2] == (
        "WARNED",
        "shop.example is set up at Mailjet",
        DiagnosisCode.SENDER_DOMAIN_UNVERIFIED,
    )
