"""Gmail, and Google Workspace for domains of one's own.

Checked in 2026-11 against:
servers: Thunderbird's ISPDB (thunderbird/autoconfig, ispdb/googlemail.com.xml) and nodemailer's list;
mail exchangers of Workspace: jace/mxsniff, mxsniff/providers.py;
app passwords: https://support.google.com/accounts/answer/185833;
the end of passwords for mail programs: https://support.google.com/a/answer/14114704;
OAuth2: https://developers.google.com/identity/protocols/oauth2/web-server, and
https://developers.google.com/identity/openid-connect/openid-connect for the claim “email”;
limits of Workspace: https://support.google.com/a/answer/166852;
replies: https://support.google.com/a/answer/3726730, as collected by Sisimai, and reports at nodemailer.
For the daily limit of personal accounts no page of Google's was at hand, so it has no source.
"""

from collections.abc import Sequence

from letterhead_plugins.exchangers import domain_of, received_by
from letterhead_plugins.google_replies import REPLIES, WORKSPACE_REPLIES
from letterhead_plugins.presets import imap, pop3, presets, submission
from letterhead_plugins.ways_in import generated
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

APP_PASSWORDS = "https://myaccount.google.com/apppasswords"
POP_SETTINGS = "https://mail.google.com/mail/u/0/#settings/fwdandpop"
GMAIL_DOMAINS = ("gmail.com", "googlemail.com")
EXCHANGERS = ("aspmx.l.google.com", "googlemail.com", "smtp.google.com", "gmail-smtp-in.l.google.com")

PRESETS = presets(
    [submission("smtp.gmail.com"), submission("smtp.gmail.com", 587)],
    [pop3("pop.gmail.com"), imap("imap.gmail.com")],
)

SIGN_IN = AuthMethod(
    key="oauth2",
    title="Sign in with Google",
    kind=CredentialKind.OAUTH2,
    instructions=(
        Instruction(text="Sign in with Google in the browser, and allow access to mail."),
        Instruction(text="For incoming mail by POP3, enable POP in Gmail first.", link=POP_SETTINGS),
    ),
    oauth2=OAuth2(
        authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
        token_url="https://oauth2.googleapis.com/token",
        scopes=("https://mail.google.com/", "openid", "email"),
        mechanisms=("XOAUTH2", "OAUTHBEARER"),
        # Only both together bring a refresh token every time.
        parameters=(("access_type", "offline"), ("prompt", "consent")),
        identity_claim="email",
    ),
)


def _app_password(*before: Instruction, after: Instruction) -> AuthMethod:
    return AuthMethod(
        key="app-password",
        title="App password",
        kind=CredentialKind.APP_PASSWORD,
        recommended=True,
        requires_two_factor=True,
        secret_label="App password",
        secret_format=generated(
            "16 lower-case letters. Google shows them in four groups; the spaces do not count.", "[a-z]{16}"
        ),
        instructions=(
            *before,
            Instruction(text="Turn on 2-Step Verification in the Google account, if it is off."),
            Instruction(text="Open the app passwords page and sign in once more.", link=APP_PASSWORDS),
            Instruction(text="Type a name for this program and create the password."),
            Instruction(
                text="Copy the 16 letters and paste them here. The account's own password is not accepted."
            ),
            after,
        ),
    )


GMAIL = Provider(
    key="gmail",
    name="Gmail",
    website="https://mail.google.com",
    domains=GMAIL_DOMAINS,
    mx=("gmail-smtp-in.l.google.com",),
    presets=PRESETS,
    auth_methods=(
        _app_password(
            after=Instruction(
                text="For incoming mail by POP3, enable POP in Gmail under Forwarding and POP/IMAP. "
                "IMAP is always on.",
                link=POP_SETTINGS,
            )
        ),
        SIGN_IN,
    ),
    sends_as=SendAsRule.VERIFIED_ADDRESSES,
    limits=Limits(
        messages_per_day=500,
        note="About 500 recipients within 24 hours; every address in To, Cc and Bcc counts.",
    ),
    replies=REPLIES,
    popularity=100,
    sources=("https://support.google.com/accounts/answer/185833",),
    checked="2026-11",
)

WORKSPACE = Provider(
    key="google-workspace",
    name="Google Workspace",
    website="https://workspace.google.com",
    mx=EXCHANGERS[:3],
    presets=PRESETS,
    auth_methods=(
        _app_password(
            Instruction(text="Your administrator has to allow 2-Step Verification and app passwords."),
            after=Instruction(
                text="For incoming mail, your administrator has to allow POP or IMAP in the Admin console.",
                link="https://admin.google.com",
            ),
        ),
        SIGN_IN,
    ),
    sends_as=SendAsRule.VERIFIED_ADDRESSES,
    limits=Limits(
        messages_per_day=2000,
        recipients_per_message=100,
        note="Trial accounts: 500 messages a day. At most 10,000 recipients a day, 3,000 of them outside.",
        source="https://support.google.com/a/answer/166852",
    ),
    replies=(*WORKSPACE_REPLIES, *REPLIES),
    popularity=95,
    sources=(
        "https://support.google.com/a/answer/14114704",
        "https://support.google.com/a/answer/166852",
    ),
    checked="2026-11",
)


@hookimpl
def providers() -> Sequence[Provider]:
    return [GMAIL, WORKSPACE]


@hookimpl
def checks(subject: Subject) -> Checks | None:
    domain = domain_of(subject.address)
    if domain in GMAIL_DOMAINS and not subject.aliases:
        return None
    return _checks(subject, domain)


def _checks(subject: Subject, domain: str) -> Checks:
    if domain not in GMAIL_DOMAINS:
        yield from received_by("Google", domain, EXCHANGERS)
    for alias in subject.aliases:
        yield _may_be_rewritten(alias, subject.address)


def _may_be_rewritten(alias: str, address: str) -> Finding:
    return Finding(
        title=f"Mail from {alias} keeps its sender",
        verdict=Verdict.WARNED,
        evidence="Google does not say so while sending.",
        diagnosis=Diagnosis(
            code=DiagnosisCode.SENDER_NOT_OWNED,
            title=f"Gmail may replace {alias} by {address}",
            explanation="Gmail accepts any sender and silently writes the account's own address in its "
            "place, unless the other one has been confirmed there.",
            advice=(
                Instruction(
                    text=f"In Gmail, under Accounts, add {alias} to “Send mail as” and confirm it. "
                    "Where that is done already, nothing has to be changed."
                ),
            ),
            actor=Actor.MAILBOX_OWNER,
            retry=Retry.AFTER_CHANGE,
        ),
    )
