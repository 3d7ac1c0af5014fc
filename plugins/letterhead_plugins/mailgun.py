"""Mailgun.

Checked in 2026-11 against:
servers and credentials, which each sending domain has of its own:
https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/send-smtp and nodemailer's list;
the servers in the EU: https://smtptester.org/guides/mailgun-smtp-test/ and public configurations;
the user postmaster, made for each domain: https://spreecommerce.org/docs/integrations/email/mailgun;
limits: https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages;
records of a domain: https://documentation.mailgun.com/docs/mailgun/user-manual/domains/domains-verify;
the form of the older API keys: the patterns of secret scanners, which agree. Newer ones look like passwords;
replies: https://pastebin.com/TkYJJTpt, Monstarrrr/rebutify#162, and refusals in public files;
for unreadable addresses the page on SMTP above. Domains of the EU and of the US do not know each other.
"""

from collections.abc import Sequence

from letterhead_plugins.exchangers import domain_of, is_below
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
    Finding,
    Instruction,
    KnownReply,
    Limits,
    Provider,
    ProviderKind,
    SendAsRule,
    Stage,
    Subject,
    Verdict,
    hookimpl,
)

CONTRACT = 1

DOCS = "https://documentation.mailgun.com/docs/mailgun/user-manual"
SMTP = f"{DOCS}/sending-messages/send-smtp"
VERIFICATION = f"{DOCS}/domains/domains-verify"
LOGIN = "postmaster@{domain}"
SANDBOXES = ("mailgun.org",)
SPF = Mark(kind="TXT", holds=("include:mailgun.org", "include:eu.mailgun.org"))
# Any password may be chosen there, so only what has the whole form of an API key is known to be wrong.
NOT_AN_API_KEY = "(?:[^k]|k[^e]|ke[^y]|key[^-]).*+|key-(?:.{0,31}+|.{33,}+)"

CREDENTIALS = Instruction(
    text="In Mailgun, open the sending domain's settings, then SMTP credentials, and reset the password.",
    link=SMTP,
)
VERIFY = Instruction(
    text="Add the domain at Mailgun, and publish the records it shows for it.", link=VERIFICATION
)
SAME_REGION = Instruction(
    text="For a domain in Mailgun's EU region use smtp.eu.mailgun.org, otherwise smtp.mailgun.org."
)
WITH_ITS_DOMAIN = Instruction(
    text="Enter the whole SMTP user name, such as postmaster@mg.example.com.", link=SMTP
)


def _unreadable(phrase: str, whose: str) -> KnownReply:
    return KnownReply(
        phrase=phrase,
        diagnosis=DiagnosisCode.PROTOCOL_ERROR,
        title=f"Mailgun cannot read {whose} address",
        explanation="The address is not written as standards ask for, so that Mailgun does not take the "
        "message.",
        advice=(Instruction(text=f"Look at {whose} address for a stray character, and write it anew."),),
        actor=Actor.SENDER,
        help=SMTP,
    )


ONLY_TESTS = KnownReply(
    phrase="sandbox subdomains are for test purposes",
    diagnosis=DiagnosisCode.SENDER_DOMAIN_UNVERIFIED,
    title="Mailgun's sandbox reaches authorised recipients only",
    explanation="The login belongs to a domain that Mailgun gives out for trying things.",
    advice=(VERIFY, Instruction(text="Or add the recipient to the sandbox's authorised recipients.")),
    actor=Actor.MAIL_ADMIN,
)
REPLIES = (
    *in_other_words(ONLY_TESTS, "add the address to authorized recipients"),
    KnownReply(
        phrase="activate your mailgun account",
        diagnosis=DiagnosisCode.ACCOUNT_LOCKED,
        title="The Mailgun account is not active yet",
        explanation="Mailgun wants the account confirmed before it sends.",
        advice=(Instruction(text="Sign in to Mailgun and confirm the account; it sends the mail again."),),
    ),
    KnownReply(
        phrase="not loving your login or password",
        stages=(Stage.SIGN_IN,),
        diagnosis=DiagnosisCode.WRONG_PASSWORD,
        title="Mailgun did not accept the SMTP credentials",
        explanation="The login or its password is not right, or the domain is in Mailgun's other region. The "
        "API key and the account's own password are not accepted.",
        advice=(WITH_ITS_DOMAIN, SAME_REGION, CREDENTIALS),
    ),
    KnownReply(
        code=550,
        enhanced="5.7.1",
        phrase="relaying denied",
        diagnosis=DiagnosisCode.RELAY_DENIED,
        title="Mailgun does not send this for you",
        explanation="There was no sign-in with the sending domain's credentials, or it is a sandbox domain "
        "and the recipient is not authorised.",
        advice=(
            Instruction(text="Sign in with the SMTP credentials of the sending domain.", link=SMTP),
            Instruction(text="For a sandbox domain, authorise the recipient, or add a domain of your own."),
        ),
    ),
    _unreadable("cannot parse from address", "the sender's"),
    _unreadable("cannot parse to address", "the recipient's"),
)

