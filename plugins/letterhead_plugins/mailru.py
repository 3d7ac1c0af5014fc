"""Mail.ru with its public domains, and domains of one's own at VK WorkSpace.

Checked in 2026-11 against:
servers: Thunderbird's ISPDB (ispdb/mail.ru.xml) and nodemailer's list;
mail exchangers: public DNS dumps (emx.mail.ru is that of domains of one's own);
passwords for external applications: https://docs.sherparpa.ru, and
https://github.com/pozitronik/CloudMailRu/issues/317;
OAuth2: Thunderbird, which signs in with it at IMAP and SMTP, and without PKCE;
scopes: https://id.vk.com/about/business/go/docs/ru/vkid/latest/oauth/oauth-mail/index;
replies: https://github.com/lmanukyan/print-designer/issues/5,
https://github.com/nitinsh06/Django-Verify-Email/issues/35, https://github.com/muquit/mailsend/issues/74.
No page gives a number for how much may be sent.
"""

from collections.abc import Sequence

from letterhead_plugins.exchangers import domain_of, received_by
from letterhead_plugins.homes import on_its_servers
from letterhead_plugins.presets import imap, pop3, presets, submission
from letterhead_plugins.replies import in_other_words
from letterhead_plugins.ways_in import generated, password_refused
from letterhead_providers import (
    Actor,
    AuthMethod,
    Checks,
    CredentialKind,
    DiagnosisCode,
    Instruction,
    KnownReply,
    OAuth2,
    Provider,
    SendAsRule,
    Stage,
    Subject,
    hookimpl,
)

CONTRACT = 1

PASSWORDS = "https://account.mail.ru/user/2-step-auth/passwords/"
SIGNING_IN = (Stage.SIGN_IN,)

APP_PASSWORD = AuthMethod(
    key="app-password",
    title="Password for external applications",
    kind=CredentialKind.APP_PASSWORD,
    recommended=True,
    secret_label="Password for external applications",
    secret_format=generated("The password that Mail.ru made for this program; spaces do not count."),
    instructions=(
        Instruction(text="Open “Password and security” in the Mail.ru account.", link=PASSWORDS),
        Instruction(text="Under “External services”, allow access to Mail over IMAP, POP and SMTP."),
        Instruction(text="Go back to “Passwords for external applications” and create one."),
        Instruction(text="Type a name for this program and choose the rights to send and to read mail."),
        Instruction(text="Copy the password and paste it here. It is shown once."),
        Instruction(text="Two-factor authentication need not be on, but a phone number may be asked for."),
    ),
)

SIGN_IN = AuthMethod(
    key="oauth2",
    title="Sign in with Mail.ru",
    kind=CredentialKind.OAUTH2,
    instructions=(
        Instruction(
            text="In the account, under “External services”, allow access over IMAP, POP and SMTP.",
            link=PASSWORDS,
        ),
    ),
    oauth2=OAuth2(
        authorize_url="https://o2.mail.ru/login",
        token_url="https://o2.mail.ru/token",
        # The second may only be asked for together with the first.
        scopes=("userinfo", "mail.imap"),
        pkce=False,
    ),
)

APP_PASSWORD_WANTED = KnownReply(
    phrase="application password is required",
    stages=SIGNING_IN,
    diagnosis=DiagnosisCode.APP_PASSWORD_REQUIRED,
    title="Mail.ru wants a password for external applications",
    explanation="Mail.ru lets no program in with the account's own password.",
    advice=(
        Instruction(text="Create a password for external applications and enter it here.", link=PASSWORDS),
    ),
)

MAILRU = Provider(
    key="mailru",
    name="Mail.ru",
    website="https://mail.ru",
    domains=("bk.ru", "corp.mail.ru", "inbox.ru", "internet.ru", "list.ru", "mail.ru", "vk.com"),
    mx=("mxs.mail.ru", "emx.mail.ru"),
    presets=presets(
        [submission("smtp.mail.ru"), submission("smtp.mail.ru", 587)],
        [pop3("pop.mail.ru"), imap("imap.mail.ru")],
    ),
    auth_methods=(
        APP_PASSWORD,
        SIGN_IN,
        password_refused(
            "Mail.ru lets no program in with the account’s own password.",
            instead="Create a password for external applications.",
        ),
    ),
    sends_as=SendAsRule.LOGIN_ONLY,
    replies=(
        *in_other_words(APP_PASSWORD_WANTED, "parol prilozheniya"),
        KnownReply(
            phrase="incorrect authentication data",
            stages=SIGNING_IN,
            diagnosis=DiagnosisCode.WRONG_PASSWORD,
            title="Mail.ru did not accept the address or the password",
            explanation="The login has to be the full address, and the password one for external "
            "applications that has the right to send and read mail.",
            advice=(Instruction(text="Check the login, and create a new password.", link=PASSWORDS),),
        ),
        KnownReply(
            phrase="not local sender",
            diagnosis=DiagnosisCode.SENDER_NOT_OWNED,
            title="Mail.ru sends only from the mailbox's own address",
            explanation="The sender is not the mailbox that signed in.",
            advice=(Instruction(text="Send from the address that signs in."),),
        ),
        KnownReply(
            phrase="spam message rejected",
            diagnosis=DiagnosisCode.SPAM_CONTENT,
            title="Mail.ru took the message for spam",
            explanation="What the message says looks like spam to Mail.ru.",
            advice=(Instruction(text="Change the message, links first, and send it again."),),
            actor=Actor.SENDER,
        ),
    ),
    popularity=75,
    sources=(
        "https://github.com/thunderbird/autoconfig/blob/c6ad797/ispdb/mail.ru.xml",
        "https://github.com/deltachat/provider-db/blob/5c14381/_providers/mail.ru.md",
    ),
    checked="2026-11",
)


@hookimpl
def providers() -> Sequence[Provider]:
    return [MAILRU]


@hookimpl
def checks(subject: Subject) -> Checks:
    return _checks(subject)


def _checks(subject: Subject) -> Checks:
    domain = domain_of(subject.address)
    if domain not in MAILRU.domains:
        yield from received_by("Mail.ru", domain, MAILRU.mx)
    elif finding := on_its_servers(subject, MAILRU, [MAILRU]):
        yield finding
