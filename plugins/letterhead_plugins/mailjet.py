"""Mailjet.

Checked in 2026-11 against:
servers, login and refusals: https://smtptester.org/guides/mailjet-smtp-test/, and nodemailer's list with an
older server; the reply without a sign-in: mailjet/mailjet-apiv3-php#93;
records of a domain: https://documentation.mailjet.com/hc/en-us/articles/360042412734, and such records in
public zones;
the free plan: https://www.mailjet.com/blog/mj_faq_category/pricing/.
The API key and the secret key look alike, so that their form does not tell which of them was entered.
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

GUIDE = "https://smtptester.org/guides/mailjet-smtp-test/"
DOMAINS = (
    "https://documentation.mailjet.com/hc/en-us/articles/360042412734-Authenticating-Domains-with-SPF-DKIM"
)
PRICING = "https://www.mailjet.com/blog/mj_faq_category/pricing/"
DKIM = Mark(kind="TXT", below="mailjet._domainkey", holds=("k=rsa",))

KEYS = Instruction(
    text="In Mailjet's account settings, open the API keys, and show the secret key.",
    link="https://app.mailjet.com",
)
WHICH_IS_WHICH = Instruction(text="Enter the API key as the login, and the secret key as the password.")
VALIDATE = Instruction(
    text="In Mailjet, add the sender's address or domain, and validate it.", link="https://app.mailjet.com"
)
AUTHENTICATE = Instruction(text="Publish the records that Mailjet shows for the domain.", link=DOMAINS)

MAILJET = Provider(
    key="mailjet",
    name="Mailjet",
    kind=ProviderKind.RELAY,
    website="https://www.mailjet.com",
    presets=sending_only(
        {"": [submission("in-v3.mailjet.com", port, username="") for port in (587, 465, 25)]}
    ),
    auth_methods=(
        AuthMethod(
            key="api-key",
            title="API key and secret key",
            kind=CredentialKind.API_KEY,
            recommended=True,
            secret_label="Secret key",
            secret_format=pasted("The secret key that belongs to the API key, without spaces."),
            login_format=login_of_its_own("the API key, which is no address"),
            instructions=(VALIDATE, AUTHENTICATE, KEYS, WHICH_IS_WHICH, ANSWERS_ELSEWHERE),
        ),
    ),
    sends_as=SendAsRule.VERIFIED_ADDRESSES,
    limits=Limits(note="200 messages a day and 6,000 a month in the free plan.", source=PRICING),
    replies=(
        KnownReply(
            code=535,
            stages=(Stage.SIGN_IN,),
            diagnosis=DiagnosisCode.WRONG_PASSWORD,
            title="Mailjet did not accept the keys",
            explanation="The API key and the secret key may have changed places, may have been replaced, or "
            "belong to another sub-account. The account's password is not accepted.",
            advice=(WHICH_IS_WHICH, KEYS),
            help=GUIDE,
        ),
        KnownReply(
            code=530,
            phrase="authentication required",
            diagnosis=DiagnosisCode.AUTH_REQUIRED,
            title="Mailjet wants a sign-in first",
            explanation="The message was offered before a sign-in.",
            advice=(WHICH_IS_WHICH,),
        ),
        KnownReply(
            code=550,
            phrase="sender not allowed",
            diagnosis=DiagnosisCode.SENDER_DOMAIN_UNVERIFIED,
            title="Mailjet does not know this sender",
            explanation="Mailjet sends only for addresses and domains that were validated there.",
            advice=(VALIDATE,),
            help=GUIDE,
        ),
    ),
    popularity=44,
    sources=(GUIDE, DOMAINS, PRICING),
    checked="2026-11",
)


@hookimpl
def providers() -> Sequence[Provider]:
    return [MAILJET]


@hookimpl
def checks(subject: Subject) -> Checks:
    return _checks(subject)


def _checks(subject: Subject) -> Checks:
    yield from on_its_servers(MAILJET.name, subject, ("mailjet.com",))
    for domain in domains_of(subject):
        explanation = (
            f"Mailjet sends only for validated senders, and without its DKIM record mail from {domain} is "
            "not signed for that domain."
        )
        enough = Instruction(text="Validating the single address lets mail out, but does not sign it.")
        yield from set_up_at(
            MAILJET.name, domain, DKIM, unverified(MAILJET.name, domain, explanation, AUTHENTICATE, enough)
        )