MAILGUN = Provider(
    key="mailgun",
    name="Mailgun",
    kind=ProviderKind.RELAY,
    website="https://www.mailgun.com",
    presets=sending_only(
        {
            "US": [submission("smtp.mailgun.org", port, username=LOGIN) for port in (587, 465, 2525)],
            "EU": [submission("smtp.eu.mailgun.org", port, username=LOGIN) for port in (587, 465)],
        }
    ),
    auth_methods=(
        AuthMethod(
            key="smtp-credentials",
            title="SMTP credentials",
            kind=CredentialKind.PASSWORD,
            recommended=True,
            secret_label="SMTP password",
            secret_format=pasted(
                "The password of the sending domain's SMTP credentials. What begins with key- is an API key, "
                "which is not accepted.",
                NOT_AN_API_KEY,
            ),
            login_format=login_of_its_own(
                "a user of the sending domain with that domain, such as postmaster@mg.example.com",
                r"[^@\s]++@[^@\s]+",
            ),
            instructions=(
                VERIFY,
                CREDENTIALS,
                Instruction(text="Copy the new password and paste it here. It is shown once."),
                WITH_ITS_DOMAIN,
                SAME_REGION,
                ANSWERS_ELSEWHERE,
            ),
        ),
    ),
    sends_as=SendAsRule.VERIFIED_DOMAINS,
    limits=Limits(
        bytes_per_message=25_000_000,
        note="300 messages a day from a domain that is not verified.",
        source=f"{DOCS}/sending-messages",
    ),
    replies=REPLIES,
    popularity=46,
    sources=(SMTP, VERIFICATION, f"{DOCS}/sending-messages"),
    checked="2026-11",
)


@hookimpl
def providers() -> Sequence[Provider]:
    return [MAILGUN]


@hookimpl
def checks(subject: Subject) -> Checks:
    return _checks(subject)


def _checks(subject: Subject) -> Checks:
    yield from on_its_servers(MAILGUN.name, subject, ("mailgun.org",))
    login = subject.smtp.username
    if "@" not in login:
        return
    sending = domain_of(login)
    if is_below(sending, SANDBOXES):
        yield _in_the_sandbox(sending)
        return
    senders = domains_of(subject)
    if any(is_below(sending, (domain,)) for domain in senders):
        explanation = (
            f"Until {sending} is verified, Mailgun sends 300 messages a day for it, and under its own name."
        )
        yield from set_up_at(
            MAILGUN.name, sending, SPF, unverified(MAILGUN.name, sending, explanation, VERIFY)
        )
    for domain in senders:
        yield _signed_for(domain, sending)


def _signed_for(domain: str, sending: str) -> Finding:
    """Whether receivers see that the sender's domain and the one that Mailgun signs for belong together."""
    title = f"Mail from {domain} is signed for its own domain"
    if is_below(sending, (domain,)) or is_below(domain, (sending,)):
        return Finding(title=title, verdict=Verdict.PASSED, evidence=sending)
    return Finding(
        title=title,
        verdict=Verdict.WARNED,
        evidence=sending,
        diagnosis=unverified(
            MAILGUN.name,
            domain,
            f"The login belongs to {sending}, for which Mailgun signs. Receivers that compare it with "
            f"{domain} may refuse the mail.",
            Instruction(text=f"Use the SMTP credentials of {domain}, or of a domain below it.", link=SMTP),
        ),
    )


def _in_the_sandbox(sending: str) -> Finding:
    return Finding(
        title="The login belongs to a domain of your own",
        verdict=Verdict.WARNED,
        evidence=sending,
        diagnosis=unverified(
            MAILGUN.name,
            sending,
            "Mailgun gives this domain out for trying things. It reaches authorised recipients only.",
            VERIFY,
        ),
    )
