"""Microsoft 365 for domains of one's own, and Outlook.com with Hotmail, Live and MSN.

Checked in 2026-11 against:
servers: Thunderbird's ISPDB (ispdb/hotmail.com.xml, ispdb/office365.com.xml) and nodemailer's list;
mail exchangers: jace/mxsniff, mxsniff/providers.py, and public DNS dumps for mx.microsoft;
the end of passwords at Outlook.com: OUTLOOK_SETTINGS;
the end of passwords at Microsoft 365, as of 27 January 2026: PASSWORDS_END;
OAuth2: OAUTH2_AT_MAIL_SERVERS;
claims: https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
limits of Microsoft 365: the source they name; for Outlook.com Microsoft gives no numbers, and what is
reported of it says so.
"""

from collections.abc import Sequence

from letterhead_plugins.microsoft_checks import business_checks, outlook_checks
from letterhead_plugins.microsoft_domains import (
    BUSINESS_EXCHANGERS,
    CONSUMER_DOMAINS,
    CONSUMER_EXCHANGERS,
)
from letterhead_plugins.microsoft_replies import OUTLOOK_REPLIES, REPLIES
from letterhead_plugins.presets import imap, pop3, presets, submission
from letterhead_plugins.ways_in import generated, password_refused
from letterhead_providers import (
    AuthMethod,
    Checks,
    CredentialKind,
    Instruction,
    Limits,
    OAuth2,
    Provider,
    SendAsRule,
    Subject,
    hookimpl,
)

CONTRACT = 1

OUTLOOK_SETTINGS = "https://support.microsoft.com/office/pop-imap-and-smtp-settings-for-outlook-com"
OAUTH2_AT_MAIL_SERVERS = (
    "https://learn.microsoft.com/exchange/client-developer/legacy-protocols/"
    "how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth"
)
PASSWORDS_END = (
    "https://techcommunity.microsoft.com/blog/exchange/"
    "updated-exchange-online-smtp-auth-basic-authentication-deprecation-timeline/4489835"
)
ADMIN_CENTRE = "https://admin.microsoft.com"
INCOMING = (pop3("outlook.office365.com"), imap("outlook.office365.com"))


def _sign_in(*instructions: Instruction) -> AuthMethod:
    return AuthMethod(
        key="oauth2",
        title="Sign in with Microsoft",
        kind=CredentialKind.OAUTH2,
        recommended=True,
        instructions=instructions,
        oauth2=OAuth2(
            authorize_url="https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
            token_url="https://login.microsoftonline.com/common/oauth2/v2.0/token",
            # All of one resource: a token for Microsoft Graph is refused by the mail servers.
            scopes=(
                "https://outlook.office.com/SMTP.Send",
                "https://outlook.office.com/POP.AccessAsUser.All",
                "https://outlook.office.com/IMAP.AccessAsUser.All",
                "offline_access",
                "openid",
                "profile",
            ),
            identity_claim="preferred_username",
        ),
    )


NO_LONGER = (
    "Outlook.com has let no program in with a password since 16 September 2024, nor with an app password, "
    "which can still be made."
)
ONLY_FOR_SENDING = Instruction(
    text="This opens SMTP only: POP3 and IMAP have refused passwords since the end of 2022, so incoming mail "
    "needs “Sign in with Microsoft” or another mailbox."
)
UNTIL_DECEMBER = Instruction(
    text="At the end of December 2026 Microsoft switches this off for existing organisations. An "
    "administrator can switch it on again for a while; newer organisations never have it."
)
SMTP_AUTH_ON = Instruction(
    text="Your administrator switches on “Authenticated SMTP” for the mailbox: Users, Active users, the "
    "user, Mail, Manage email apps.",
    link=ADMIN_CENTRE,
)

OUTLOOK = Provider(
    key="outlook-com",
    name="Outlook.com (Hotmail, Live, MSN)",
    website="https://outlook.live.com",
    domains=CONSUMER_DOMAINS,
    mx=CONSUMER_EXCHANGERS,
    presets=presets([submission("smtp-mail.outlook.com", 587)], INCOMING),
    auth_methods=(
        _sign_in(
            Instruction(
                text="POP and IMAP are off at first: in Outlook's settings, under Mail, “Forwarding and "
                "IMAP”, let devices and apps use them, and save.",
                link="https://outlook.live.com/mail/0/options/mail/forwarding",
            ),
            Instruction(text="Sign in with Microsoft in the browser, and allow access to mail."),
        ),
        password_refused(NO_LONGER, instead="Sign in with Microsoft."),
    ),
    sends_as=SendAsRule.LOGIN_ONLY,
    limits=Limits(
        recipients_per_message=500,
        note="Microsoft publishes no numbers. Reported: about 300 recipients a day for free accounts, 5,000 "
        "for subscribers, 1,000 of them never written to before.",
        source="https://blog.cleanfox.io/how-many-emails-can-you-send-at-once-in-outlook/",
    ),
    replies=OUTLOOK_REPLIES,
    popularity=98,
    sources=(OUTLOOK_SETTINGS, OAUTH2_AT_MAIL_SERVERS),
    checked="2026-11",
)

MICROSOFT_365 = Provider(
    key="microsoft365",
    name="Microsoft 365",
    website="https://outlook.office.com",
    domains=("office365.com", "onmicrosoft.com"),
    mx=BUSINESS_EXCHANGERS,
    presets=presets([submission("smtp.office365.com", 587)], INCOMING),
    auth_methods=(
        _sign_in(
            SMTP_AUTH_ON,
            Instruction(text="In the same place POP or IMAP is switched on for incoming mail."),
            Instruction(text="Sign in with Microsoft in the browser, with the mailbox's own user name."),
        ),
        AuthMethod(
            key="app-password",
            title="App password, for sending only",
            kind=CredentialKind.APP_PASSWORD,
            requires_two_factor=True,
            secret_label="App password",
            secret_format=generated("16 characters, as Microsoft shows them.", r"\S{16}"),
            instructions=(
                ONLY_FOR_SENDING,
                UNTIL_DECEMBER,
                Instruction(
                    text="Your administrator has to allow app passwords, which go with per-user multi-factor "
                    "authentication; security defaults and conditional access hide them."
                ),
                Instruction(
                    text="Open your security info, add a sign-in method, choose “App password”, name it, and "
                    "copy the password here.",
                    link="https://mysignins.microsoft.com/security-info",
                ),
                SMTP_AUTH_ON,
            ),
        ),
        AuthMethod(
            key="password",
            title="Password, for sending only",
            kind=CredentialKind.PASSWORD,
            instructions=(ONLY_FOR_SENDING, UNTIL_DECEMBER, SMTP_AUTH_ON),
        ),
    ),
    sends_as=SendAsRule.VERIFIED_ADDRESSES,
    limits=Limits(
        messages_per_minute=30,
        recipients_per_message=500,
        note="At most 10,000 recipients in 24 hours, and three messages at the same time. An administrator "
        "can set 1 to 1,000 recipients for one message. Trial organisations: 5,000 recipients outside a day.",
        source="https://learn.microsoft.com/office365/servicedescriptions/exchange-online-service-description/"
        "exchange-online-limits",
    ),
    replies=REPLIES,
    popularity=97,
    sources=(PASSWORDS_END, OAUTH2_AT_MAIL_SERVERS),
    checked="2026-11",
)


@hookimpl
def providers() -> Sequence[Provider]:
    return [OUTLOOK, MICROSOFT_365]


@hookimpl
def checks(subject: Subject) -> Checks:
    return outlook_checks(subject) if subject.provider.key == OUTLOOK.key else business_checks(subject)
