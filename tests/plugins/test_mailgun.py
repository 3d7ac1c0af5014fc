import pytest

from letterhead_providers import CredentialKind, DiagnosisCode, LookupOutcome, Stage
from letterhead_providers.catalogue import Catalogue
from plugins.asking import entered, findings, is_a_login, meanings, method, provider, subject

UNVERIFIED = DiagnosisCode.SENDER_DOMAIN_UNVERIFIED
VERIFIED = LookupOutcome(records=('"v=spf1 include:mailgun.org ~all"',))


def test_the_us_and_the_eu_have_servers_of_their_own(catalogue: Catalogue) -> None:
    presets = provider(catalogue, "mailgun").presets
    assert [(preset.smtp.host, preset.smtp.port) for preset in presets] == [
        *(("smtp.mailgun.org", port) for port in (587, 465, 2525)),
        *(("smtp.eu.mailgun.org", port) for port in (587, 465)),
    ]
    assert {preset.smtp.username for preset in presets} == {"postmaster@{domain}"}
    assert method(catalogue, "mailgun", "smtp-credentials").kind is CredentialKind.PASSWORD


@pytest.mark.parametrize(
    ("stage", "said", "meaning"),
    [
        (Stage.SIGN_IN, "535 5.7.0 Mailgun is not loving your login or password", "WRONG_PASSWORD"),
        (Stage.RECIPIENT, "550 5.7.1 Relaying denied", "RELAY_DENIED"),
        (
            Stage.DATA,
            "Sandbox subdomains are for test purposes only. Please add your own domain.",
            "SENDER_DOMAIN_UNVERIFIED",
        ),
        (
            Stage.DATA,
            "Free accounts: please add the address to authorized recipients in domain settings.",
            "SENDER_DOMAIN_UNVERIFIED",
        ),
        (
            Stage.DATA,
            "421 Domain sandbox1.mailgun.org is not allowed to send: Please activate your Mailgun account.",
            "ACCOUNT_LOCKED",
        ),
        (Stage.DATA, "cannot parse from address", "PROTOCOL_ERROR"),
        (Stage.DATA, "cannot parse to address", "PROTOCOL_ERROR"),
    ],
)
async def test_what_it_says_is_explained(catalogue: Catalogue, stage: Stage, said: str, meaning: str) -> None:
    assert await meanings(catalogue, "mailgun", said, stage) == {DiagnosisCode(meaning)}


@pytest.mark.parametrize("secret", ["key-lime-pie", "kitchen", "0a1b2c3d-4e5f-6a7b", "x" * 60])
async def test_any_password_may_have_been_chosen(catalogue: Catalogue, secret: str) -> None:
    assert await entered(catalogue, "mailgun", "smtp-credentials", f"{secret}\n") == (secret, True)


async def test_an_api_key_is_no_password(catalogue: Catalogue) -> None:
    key = "key-" + "3ax6xnjp29jd6fds4gc373sgvjxteol0"
    assert await entered(catalogue, "mailgun", "smtp-credentials", f" {key}") == (key, False)


async def test_a_domain_below_the_sender_s_is_looked_up_and_signs_for_it(catalogue: Catalogue) -> None:
    account = subject(catalogue, "mailgun", "ann@shop.example", login="postmaster@mg.shop.example")
    assert await findings(catalogue, account, VERIFIED) == [
        ("PASSED", "Mail goes out by a server of Mailgun", None),
        ("TXT", "mg.shop.example", None),
        ("PASSED", "mg.shop.example is set up at Mailgun", None),
        ("PASSED", "Mail from shop.example is signed for its own domain", None),
    ]
    assert (await findings(catalogue, account))[2] == (
        "WARNED",
        "mg.shop.example is set up at Mailgun",
        UNVERIFIED,
    )


async def test_a_stranger_s_domain_signs_for_nobody_else(catalogue: Catalogue) -> None:
    account = subject(catalogue, "mailgun", "ann@shop.example", login="postmaster@firma.example")
    assert (await findings(catalogue, account))[1:] == [
        ("WARNED", "Mail from shop.example is signed for its own domain", UNVERIFIED)
    ]


async def test_a_sandbox_is_warned_of(catalogue: Catalogue) -> None:
    account = subject(catalogue, "mailgun", "ann@shop.example", login="postmaster@sandbox12ab.mailgun.org")
    assert (await findings(catalogue, account))[1:] == [
        ("WARNED", "The login belongs to a domain of your own", UNVERIFIED)
    ]


def test_a_login_has_its_domain(catalogue: Catalogue) -> None:
    for login, right in (("postmaster@mg.shop.example", True), ("postmaster", False), ("a@b@c", False)):
        assert is_a_login(catalogue, "mailgun", "smtp-credentials", login) == right
