"""Twilio SendGrid.

Checked in 2026-11 against:
servers, login and limits: nodemailer's list, and
https://www.twilio.com/docs/sendgrid/for-developers/sending-email/integrating-with-the-smtp-api;
the servers in the EU: Symfony's SendgridSmtpTransport (symfony/sendgrid-mailer);
replies: https://www.twilio.com/docs/sendgrid/for-developers/sending-email/smtp-errors-and-troubleshooting,
sahat/hackathon-starter#1083, sendgrid/docs#6473, and refused sign-ins in public troubleshooting notes;
the form of a key: the patterns of secret scanners, which agree;
verified senders: https://www.twilio.com/docs/sendgrid/api-reference/senders;
records of a domain: https://www.twilio.com/docs/sendgrid/api-reference/domain-authentication, and such
records in public zones. A domain may be authenticated without the CNAME records: their lack proves nothing.
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
from letterhead_plugins.replies import in_other_words
from letterhead_plugins.sending_domains import Mark, domains_of, set_up_at, unverified
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
    ProviderKind,
    Retry,
    SendAsRule,
    Stage,
    Subject,
    hookimpl,
)

CONTRACT = 1

DOCS = "https://www.twilio.com/docs/sendgrid"
INTEGRATION = f"{DOCS}/for-developers/sending-email/integrating-with-the-smtp-api"
ERRORS = f"{DOCS}/for-developers/sending-email/smtp-errors-and-troubleshooting"
SENDER_IDENTITY = f"{DOCS}/for-developers/sending-email/sender-identity"
API_KEYS = "https://app.sendgrid.com/settings/api_keys"
LOGIN = "apikey"
DKIM = Mark(kind="CNAME", below="s1._domainkey", holds=("sendgrid.net",))

VERIFY = Instruction(
    text="In SendGrid, authenticate the sender's domain, or verify the single address.", link=SENDER_IDENTITY
)
NEW_KEY = Instruction(text="Create an API key with the right to send mail, and enter it here.", link=API_KEYS)
LITERALLY = Instruction(text=f"Write {LOGIN} as the login, exactly so; the API key is the password.")

KEY_REFUSED = KnownReply(
    code=535,
    phrase="bad username / password",
    stages=(Stage.SIGN_IN,),
    diagnosis=DiagnosisCode.WRONG_PASSWORD,
    title="SendGrid did not accept the key",
    explanation=f"Either the login is not the word {LOGIN}, or the API key is wrong, was deleted, or belongs "
    "to the other region.",
    advice=(LITERALLY, NEW_KEY),
)
UNVERIFIED = KnownReply(
    phrase="does not match a verified sender identity",
    diagnosis=DiagnosisCode.SENDER_DOMAIN_UNVERIFIED,
    title="SendGrid does not know this sender",
    explanation="SendGrid sends only for addresses that were verified, or whose domain was authenticated.",
    advice=(VERIFY,),
    help=SENDER_IDENTITY,
)

SENDGRID = Provider(
    key="sendgrid",
    name="Twilio SendGrid",
    kind=ProviderKind.RELAY,
    website="https://sendgrid.com",
    presets=sending_only(
        {
            "": [submission("smtp.sendgrid.net", port, username=LOGIN) for port in (587, 465, 2525, 25)],
            "EU": [submission("smtp.eu.sendgrid.net", port, username=LOGIN) for port in (587, 465)],
        }
    ),
    auth_methods=(
        AuthMethod(
            key="api-key",
            title="API key",
            kind=CredentialKind.API_KEY,
            recommended=True,
            secret_label="API key",
            secret_format=pasted(
                "It begins with SG. and has two parts with a dot between them. SendGrid's own password is "
                "not accepted.",
                r"SG\.[A-Za-z0-9_-]++\.[A-Za-z0-9_-]++",
            ),
            login_format=login_of_its_own(f"the word {LOGIN}", LOGIN),
            instructions=(
                VERIFY,
                Instruction(
                    text="Create an API key with the right to send mail. It is shown once.", link=API_KEYS
                ),
                Instruction(text=f"Leave {LOGIN} as the login, exactly so, and paste the key here."),
                Instruction(text="Choose the servers in the EU only for a key of an EU subuser."),
                ANSWERS_ELSEWHERE,
            ),
        ),
    ),
    sends_as=SendAsRule.VERIFIED_ADDRESSES,
    limits=Limits(note="At most 5,000 messages by one connection.", source=INTEGRATION),
    replies=(
        *in_other_words(UNVERIFIED, "not authorized to send from that email address"),
        KnownReply(
            code=550,
            phrase="unauthenticated senders not allowed",
            diagnosis=DiagnosisCode.AUTH_REQUIRED,
            title="SendGrid wants a sign-in first",
            explanation="The message was offered before a sign-in, or the sign-in was not taken.",
            advice=(LITERALLY,),
        ),
        KnownReply(
            phrase="maximum credits exceeded",
            diagnosis=DiagnosisCode.QUOTA_EXCEEDED,
            title="The allowance is used up",
            explanation="The SendGrid account has sent all that its plan, or its limit for a day, allows.",
            advice=(
                Instruction(text="Wait for the next period, or choose a larger plan at SendGrid."),
                Instruction(text="If the limit is a mistake, ask SendGrid's support to lift it."),
            ),
            actor=Actor.MAIL_ADMIN,
            retry=Retry.LATER,
            help=ERRORS,
        ),
        *in_other_words(KEY_REFUSED, "provided authorization grant is invalid"),
    ),
    popularity=48,
    sources=(INTEGRATION, ERRORS, f"{DOCS}/api-reference/senders"),
    checked="2026-11",
)


@hookimpl
def providers() -> Sequence[Provider]:
    return [SENDGRID]


@hookimpl
def checks(subject: Subject) -> Checks:
    return _checks(subject)


def _checks(subject: Subject) -> Checks:
    yield from on_its_servers(SENDGRID.name, subject, ("sendgrid.net",))
    for domain in domains_of(subject):
        explanation = (
            f"SendGrid refuses mail whose sender it has not verified, and {domain} has no record that would "
            "show so."
        )
        enough = Instruction(text="Where the single address was verified, nothing has to be changed.")
        yield from set_up_at(
            SENDGRID.name, domain, DKIM, unverified(SENDGRID.name, domain, explanation, VERIFY, enough)
        )
