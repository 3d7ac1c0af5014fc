"""Gmail, and Google Workspace for domains of one's own.

Checked in 2026-11 against:
servers: Thunderbird's ISPDB (thunderbird/autoconfig, ispdb/googlemail.com.xml) and nodemailer's list;
mail exchangers of Workspace: jace/mxsniff, mxsniff/providers.py;
app passwords: https://support.google.com/accounts/answer/185833;
the end of passwords for mail programs: https://support.google.com/a/answer/14114704;
limits of Workspace: https://support.google.com/a/answer/166852;
replies: https://support.google.com/a/answer/3726730, as collected by Sisimai, and reports at nodemailer.
For the daily limit of personal accounts no page of Google's was at hand, so it has no source.
"""

from collections.abc import Sequence
from dataclasses import replace

from letterhead_plugins.google_replies import REPLIES, WORKSPACE_REPLIES
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
    Lookup,
    LookupOutcome,
    Preset,
    Protocol,
    Provider,
    Retry,
    SecretFormat,
    Security,
    SendAsRule,
    Server,
    Subject,
    Verdict,
    hookimpl,
)

CONTRACT = 1

APP_PASSWORDS = "https://myaccount.google.com/apppasswords"
POP_SETTINGS = "https://mail.google.com/mail/u/0/#settings/fwdandpop"
GMAIL_DOMAINS = ("gmail.com", "googlemail.com")
EXCHANGERS = ("aspmx.l.google.com", "googlemail.com", "smtp.google.com", "gmail-smtp-in.l.google.com")

SMTP = Server(protocol=Protocol.SMTP, host="smtp.gmail.com", port=465, security=Security.TLS)
POP3 = Server(protocol=Protocol.POP3, host="pop.gmail.com", port=995, security=Security.TLS)
IMAP = Server(protocol=Protocol.IMAP, host="imap.gmail.com", port=993, security=Security.TLS)

PRESETS = (
    Preset(label="TLS, incoming by POP3", smtp=SMTP, incoming=POP3, recommended=True),
    Preset(
        label="STARTTLS, incoming by POP3",
        smtp=replace(SMTP, port=587, security=Security.STARTTLS),
        incoming=POP3,
    ),
    Preset(label="TLS, incoming by IMAP", smtp=SMTP, incoming=IMAP),
)

OAUTH2 = AuthMethod(
    key="oauth2",
    title="Sign in with Google",
    kind=CredentialKind.OAUTH2,
    unavailable_because="No OAuth2 client for Google is configured on this server. Use an app password.",
)


def _app_password(*before: Instruction, after: Instruction) -> AuthMethod:
    return AuthMethod(
        key="app-password",
        title="App password",
        kind=CredentialKind.APP_PASSWORD,
        recommended=True,
        requires_two_factor=True,
        secret_label="App password",
        secret_format=SecretFormat(
            pattern="[a-z]{16}",
            description="16 lower-case letters. Google shows them in four groups; the spaces do not count.",
            strip=" \u00a0",
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
        OAUTH2,
    ),
    sends_as=SendAsRule.VERIFIED_ADDRESSES,
    limits=Limits(
        messages_per_day=500,
        note="About 500 recipients within 24 hours; every address in To, Cc and Bcc counts.",
    ),
    replies=REPLIES,
    popularity=100,
    sources=("https://support.google.com/accounts/answer/185833",),
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
        OAUTH2,
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
)


@hookimpl
def providers() -> Sequence[Provider]:
    return [GMAIL, WORKSPACE]


@hookimpl
def checks(subject: Subject) -> Checks | None:
    domain = subject.address.rpartition("@")[2]
    if domain in GMAIL_DOMAINS and not subject.aliases:
        return None
    return _checks(subject, domain)


def _checks(subject: Subject, domain: str) -> Checks:
    if domain not in GMAIL_DOMAINS:
        answer = yield Lookup(name=domain, kind="MX")
        assert isinstance(answer, LookupOutcome)
        yield _received_by_google(domain, answer)
    for alias in subject.aliases:
        yield _may_be_rewritten(alias, subject.address)


def _received_by_google(domain: str, answer: LookupOutcome) -> Finding:
    title = f"Mail for {domain} is received by Google"
    if answer.error:
        return Finding(
            title=title, verdict=Verdict.WARNED, evidence=f"It could not be looked up: {answer.error}"
        )
    hosts = [record.split()[-1].rstrip(".").lower() for record in answer.records if record.strip()]
    if any(f".{host}".endswith(f".{exchanger}") for host in hosts for exchanger in EXCHANGERS):
        return Finding(title=title, verdict=Verdict.PASSED, evidence=", ".join(hosts))
    return Finding(
        title=title,
        verdict=Verdict.WARNED,
        evidence=", ".join(hosts) or "no mail exchanger",
        diagnosis=Diagnosis(
            code=DiagnosisCode.POLICY_OTHER,
            title=f"Mail for {domain} does not arrive at Google",
            explanation=f"The mail exchangers of {domain} are not Google's. Sending works, but answers and "
            "bounces arrive elsewhere and will not be seen in this mailbox.",
            advice=(
                Instruction(text="If the domain's mail is kept by another service, choose that one instead."),
                Instruction(text="If Google receives it after another filter, nothing has to be changed."),
            ),
            actor=Actor.MAIL_ADMIN,
            retry=Retry.AFTER_CHANGE,
        ),
    )


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
