"""What Microsoft's servers are known to say, the particular before the general."""

from dataclasses import replace

from letterhead_plugins.microsoft_sending import SENDING
from letterhead_providers import Actor, DiagnosisCode, Instruction, KnownReply, Stage

ADMIN_CENTRE = "https://admin.microsoft.com"
SIGNING_IN = (Stage.SIGN_IN,)
SIGN_IN_WITH_MICROSOFT = Instruction(text="Choose “Sign in with Microsoft” as the way in.")
ASK_ADMIN = Instruction(
    text="Ask your administrator: in the admin centre, under Users, the user, Mail, “Manage email apps”, "
    "tick “Authenticated SMTP”.",
    link=ADMIN_CENTRE,
)


def _smtp_off(phrase: str | None = None, *, enhanced: str | None = None) -> KnownReply:
    return KnownReply(
        phrase=phrase,
        enhanced=enhanced,
        diagnosis=DiagnosisCode.PROTOCOL_ACCESS_DISABLED,
        title="Sending by SMTP is switched off",
        explanation="The password may well be right, but the mailbox or the whole organisation does not "
        "allow programs to send by SMTP.",
        advice=(
            ASK_ADMIN,
            Instruction(
                text="If it is switched off for the whole organisation, that is found in the Exchange admin "
                "centre under Settings, Mail flow; it can be allowed for single mailboxes."
            ),
        ),
        actor=Actor.MAIL_ADMIN,
        help="https://aka.ms/smtp_auth_disabled",
    )


def _passwords_off(phrase: str | None = None, *, enhanced: str | None = None) -> KnownReply:
    return KnownReply(
        phrase=phrase,
        enhanced=enhanced,
        diagnosis=DiagnosisCode.BASIC_AUTH_DISABLED,
        title="Microsoft takes no password here any more",
        explanation="Outlook.com has refused passwords and app passwords since September 2024, POP3 and IMAP "
        "of Microsoft 365 since the end of 2022, and its SMTP follows.",
        advice=(SIGN_IN_WITH_MICROSOFT,),
    )


def _policy(phrase: str, title: str, advice: str) -> KnownReply:
    return KnownReply(
        phrase=phrase,
        stages=SIGNING_IN,
        diagnosis=DiagnosisCode.BASIC_AUTH_DISABLED,
        title=title,
        explanation="The organisation has a rule that keeps sign-ins of this kind out, so the password was "
        "not even looked at.",
        advice=(SIGN_IN_WITH_MICROSOFT, Instruction(text=advice)),
        actor=Actor.MAIL_ADMIN,
    )


def _bad_client(number: str, explanation: str) -> KnownReply:
    return KnownReply(
        phrase=f"AADSTS{number}",
        diagnosis=DiagnosisCode.OAUTH_TOKEN_INVALID,
        title="“Sign in with Microsoft” is not set up rightly on this server",
        explanation=explanation,
        advice=(Instruction(text="Look at the app registration of this server in Microsoft Entra."),),
        actor=Actor.OPERATOR,
    )


TOKEN_REFUSED = KnownReply(
    code=535,
    enhanced="5.7.3",
    stages=SIGNING_IN,
    diagnosis=DiagnosisCode.OAUTH_TOKEN_INVALID,
    title="Microsoft did not accept the sign-in",
    explanation="The access that was granted is for another mailbox or does not include sending mail.",
    advice=(
        Instruction(text="Sign in with Microsoft again, with this mailbox, and allow access to mail."),
        Instruction(text="At work, the administrator has to allow authenticated SMTP as well."),
    ),
)

STARTTLS_WANTED = KnownReply(
    phrase="STARTTLS is required",
    diagnosis=DiagnosisCode.TLS_REQUIRED,
    title="Microsoft wants an encrypted connection first",
    explanation="The connection was not encrypted.",
    advice=(Instruction(text="Use port 587 with STARTTLS; port 465 is not offered."),),
)

