"""Brevo, formerly Sendinblue.

Checked in 2026-11 against:
servers and keys: https://developers.brevo.com/docs/smtp-integration, nodemailer's list and
https://smtptester.org/guides/brevo-smtp-test/;
how the two kinds of key begin: the patterns of secret scanners and public configurations, which agree;
the restriction to known network addresses, on for accounts made after 16 May 2024:
https://help.brevo.com/hc/it/articles/115000188150, https://wpmailsmtp.com/docs/brevo-unauthorized-not-verified/;
replies: the same, WPManageNinja/fluent-smtp#157, marcpope/borgbackupserver#16, and refusals in public files;
the record of a domain: https://developers.brevo.com/docs/domain-authentication-and-verification, and those of
Sendinblue's time in public zones;
what becomes of other senders: https://help.brevo.com/hc/en-us/articles/16045394674066;
the free plan: https://help.brevo.com/hc/en-us/articles/8292912279954.
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
    DiagnosisCode,
    Instruction,
    KnownReply,
    Limits,
    Provider,
    ProviderKind,
    SendAsRule,
    Stage,
    Subject,
    hookimpl,
)

CONTRACT = 1

SMTP = "https://developers.brevo.com/docs/smtp-integration"
DOMAINS = "https://developers.brevo.com/docs/domain-authentication-and-verification"
REPLACED = "https://help.brevo.com/hc/en-us/articles/16045394674066"
PLANS = "https://help.brevo.com/hc/en-us/articles/8292912279954"
NETWORK_ADDRESSES = "https://help.brevo.com/hc/it/articles/115000188150"
CODE = Mark(kind="TXT", holds=("brevo-code:", "sendinblue-code:"))

SMTP_PAGE = Instruction(
    text="In Brevo's settings, open “SMTP & API” and the tab “SMTP”, and generate an SMTP key.", link=SMTP
)
LOGIN_OF_THE_PAGE = Instruction(text="Enter the login that is shown on that page; it looks like an address.")
AUTHENTICATE = Instruction(text="In Brevo, add the domain and authenticate it.", link=DOMAINS)
LET_IN = Instruction(
    text="In Brevo's security settings, add this server's network address to the authorised ones, or switch "
    "the restriction off for SMTP keys.",
    link=NETWORK_ADDRESSES,
)


def _key_refused(enhanced: str, phrase: str | None = None) -> KnownReply:
    return KnownReply(
        code=535,
        enhanced=enhanced,
        phrase=phrase,
        stages=(Stage.SIGN_IN,),
        diagnosis=DiagnosisCode.WRONG_PASSWORD,
        title="Brevo did not accept the login or the key",
        explanation="The login is the one on Brevo's SMTP page, and the password is an SMTP key. An API key "
        "and the password for Brevo's website are not accepted.",
        advice=(SMTP_PAGE, LOGIN_OF_THE_PAGE),
        help=SMTP,
    )


BREVO = Provider(
    key="brevo",
    name="Brevo (Sendinblue)",
    kind=ProviderKind.RELAY,
    website="https://www.brevo.com",
    presets=sending_only(
        {"": [submission("smtp-relay.brevo.com", port, username="") for port in (587, 465, 2525)]}
    ),
    auth_methods=(
        AuthMethod(
            key="smtp-key",
            title="SMTP key",
            kind=CredentialKind.API_KEY,
            recommended=True,
            secret_label="SMTP key",
            secret_format=pasted(
                "It begins with xsmtpsib-. What begins with xkeysib- is an API key, which is not accepted.",
                "xsmtpsib-[A-Za-z0-9_-]+",
            ),
            login_format=login_of_its_own(
                "the login shown on the SMTP page, which looks like an address", r"[^@\s]++@[^@\s]+"
            ),
            instructions=(
                AUTHENTICATE,
                SMTP_PAGE,
                LOGIN_OF_THE_PAGE,
                Instruction(text="Paste the SMTP key here. The API keys of the next tab are not accepted."),
                LET_IN,
                ANSWERS_ELSEWHERE,
            ),
        ),
    ),
    sends_as=SendAsRule.VERIFIED_ADDRESSES,
    limits=Limits(note="300 messages a day in the free plan.", source=PLANS),
    replies=(
        KnownReply(
            phrase="unauthorized ip address",
            diagnosis=DiagnosisCode.IP_NOT_AUTHORIZED,
            title="Brevo does not know this server's network address",
            explanation="The key may well be right. The account lets only listed network addresses in, which "
            "is so from the start for newer accounts.",
            advice=(LET_IN,),
            help=NETWORK_ADDRESSES,
        ),
        KnownReply(
            phrase="smtp account is not yet activated",
            diagnosis=DiagnosisCode.ACCOUNT_LOCKED,
            title="Brevo has not activated sending yet",
            explanation="Sign-in works, but Brevo looks at a new account before it sends for it.",
            advice=(Instruction(text="Ask Brevo's support to activate sending by SMTP."),),
            actor=Actor.MAIL_ADMIN,
        ),
        _key_refused("5.7.8"),
        _key_refused("5.7.0", "invalid login or password"),
    ),
    popularity=46,
    sources=(SMTP, DOMAINS, REPLACED, PLANS, NETWORK_ADDRESSES),
    checked="2026-11",
)


@hookimpl
def providers() -> Sequence[Provider]:
    return [BREVO]


@hookimpl
def checks(subject: Subject) -> Checks:
    return _checks(subject)


def _checks(subject: Subject) -> Checks:
    yield from on_its_servers("Brevo", subject, ("brevo.com", "sendinblue.com"))
    for domain in domains_of(subject):
        explanation = (
            f"Until {domain} is authenticated there, Brevo puts an address at brevosend.com in the sender's "
            "place."
        )
        yield from set_up_at("Brevo", domain, CODE, unverified("Brevo", domain, explanation, AUTHENTICATE))
