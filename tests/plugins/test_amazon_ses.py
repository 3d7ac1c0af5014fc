import pytest

from letterhead_providers import CredentialKind, DiagnosisCode, Stage
from letterhead_providers.catalogue import Catalogue
from plugins.asking import entered, findings, is_a_login, meanings, method, provider, subject


def test_each_region_has_its_servers_and_the_login_is_one_s_own(catalogue: Catalogue) -> None:
    servers = [(preset.smtp.host, preset.smtp.port) for preset in provider(catalogue, "ses").presets]
    assert servers[:2] == [("email-smtp.us-east-1.amazonaws.com", port) for port in (587, 465)]
    assert ("email-smtp.eu-central-1.amazonaws.com", 587) in servers
    assert {preset.smtp.username for preset in provider(catalogue, "ses").presets} == {""}
    assert method(catalogue, "ses", "smtp-credentials").kind is CredentialKind.API_KEY


@pytest.mark.parametrize(
    ("stage", "said", "meaning"),
    [
        (Stage.SIGN_IN, "535 Authentication Credentials Invalid", "WRONG_PASSWORD"),
        (
            Stage.DATA,
            "554 Message rejected: Email address is not verified.",
            "SENDER_DOMAIN_UNVERIFIED",
        ),
        (
            Stage.DATA,
            "554 The following identities failed the check in region EU-WEST-1: ann@shop.example",
            "SENDER_DOMAIN_UNVERIFIED",
        ),
        (Stage.DATA, "454 Throttling failure: Maximum sending rate exceeded", "RATE_LIMITED"),
        (Stage.DATA, "454 Throttling failure: Daily message quota exceeded", "QUOTA_EXCEEDED"),
        (Stage.GREETING, "421 Too many concurrent SMTP connections", "RATE_LIMITED"),
        (Stage.DATA, "451 Timeout waiting for data from client", "TIMEOUT"),
        (Stage.DATA, "451 Temporary service failure", "SERVER_UNAVAILABLE"),
        (Stage.SENDER, "530 Must issue a STARTTLS command first", "TLS_REQUIRED"),
        (Stage.SENDER, "530 Authentication required", "AUTH_REQUIRED"),
        (
            Stage.DATA,
            "554 Access denied: User `arn:aws:iam::1:user/x' is not authorized to perform `ses:SendRawEmail'",
            "POLICY_OTHER",
        ),
    ],
)
async def test_what_it_says_is_explained(catalogue: Catalogue, stage: Stage, said: str, meaning: str) -> None:
    assert await meanings(catalogue, "ses", said, stage) == {DiagnosisCode(meaning)}


@pytest.mark.parametrize(
    ("pasted", "secret", "fits"),
    [
        (" B" + "a9+/" * 10 + "xyz ", "B" + "a9+/" * 10 + "xyz", True),
        ("A" + "b" * 20 + "\n" + "b" * 23, "A" + "b" * 43, True),
        ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", False),
        ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE", False),
    ],
)
async def test_a_secret_access_key_is_told_from_an_smtp_password(
    catalogue: Catalogue, pasted: str, secret: str, fits: bool
) -> None:
    assert await entered(catalogue, "ses", "smtp-credentials", pasted) == (secret, fits)


async def test_every_sender_s_domain_has_to_be_verified_in_the_server_s_region(catalogue: Catalogue) -> None:
    host = "email-smtp.eu-west-1.amazonaws.com"
    account = subject(catalogue, "ses", "ann@shop.example", "b@firma.example", login="AKIAX1", host=host)
    assert await findings(catalogue, account) == [
        ("PASSED", "Mail goes out by a server of Amazon SES", None),
        ("WARNED", "shop.example is verified in eu-west-1", DiagnosisCode.SENDER_DOMAIN_UNVERIFIED),
        ("WARNED", "firma.example is verified in eu-west-1", DiagnosisCode.SENDER_DOMAIN_UNVERIFIED),
    ]


def test_an_address_is_no_login(catalogue: Catalogue) -> None:
    for login, right in (
        ("AKIAIOSFODNN7EXAMPLE", True),
        ("ann@shop.example", False),
        ("ses-user", False),
    ):
        assert is_a_login(catalogue, "ses", "smtp-credentials", login) == right