PARTICULAR = (
    KnownReply(
        phrase="user credentials were incorrect",
        stages=SIGNING_IN,
        diagnosis=DiagnosisCode.WRONG_PASSWORD,
        title="Microsoft did not accept the user name or the password",
        explanation="The login has to be the mailbox's own user name; its further addresses do not sign in.",
        advice=(Instruction(text="Check both, or choose “Sign in with Microsoft”."),),
    ),
    _smtp_off("SmtpClientAuthentication is disabled"),
    _policy(
        "security defaults policy",
        "Security defaults keep passwords out",
        "Security defaults can only be left for conditional access; ask your administrator.",
    ),
    _policy(
        "did not meet the criteria",
        "A conditional access rule keeps this sign-in out",
        "Ask your administrator to let this mailbox send from here.",
    ),
    _passwords_off("basic authentication is disabled"),
    _passwords_off("basic authentication is not supported"),
    _passwords_off(enhanced="5.7.30"),
    _bad_client("7000222", "The client secret of this server's app registration has expired."),
    _bad_client("7000215", "The client secret is wrong; often its id was copied instead of its value."),
    _bad_client("700016", "The application id is not known in that organisation."),
    STARTTLS_WANTED,
    replace(STARTTLS_WANTED, phrase=None, code=451, enhanced="5.7.3"),
    KnownReply(
        phrase="authenticated but not connected",
        diagnosis=DiagnosisCode.PROTOCOL_ACCESS_DISABLED,
        title="The sign-in was right, but the mailbox did not open",
        explanation="IMAP is off for this mailbox, or Microsoft has trouble with IMAP at the moment, as has "
        "happened to personal accounts.",
        advice=(
            Instruction(
                text="Switch IMAP on in Outlook's settings, or use POP3.",
                link="https://outlook.live.com/mail/0/options/mail/forwarding",
            ),
        ),
    ),
    KnownReply(
        phrase="unknown user name or bad password",
        stages=SIGNING_IN,
        diagnosis=DiagnosisCode.WRONG_PASSWORD,
        title="Microsoft did not let this sign-in through",
        explanation="POP3 says this for a wrong password, and today for every password, the right one "
        "included.",
        advice=(SIGN_IN_WITH_MICROSOFT,),
    ),
    replace(TOKEN_REFUSED, phrase="XOAUTH2"),
)
GENERAL = (
    KnownReply(
        phrase="LOGIN failed",
        stages=SIGNING_IN,
        diagnosis=DiagnosisCode.BASIC_AUTH_DISABLED,
        title="IMAP takes no password any more",
        explanation="Microsoft gives this short answer to every password.",
        advice=(SIGN_IN_WITH_MICROSOFT,),
    ),
    KnownReply(
        phrase="AUTHENTICATE failed",
        stages=SIGNING_IN,
        diagnosis=DiagnosisCode.BASIC_AUTH_DISABLED,
        title="The mailbox did not let this sign-in through",
        explanation="Passwords are refused; a sign-in with Microsoft fails like this where IMAP or POP3 is "
        "off for the mailbox, or access to it was not granted.",
        advice=(
            SIGN_IN_WITH_MICROSOFT,
            Instruction(text="Check that IMAP or POP3 is switched on for the mailbox.", link=ADMIN_CENTRE),
        ),
    ),
    KnownReply(
        enhanced="5.7.57",
        diagnosis=DiagnosisCode.AUTH_REQUIRED,
        title="Microsoft wants a sign-in first",
        explanation="The message was handed over without signing in.",
        advice=(Instruction(text="Choose a way in for this account, and port 587 with STARTTLS."),),
    ),
)
REPLIES = (
    *PARTICULAR,
    *SENDING,
    _smtp_off(enhanced="5.7.139"),
    _smtp_off("authentication unsuccessful", enhanced="5.7.57"),
    KnownReply(
        code=535,
        enhanced="5.7.3",
        stages=SIGNING_IN,
        diagnosis=DiagnosisCode.WRONG_PASSWORD,
        title="Microsoft did not accept the sign-in",
        explanation="Either the user name or the password is not right, or the organisation keeps passwords "
        "out. After “Sign in with Microsoft” it means that the access granted is for another mailbox, or "
        "that authenticated SMTP is off.",
        advice=(
            Instruction(text="Check that the login is the mailbox's own user name, not a further address."),
            SIGN_IN_WITH_MICROSOFT,
            ASK_ADMIN,
        ),
    ),
    *GENERAL,
)
OUTLOOK_REPLIES = (
    *PARTICULAR,
    *SENDING,
    _passwords_off(enhanced="5.7.139"),
    _passwords_off("authentication unsuccessful", enhanced="5.7.57"),
    TOKEN_REFUSED,
    *GENERAL,
)
