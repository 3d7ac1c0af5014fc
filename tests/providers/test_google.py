from typing import Any

import pytest

from letterhead_providers import (
    CredentialKind,
    DiagnosisCode,
    Finding,
    Lookup,
    LookupOutcome,
    Protocol,
    Provider,
    ServerReply,
    Stage,
    Subject,
    Verdict,
)
from letterhead_providers.catalogue import Catalogue, load
from letterhead_providers.patterns import fits
from letterhead_providers.switchboard import Ended


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load(["google", "custom"])


def provider(catalogue: Catalogue, key: str) -> Provider:
    found = catalogue.provider(key)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "pasted", ["abcd efgh ijkl mnop", " abcd\u00a0efgh\u00a0ijkl\u00a0mnop\r\n", "abcdefghijklmnop"]
)
async def test_an_app_password_is_taken_as_google_shows_it(catalogue: Catalogue, pasted: str) -> None:
    gmail = provider(catalogue, "gmail")
    method = gmail.auth_methods[0]
    secret = await catalogue.normalize(gmail, method, pasted)
    assert secret == "abcdefghijklmnop"
    assert method.secret_format
    assert fits(method.secret_format.pattern, secret)
    assert not fits(method.secret_format.pattern, "MyOwnPassword123")


SAID = [
    ("SMTP", 534, "5.7.9", "Application-specific password required. Learn more at", "APP_PASSWORD_REQUIRED"),
    (
        "SMTP",
        535,
        "5.7.8",
        "Username and Password not accepted. For more information, go to",
        "WRONG_PASSWORD",
    ),
    (
        "SMTP",
        534,
        "5.7.14",
        "<https://accounts.google.com/signin>\n5.7.14 Please log in via",
        "WEB_LOGIN_REQUIRED",
    ),
    ("SMTP", 454, "4.7.0", "Too many login attempts, please try again later.", "RATE_LIMITED"),
    ("POP3", None, None, "[AUTH] Application-specific password required", "APP_PASSWORD_REQUIRED"),
    (
        "POP3",
        None,
        None,
        "[SYS/PERM] Your account is not enabled for POP access.",
        "PROTOCOL_ACCESS_DISABLED",
    ),
    ("IMAP", None, None, "[AUTHENTICATIONFAILED] Invalid credentials (Failure)", "WRONG_PASSWORD"),
    ("IMAP", None, None, "[ALERT] Please log in via your web browser: https://x", "WEB_LOGIN_REQUIRED"),
    ("IMAP", None, None, "[ALERT] Your account is not enabled for IMAP use.", "PROTOCOL_ACCESS_DISABLED"),
]


@pytest.mark.parametrize("said", SAID, ids=lambda said: said[3][:30])
async def test_what_google_says_at_sign_in_is_explained(catalogue: Catalogue, said: Any) -> None:
    protocol, code, enhanced, text, meaning = said
    reply = ServerReply(code=code, enhanced=enhanced, text=text)
    explained = await catalogue.explain("gmail", Protocol(protocol), Stage.SIGN_IN, reply)
    assert explained is not None
    assert (explained.code, explained.reply, explained.explained_by) == (
        DiagnosisCode(meaning),
        reply,
        "google",
    )


@pytest.mark.parametrize(
    ("domain", "mx", "key"),
    [
        ("gmail.com", (), "gmail"),
        ("googlemail.com", (), "gmail"),
        ("shop.example", ("aspmx.l.google.com.", "alt1.aspmx.l.google.com."), "google-workspace"),
        ("shop.example", ("smtp.google.com",), "google-workspace"),
        ("shop.example", ("aspmx2.googlemail.com",), "google-workspace"),
        ("shop.example", ("mx.shop.example",), None),
    ],
)
async def test_whose_an_address_is(catalogue: Catalogue, domain: str, mx: tuple[str, ...], key: str) -> None:
    owner = await catalogue.owner_of(domain, mx)
    assert (owner and owner.key) == key


async def findings(catalogue: Catalogue, answer: LookupOutcome, address: str, *aliases: str) -> list[Any]:
    gmail = provider(catalogue, "google-workspace")
    preset = gmail.presets[0]
    subject = Subject(
        provider=gmail,
        address=address,
        aliases=aliases,
        smtp=preset.smtp,
        incoming=preset.incoming,
        kind=CredentialKind.APP_PASSWORD,
    )
    checks = await catalogue.checks(subject)
    seen: list[Any] = []
    stepped: Any = await catalogue.step(gmail.key, checks, None) if checks else Ended(None)
    while stepped != Ended(None):
        assert isinstance(stepped, Lookup | Finding)
        seen.append(stepped)
        stepped = await catalogue.step(gmail.key, checks, answer if isinstance(stepped, Lookup) else None)
    return seen


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (LookupOutcome(records=("1 smtp.google.com.",)), Verdict.PASSED),
        (LookupOutcome(records=("10 mx.shop.example.", "20 ASPMX.L.google.com.")), Verdict.PASSED),
        (LookupOutcome(records=("10 mx.shop.example.",)), Verdict.WARNED),
        (LookupOutcome(records=("10 mygooglemail.com.",)), Verdict.WARNED),
        (LookupOutcome(), Verdict.WARNED),
        (LookupOutcome(error="DNS could not answer"), Verdict.WARNED),
    ],
)
async def test_a_domain_of_one_s_own_is_looked_up(
    catalogue: Catalogue, answer: LookupOutcome, verdict: Verdict
) -> None:
    lookup, finding = await findings(catalogue, answer, "ann@shop.example")
    assert lookup == Lookup(name="shop.example", kind="MX")
    assert (finding.title, finding.verdict) == ("Mail for shop.example is received by Google", verdict)


async def test_gmail_itself_is_not_looked_up_and_each_alias_is_warned_of(catalogue: Catalogue) -> None:
    assert await findings(catalogue, LookupOutcome(), "ann@gmail.com") == []
    found = await findings(catalogue, LookupOutcome(), "ann@gmail.com", "info@shop.example")
    assert [(finding.verdict, finding.diagnosis.code) for finding in found] == [
        (Verdict.WARNED, DiagnosisCode.SENDER_NOT_OWNED)
    ]


def test_a_server_of_one_s_own_has_no_presets_and_three_ways_in(catalogue: Catalogue) -> None:
    custom = provider(catalogue, "custom")
    kinds = [method.kind for method in custom.auth_methods]
    assert (custom.presets, kinds) == (
        (),
        [CredentialKind.PASSWORD, CredentialKind.APP_PASSWORD, CredentialKind.NONE],
    )
