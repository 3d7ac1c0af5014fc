"""Postmark.

Checked in 2026-11 against:
servers, streams and the two kinds of token:
https://postmarkapp.com/developer/user-guide/send-email-with-smtp,
https://postmarkapp.com/support/article/811-what-are-the-smtp-details-api-tokens-i-should-be-using,
https://postmarkapp.com/support/article/common-smtp-connection-errors and nodemailer's list. There is no port
for TLS from the first byte: 465 does not answer;
the form of an access key, which begins with PM-: public configurations;
size: https://postmarkapp.com/support/article/1056-what-are-the-attachment-and-email-size-limits;
the record of a custom Return-Path: https://postmarkapp.com/blog/introducing-full-dmarc-support-with-custom
and guides to it. It is not required, and the name of a DKIM record is told to the domain's owner alone, so
that DNS does not prove a domain to be unknown;
the reply to a refused sign-in: symfony/symfony#48284, mautic/mautic#1700. Postmark documents no other.
"""

from collections.abc import Sequence

from letterhead_plugins.presets import submission
from letterhead_plugins.relays import (
    ANSWERS_ELSEWHERE,
    login_of_its_own,
    on_its_servers,
    pasted,
    sending_only,
)
from letterhead_plugins.sending_domains import Mark, domains_of, set_up_at, unverified
from letterhead_providers import (
    Actor,
    AuthMethod,
    Checks,
    CredentialKind,
    Diagnosis,
    DiagnosisCode,
    Finding,
    Instruction,
    KnownReply,
    Limits,
    Provider,
    ProviderKind,
    Retry,
    SendAsRule,
    Stage,
    Subject,
    Verdict,
    hookimpl,
)

CONTRACT = 1

SMTP = "https://postmarkapp.com/developer/user-guide/send-email-with-smtp"
ERRORS = "https://postmarkapp.com/support/article/common-smtp-connection-errors"
SIZES = "https://postmarkapp.com/support/article/1056-what-are-the-attachment-and-email-size-limits"
BROADCASTS = "smtp-broadcasts.postmarkapp.com"
RETURN_PATH = Mark(kind="CNAME", below="pm-bounces", holds=("mtasv.net",))
# What begins as an access key does is the other half of the token.
NOT_AN_ACCESS_KEY = "(?:[^P]|P[^M]|PM[^-]|PM-[^TB]|PM-[TB][^-]).*+"

CONFIRM = Instruction(
    text="In Postmark, add the sender's domain, or a Sender Signature for the address, and confirm it."
)
MAKE_A_TOKEN = Instruction(
    text="In Postmark, open the server, its message stream and then Settings, and generate an SMTP token.",
    link=SMTP,
)

SMTP_TOKEN = AuthMethod(
    key="smtp-token",
    title="SMTP token",
    kind=CredentialKind.API_KEY,
    recommended=True,
    secret_label="Secret key",
    secret_format=pasted(
        "The token's secret key. What begins with PM- is its access key, which is the login.",
        NOT_AN_ACCESS_KEY,
    ),
    login_format=login_of_its_own("a token's access key, which begins with PM-"),
    instructions=(
        CONFIRM,
        MAKE_A_TOKEN,
        Instruction(text="Enter the access key, which begins with PM-, as the login."),
        Instruction(text="Paste the secret key here. It is shown once."),
        ANSWERS_ELSEWHERE,
    ),
)
SERVER_TOKEN = AuthMethod(
    key="server-token",
    title="Server API token",
    kind=CredentialKind.API_KEY,
    secret_label="Server API token",
    secret_format=pasted(
        "The token of a Postmark server, without spaces. An account's token is not accepted."
    ),
    login_format=login_of_its_own("the same token"),
    instructions=(
        CONFIRM,
        Instruction(text="In Postmark, open the server and its API tokens, and copy the server's token."),
        Instruction(text="Enter the same token twice: as the login and here."),
        Instruction(text="A login is not kept secret, and this one opens the API too. Prefer an SMTP token."),
        ANSWERS_ELSEWHERE,
    ),
)

