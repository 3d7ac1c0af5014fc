"""iCloud Mail, domains of one's own at iCloud+ included. There is no POP3 and no OAuth2.

Checked in 2026-11 against:
servers: Thunderbird's ISPDB (ispdb/me.com.xml) and nodemailer's list (port 465 is not offered);
mail exchangers: jace/mxsniff, mxsniff/providers.py;
app-specific passwords: https://support.apple.com/HT202304, and their form:
https://support.postbox-inc.com/hc/en-us/articles/202200110-Setting-up-iCloud-Me-or-Mac;
limits: https://support.apple.com/en-ca/102198;
replies: https://github.com/TryGhost/Ghost/issues/17012 and https://github.com/lefcha/imapfilter/issues/125.
"""

import re
from collections.abc import Sequence

from letterhead_plugins.exchangers import domain_of, received_by
from letterhead_plugins.late_verdicts import other_senders
from letterhead_plugins.presets import imap, presets, submission
from letterhead_plugins.replies import in_other_words
from letterhead_plugins.ways_in import password_refused
from letterhead_providers import (
    Actor,
    AuthMethod,
    Checks,
    CredentialKind,
    DiagnosisCode,
    Instruction,
    KnownReply,
    Limits,
    Provider,
    Retry,
    SecretFormat,
    SendAsRule,
    Stage,
    Subject,
    hookimpl,
)
from letterhead_providers.patterns import fits

CONTRACT = 1

ACCOUNT = "https://account.apple.com"
EXCHANGERS = ("mail.icloud.com",)
BETWEEN_GROUPS = re.compile(r"[\s\u2010-\u2015\u2212-]+")

APP_PASSWORD = AuthMethod(
    key="app-password",
    title="App-specific password",
    kind=CredentialKind.APP_PASSWORD,
    recommended=True,
    requires_two_factor=True,
    secret_label="App-specific password",
    secret_format=SecretFormat(
        pattern="[a-z]{4}-[a-z]{4}-[a-z]{4}-[a-z]{4}",
        description="Four groups of four lower-case letters, with hyphens between them.",
    ),
    instructions=(
        Instruction(text="Turn on two-factor authentication for the Apple account, if it is off."),
        Instruction(text="Sign in to the Apple account page.", link=ACCOUNT),
        Instruction(text="Open “Sign-In and Security”, then “App-Specific Passwords”."),
        Instruction(text="Generate one, with a label for this program."),
        Instruction(text="Copy it at once, as it is shown only once, and paste it here."),
        Instruction(
            text="With a domain of your own, sign in with the main iCloud address; aliases do not sign in."
        ),
    ),
)

NOT_LET_IN = KnownReply(
    phrase="[AUTHENTICATIONFAILED]",
    stages=(Stage.SIGN_IN,),
    diagnosis=DiagnosisCode.APP_PASSWORD_REQUIRED,
    title="iCloud wants an app-specific password",
    explanation="iCloud lets no program in with the Apple account's own password. It says the same when the "
    "login is an alias, or a password that was revoked.",
    advice=(
        Instruction(text="Create an app-specific password and enter it here.", link=ACCOUNT),
        Instruction(text="Sign in with the main iCloud address, not with an alias."),
        Instruction(text="If only incoming mail is refused, try the part before the @ as its login."),
    ),
)

ICLOUD = Provider(
    key="icloud",
    name="iCloud Mail",
    website="https://www.icloud.com/mail",
    domains=("icloud.com", "mac.com", "me.com"),
    mx=EXCHANGERS,
    presets=presets([submission("smtp.mail.me.com", 587)], [imap("imap.mail.me.com")]),
    auth_methods=(
        APP_PASSWORD,
        password_refused(
            "iCloud lets no program in with the Apple account’s own password.",
            instead="Create an app-specific password.",
        ),
    ),
    sends_as=SendAsRule.VERIFIED_ADDRESSES,
    limits=Limits(
        messages_per_day=1000,
        recipients_per_message=500,
        bytes_per_message=20_000_000,
        note="At most 1,000 recipients a day.",
        source="https://support.apple.com/en-ca/102198",
    ),
    replies=(
        *in_other_words(NOT_LET_IN, "authentication failed"),
        KnownReply(
            phrase="not one of your addresses",
            diagnosis=DiagnosisCode.SENDER_NOT_OWNED,
            title="This address is not one of the iCloud account's",
            explanation="iCloud sends only from the account's address, its aliases, and addresses of a "
            "domain set up in iCloud+.",
            advice=(Instruction(text="Send from one of these, or add the address in iCloud's settings."),),
        ),
        KnownReply(
            phrase="exceeded your daily sending limit",
            diagnosis=DiagnosisCode.QUOTA_EXCEEDED,
            title="The day's allowance is used up",
            explanation="iCloud lets an account send 1,000 messages a day, to 1,000 recipients.",
            advice=(Instruction(text="Nothing has to be changed; it goes on after a day."),),
            actor=Actor.NOBODY,
            retry=Retry.LATER,
        ),
    ),
    popularity=85,
    sources=("https://support.apple.com/HT202304", "https://support.apple.com/en-ca/102198"),
    checked="2026-11",
)


@hookimpl
def providers() -> Sequence[Provider]:
    return [ICLOUD]


@hookimpl
def normalize(method: AuthMethod, secret: str) -> str | None:
    """The hyphens belong to the password, and get lost or prettified on the way here."""
    letters = BETWEEN_GROUPS.sub("", secret)
    if method.key != APP_PASSWORD.key or not fits("[a-z]{16}", letters):
        return None
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


@hookimpl
def checks(subject: Subject) -> Checks:
    return _checks(subject)


def _checks(subject: Subject) -> Checks:
    domain = domain_of(subject.address)
    if domain not in ICLOUD.domains:
        yield from received_by("iCloud", domain, EXCHANGERS)
    yield from other_senders(
        subject,
        "iCloud",
        Instruction(
            text="Add it as an alias, or its domain under “Custom Email Domain”, in iCloud's settings."
        ),
    )
