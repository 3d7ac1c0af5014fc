import pytest

from letterhead_providers import CredentialKind, DiagnosisCode, LookupOutcome, Stage
from letterhead_providers.catalogue import Catalogue
from plugins.asking import entered, findings, is_a_login, meanings, method, provider, subject

KEY = "SG." + "a-Z_9" * 4 + "xy." + "b-Y_8" * 8 + "xyz"
AUTHENTICATED = LookupOutcome(records=("s1.domainkey.u1234.wl567.sendgrid.net.",))


def test_the_login_is_one_word_at_every_server(catalogue: Catalogue) -> None:
    presets = provider(catalogue, "sendgrid").presets
    assert {preset.smtp.username for preset in presets} == {"apikey"}
    assert [(preset.smtp.host, preset.smtp.port) for preset in presets] == [
        *(("smtp.sendgrid.net", port) for port in (587, 465, 2525, 25)),
        *(("smtp.eu.sendgrid.net", port) for port in (587, 465)),
    ]
    assert method(catalogue, "sendgrid", "api-key").kind is CredentialKind.API_KEY


@pytest.mark.parametrize(
    ("stage", "said", "meaning"),
    [
        (
            Stage.DATA,
            "550 The from address does not match a verified Sender Identity. Mail cannot be sent.",
            "SENDER_DOMAIN_UNVERIFIED",
        ),
        (
            Stage.DATA,
            "403 You are not authorized to send from that email address",
            "SENDER_DOMAIN_UNVERIFIED",
        ),
        (Stage.SENDER, "550 Unauthenticated senders not allowed", "AUTH_REQUIRED"),
        (Stage.SIGN_IN, "451 Authentication failed: Maximum credits exceeded", "QUOTA_EXCEEDED"),
        (Stage.SIGN_IN, "535 Authentication failed: Bad username / password", "WRONG_PASSWORD"),
        (
            Stage.SIGN_IN,
            "535 Authentication failed: The provided authorization grant is invalid, expired, or revoked",
            "WRONG_PASSWORD",
        ),
    ],
)
async def test_what_it_says_is_explained(catalogue: Catalogue, stage: Stage, said: str, meaning: str) -> None:
    assert await meanings(catalogue, "sendgrid", said, stage) == {DiagnosisCode(meaning)}


async def test_a_key_is_known_by_its_beginning_and_line_ends_do_not_count(catalogue: Catalogue) -> None:
    assert await entered(catalogue, "sendgrid", "api-key", f" {KEY[:30]}\r\n{KEY[30:]} ") == (KEY, True)
    for wrong in ("hunter2", "SG.half", "xkeysib-0a1b", KEY.lower()):
        assert await entered(catalogue, "sendgrid", "api-key", wrong) == (wrong, False)


async def test_an_authenticated_domain_is_seen(catalogue: Catalogue) -> None:
    account = subject(catalogue, "sendgrid", "ann@shop.example", login="apikey")
    assert await findings(catalogue, account, AUTHENTICATED) == [
        ("PASSED", "Mail goes out by a server of Twilio SendGrid", None),
        ("CNAME", "s1._domainkey.shop.example", None),
        ("PASSED", "shop.example is set up at Twilio SendGrid", None),
    ]


def test_the_login_is_that_word_alone(catalogue: Catalogue) -> None:
    for login, right in (
        ("apikey", True),
        ("ann@shop.example", False),
        ("apikeys", False),
        ("ApiKey", False),
    ):
        assert is_a_login(catalogue, "sendgrid", "api-key", login) == right


async def test_an_unknown_domain_is_warned_of(catalogue: Catalogue) -> None:
    found = await findings(catalogue, subject(catalogue, "sendgrid", "ann@shop.example", login="apikey"))
    assert found[2] == (
        "WARNED",
        "shop.example is set up at Twilio SendGrid",
        DiagnosisCode.SENDER_DOMAIN_UNVERIFIED,
    )