POSTMARK = Provider(
    key="postmark",
    name="Postmark",
    kind=ProviderKind.RELAY,
    website="https://postmarkapp.com",
    presets=sending_only(
        {
            "": [submission("smtp.postmarkapp.com", port, username="") for port in (587, 2525, 25)],
            "Broadcasts": [submission(BROADCASTS, 587, username="")],
        }
    ),
    auth_methods=(SMTP_TOKEN, SERVER_TOKEN),
    sends_as=SendAsRule.VERIFIED_ADDRESSES,
    limits=Limits(
        bytes_per_message=10_000_000,
        note="The text and the HTML of a message may have 5 MB each.",
        source=SIZES,
    ),
    replies=(
        KnownReply(
            code=535,
            phrase="error: authentication failed",
            stages=(Stage.SIGN_IN,),
            diagnosis=DiagnosisCode.WRONG_PASSWORD,
            title="Postmark did not accept the token",
            explanation="The login and the secret do not belong together, the token is an account's and not "
            "a server's, or SMTP may be switched off in the server's settings.",
            advice=(
                MAKE_A_TOKEN,
                Instruction(text="With a Server API token, enter the same token as login and as secret."),
                Instruction(text="See in the server's settings that SMTP is switched on."),
            ),
            help=ERRORS,
        ),
    ),
    popularity=44,
    sources=(SMTP, ERRORS, SIZES),
    checked="2026-11",
)


@hookimpl
def providers() -> Sequence[Provider]:
    return [POSTMARK]


@hookimpl
def checks(subject: Subject) -> Checks:
    return _checks(subject)


def _checks(subject: Subject) -> Checks:
    yield from on_its_servers(POSTMARK.name, subject, ("postmarkapp.com",))
    if subject.smtp.host.lower() == BROADCASTS:
        yield _for_newsletters()
    yield _kept_secret(subject.smtp.username)
    for domain in domains_of(subject):
        explanation = (
            f"Postmark sends only for confirmed senders. {domain} has no Return-Path at Postmark, which is "
            "not required, but lets bounces and SPF belong to your own domain."
        )
        enough = Instruction(text="Where the sender is confirmed there, nothing has to be changed.")
        yield from set_up_at(
            POSTMARK.name,
            domain,
            RETURN_PATH,
            unverified(POSTMARK.name, domain, explanation, CONFIRM, enough),
        )


def _kept_secret(login: str) -> Finding:
    """A Server API token can be the login, so what the login is never stands in the evidence."""
    title = "The login gives nothing away"
    if login.startswith("PM-"):
        return Finding(title=title, verdict=Verdict.PASSED, evidence="It is an SMTP token's access key.")
    return Finding(
        title=title,
        verdict=Verdict.WARNED,
        diagnosis=Diagnosis(
            code=DiagnosisCode.POLICY_OTHER,
            title="The login is a key to Postmark's API",
            explanation="A login is not kept secret here. A Server API token also opens the API of its "
            "Postmark server; an SMTP token can only send.",
            advice=(MAKE_A_TOKEN,),
            actor=Actor.MAILBOX_OWNER,
            retry=Retry.AFTER_CHANGE,
        ),
    )


def _for_newsletters() -> Finding:
    return Finding(
        title="Mail to single people goes by the stream for it",
        verdict=Verdict.WARNED,
        evidence=BROADCASTS,
        diagnosis=Diagnosis(
            code=DiagnosisCode.POLICY_OTHER,
            title="This server is for newsletters",
            explanation="Postmark keeps mail to many and to one apart, so that neither harms the other.",
            advice=(Instruction(text="Use smtp.postmarkapp.com with a token of a transactional stream."),),
            actor=Actor.MAILBOX_OWNER,
            retry=Retry.AFTER_CHANGE,
        ),
    )
