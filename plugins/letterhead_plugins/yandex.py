"""Yandex Mail, and Yandex 360 for domains of one's own, on the same servers.

Checked in 2026-11 against:
servers: Thunderbird's ISPDB (ispdb/yandex.ru.xml) and nodemailer's list;
mail exchangers: jace/mxsniff, mxsniff/providers.py;
app passwords: https://yandex.com/support/passport/authorization/app-passwords.html;
OAuth2: https://tech.yandex.com/oauth/doc/imap/index-docpage/ and
https://yandex.com/dev/id/doc/en/codes/code-url (PKCE; no ID token);
access of mail programs: https://docs.sherparpa.ru;
replies: https://github.com/splitbrain/dokuwiki-plugin-smtp/issues/38,
https://github.com/Foundry376/Mailspring/issues/904 and https://github.com/joomla/joomla-cms/issues/31499.
No page gives a number for how much may be sent.
"""

from collections.abc import Sequence

from letterhead_plugins.exchangers import domain_of, is_below, received_by
from letterhead_plugins.presets import imap, pop3, presets, submission
from letterhead_plugins.ways_in import generated
from letterhead_plugins.yandex_replies import REPLIES
from letterhead_providers import (
    Actor,
    AuthMethod,
    Checks,
    CredentialKind,
    Diagnosis,
    DiagnosisCode,
    Finding,
    Instruction,
    Limits,
    OAuth2,
    Provider,
    Retry,
    SendAsRule,
    Subject,
    Verdict,
    hookimpl,
)

CONTRACT = 1

APP_PASSWORDS = "https://id.yandex.com/security/app-passwords"
PROGRAMS_ALLOWED = Instruction(
    text="In Mail's settings, under “Email clients”, allow access over IMAP and POP3, and allow app "
    "passwords and OAuth tokens; then save.",
    link="https://mail.yandex.com/#setup/client",
)
PRESETS = presets([submission("smtp.yandex.com")], [pop3("pop.yandex.com"), imap("imap.yandex.com")])


def _app_password(*before: Instruction) -> AuthMethod:
    return AuthMethod(
        key="app-password",
        title="App password",
        kind=CredentialKind.APP_PASSWORD,
        recommended=True,
        secret_label="App password",
        secret_format=generated("The password that Yandex made for this program; spaces do not count."),
        instructions=(
            *before,
            Instruction(
                text="Open Yandex ID, Security, App passwords, and switch them on if asked.",
                link=APP_PASSWORDS,
            ),
            Instruction(text="Choose “Mail”, type a name for this program, and create the password."),
            Instruction(text="Copy the password and paste it here. It is shown once."),
            PROGRAMS_ALLOWED,
            Instruction(
                text="All app passwords end when the account's password is changed, when two-factor "
                "authentication is switched on or off, and after “Log out on all devices”."
            ),
        ),
    )


SIGN_IN = AuthMethod(
    key="oauth2",
    title="Sign in with Yandex",
    kind=CredentialKind.OAUTH2,
    instructions=(PROGRAMS_ALLOWED,),
    oauth2=OAuth2(
        authorize_url="https://oauth.yandex.com/authorize",
        token_url="https://oauth.yandex.com/token",
        scopes=("mail:smtp", "mail:imap_full"),
    ),
)

YANDEX = Provider(
    key="yandex",
    name="Yandex Mail",
    website="https://mail.yandex.com",
    domains=(
        *("narod.ru", "ya.ru", "yandex.by", "yandex.com", "yandex.com.tr", "yandex.kz", "yandex.net"),
        *("yandex.ru", "yandex.ua"),
    ),
    mx=("mx.yandex.ru",),
    presets=PRESETS,
    auth_methods=(
        _app_password(),
        SIGN_IN,
        AuthMethod(
            key="password",
            title="Password, of old accounts only",
            kind=CredentialKind.PASSWORD,
            instructions=(
                Instruction(
                    text="Only old accounts without two-factor authentication and without app passwords are "
                    "let in like this, and often not even they. An app password is the sure way."
                ),
                PROGRAMS_ALLOWED,
            ),
        ),
    ),
    sends_as=SendAsRule.LOGIN_ONLY,
    limits=Limits(note="No number is published. Mail that looks like spam can block a mailbox for a day."),
    replies=REPLIES,
    popularity=80,
    sources=("https://yandex.com/support/passport/authorization/app-passwords.html",),
    checked="2026-11",
)

YANDEX_360 = Provider(
    key="yandex360",
    name="Yandex 360",
    website="https://360.yandex.com",
    mx=("mx.yandex.net",),
    presets=PRESETS,
    auth_methods=(
        _app_password(
            Instruction(
                text="Your administrator may have to allow mail programs and app passwords. Sign in to the "
                "web mail once and accept its terms."
            )
        ),
        SIGN_IN,
    ),
    sends_as=SendAsRule.LOGIN_ONLY,
    replies=REPLIES,
    popularity=70,
    sources=(
        "https://github.com/jace/mxsniff/blob/ec26e90/mxsniff/providers.py",
        "https://gist.github.com/safaorhan/42343cf8d841c534d4238f60d0466e69",
    ),
    checked="2026-11",
)


@hookimpl
def providers() -> Sequence[Provider]:
    return [YANDEX, YANDEX_360]


@hookimpl
def checks(subject: Subject) -> Checks:
    return _checks(subject)


def _checks(subject: Subject) -> Checks:
    """The full address is the login everywhere; which of the two services it is, only DNS can tell."""
    domain = domain_of(subject.address)
    if domain in YANDEX.domains:
        yield _of_the_service(subject, YANDEX)
        return
    hosts = yield from received_by("Yandex", domain, (*YANDEX.mx, *YANDEX_360.mx))
    if any(is_below(host, YANDEX_360.mx) for host in hosts):
        yield _of_the_service(subject, YANDEX_360)


def _of_the_service(subject: Subject, service: Provider) -> Finding:
    title = f"{subject.address} belongs to {service.name}"
    if subject.provider.key == service.key:
        return Finding(title=title, verdict=Verdict.PASSED)
    return Finding(
        title=title,
        verdict=Verdict.WARNED,
        evidence=f"{subject.provider.name} was chosen.",
        diagnosis=Diagnosis(
            code=DiagnosisCode.POLICY_OTHER,
            title=f"{subject.address} is a mailbox of {service.name}",
            explanation="The servers are the same, but what an administrator decides, and what errors mean, "
            "is not.",
            advice=(Instruction(text=f"Choose {service.name} as the service."),),
            actor=Actor.MAILBOX_OWNER,
            retry=Retry.AFTER_CHANGE,
        ),
    )
