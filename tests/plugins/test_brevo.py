import pytest

from letterhead_providers import CredentialKind, DiagnosisCode, LookupOutcome, Stage
from letterhead_providers.catalogue import Catalogue
from plugins.asking import entered, findings, is_a_login, meanings, method, provider, subject

KEY = "xsmtpsib-" + "0a1b2c3d" * 8 + "-aBcDeFgH12345678"


def test_servers_have_three_ports_and_the_login_is_one_s_own(catalogue: Catalogue) -> None:
    presets = provider(catalogue, "brevo").presets
    assert [(preset.smtp.host, preset.smtp.port, preset.smtp.username) for preset in presets] == [
        ("smtp-relay.brevo.com", port, "") for port in (587, 465, 2525)
    ]
    assert method(catalogue, "brevo", "smtp-key").kind is CredentialKind.API_KEY


@pytest.mark.parametrize(
    ("stage", "said", "meaning"),
    [
        (Stage.SIGN_IN, "525 5.7.1 Unauthorized IP address", "IP_NOT_AUTHORIZED"),
        (Stage.SIGN_IN, "535 5.7.8 Authentication failed", "WRONG_PASSWORD"),
        (Stage.SIGN_IN, "535 5.7.8", "WRONG_PASSWORD"),
        (Stage.SIGN_IN, "535 5.7.0 Invalid login or password", "WRONG_PASSWORD"),
        (
            Stage.DATA,
            "502 5.7.0 Your SMTP account is not yet activated. Please contact us to request activation.",
            "ACCOUNT_LOCKED",
        ),
    ],
)
async def test_what_it_says_is_explained(catalogue: Catalogue, stage: Stage, said: str, meaning: str) -> None:
    assert await meanings(catalogue, "brevo", said, stage) == {DiagnosisCode(meaning)}


async def test_an_api_key_is_told_from_an_smtp_key(catalogue: Catalogue) -> None:
    api_key = KEY.replace("xsmtpsib", "xkeysib")
    assert await entered(catalogue, "brevo", "smtp-key", f" {KEY[:40]}\n{KEY[40:]} ") == (KEY, True)
    assert await entered(catalogue, "brevo", "smtp-key", api_key) == (api_key, False)
    assert await entered(catalogue, "brevo", "smtp-key", "hunter2") == ("hunter2", False)
    form = method(catalogue, "brevo", "smtp-key").secret_format
    assert form
    assert "xkeysib-" in form.description


@pytest.mark.parametrize("code", ["brevo-code:0a1b2c3d", "Sendinblue-code:0a1b2c3d"])
async def test_an_authenticated_domain_is_seen(catalogue: Catalogue, code: str) -> None:
    account = subject(catalogue, "brevo", "ann@shop.example", login="1a2b@smtp-brevo.com")
    answer = LookupOutcome(records=('"v=spf1 -all"', f'"{code}"'))
    assert await findings(catalogue, account, answer) == [
        ("PASSED", "Mail goes out by a server of Brevo", None),
        ("TXT", "shop.example", None),
        ("PASSED", "shop.example is set up at Brevo", None),
    ]


def test_the_login_looks_like_an_address(catalogue: Catalogue) -> None:
    for login, right in (("1a2b@smtp-brevo.com", True), ("ann", False), ("xsmtpsib-1", False), ("", False)):
        assert is_a_login(catalogue, "brevo", "smtp-key", login) == right


async def test_an_unknown_domain_is_warned_of(catalogue: Catalogue) -> None:
    found = await findings(catalogue, subject(catalogue, "brevo", "ann@shop.example", login="a@b.example"))
    assert found[2] == (
        "WARNED",
        "shop.example is set up at Brevo",
        DiagnosisCode.SENDER_DOMAIN_UNVERIFIED,
    )
