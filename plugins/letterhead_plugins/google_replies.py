"""What Google's servers are known to say, the particular before the general."""

from letterhead_providers import Actor, DiagnosisCode, Instruction, KnownReply, Retry, Stage

APP_PASSWORDS = "https://myaccount.google.com/apppasswords"
SIGNING_IN = (Stage.SIGN_IN,)

NEW_APP_PASSWORD = Instruction(
    text="Turn on 2-Step Verification, create an app password and enter it here.", link=APP_PASSWORDS
)


def _app_password_wanted(code: int | None, enhanced: str | None, phrase: str | None) -> KnownReply:
    return KnownReply(
        code=code,
        enhanced=enhanced,
        phrase=phrase,
        stages=SIGNING_IN,
        diagnosis=DiagnosisCode.APP_PASSWORD_REQUIRED,
        title="Google wants an app password",
        explanation="Google no longer lets mail programs in with the account's own password.",
        advice=(NEW_APP_PASSWORD,),
        help="https://support.google.com/accounts/answer/185833",
    )


def _wrong_password(code: int | None, enhanced: str | None, phrase: str | None) -> KnownReply:
    return KnownReply(
        code=code,
        enhanced=enhanced,
        phrase=phrase,
        stages=SIGNING_IN,
        diagnosis=DiagnosisCode.WRONG_PASSWORD,
        title="Google did not accept the address or the app password",
        explanation="Either the address is misspelt, or the app password is not right or was revoked, which "
        "also happens when the account's password is changed. The account's own password is never accepted.",
        advice=(
            Instruction(text="Check that the login is the full address."),
            Instruction(text="Create a new app password and enter it here.", link=APP_PASSWORDS),
        ),
    )


def _browser_wanted(code: int | None, enhanced: str | None, phrase: str | None) -> KnownReply:
    return KnownReply(
        code=code,
        enhanced=enhanced,
        phrase=phrase,
        stages=SIGNING_IN,
        diagnosis=DiagnosisCode.WEB_LOGIN_REQUIRED,
        title="Google wants the owner to sign in with a browser",
        explanation="The sign-in looked unusual to Google, so it was stopped until the owner confirms it.",
        advice=(
            Instruction(
                text="Sign in to the account with a browser, confirm that it was you, and test again.",
                link="https://accounts.google.com",
            ),
        ),
    )


def _token_refused(phrase: str) -> KnownReply:
    return KnownReply(
        phrase=phrase,
        stages=SIGNING_IN,
        diagnosis=DiagnosisCode.OAUTH_TOKEN_INVALID,
        title="Google no longer accepts this sign-in",
        explanation="The access that was granted has expired, was taken back, or does not include mail.",
        advice=(Instruction(text="Sign in with Google again, and allow access to mail."),),
    )


def _relay_denied(enhanced: str, phrase: str, explanation: str, advice: str) -> KnownReply:
    return KnownReply(
        code=550,
        enhanced=enhanced,
        phrase=phrase,
        diagnosis=DiagnosisCode.RELAY_DENIED,
        title="Google's relay does not know this sender",
        explanation=explanation,
        advice=(Instruction(text=advice, link="https://admin.google.com"),),
        actor=Actor.MAIL_ADMIN,
    )


def _too_fast(code: int, enhanced: str, phrase: str | None = None, *stages: Stage) -> KnownReply:
    return KnownReply(
        code=code,
        enhanced=enhanced,
        phrase=phrase,
        stages=stages,
        diagnosis=DiagnosisCode.RATE_LIMITED,
        title="Too much in a short time",
        explanation="Google slows this account down for a while. It passes by itself.",
        advice=(Instruction(text="Wait a while, and sign in less often."),),
        actor=Actor.NOBODY,
        retry=Retry.LATER,
    )


REPLIES = (
    _app_password_wanted(534, "5.7.9", None),
    _app_password_wanted(None, None, "application-specific password required"),
    _browser_wanted(534, "5.7.14", None),
    _browser_wanted(None, None, "log in via your web browser"),
    _token_refused("eyJzdGF0dXMi"),  # the base64 of {"status" that begins the refusal of a token
    KnownReply(
        phrase="not enabled for POP",
        stages=SIGNING_IN,
        diagnosis=DiagnosisCode.PROTOCOL_ACCESS_DISABLED,
        title="POP is switched off in Gmail",
        explanation="The password may well be right, but this mailbox does not allow POP.",
        advice=(
            Instruction(
                text="In Gmail's settings, under Forwarding and POP/IMAP, enable POP and save.",
                link="https://mail.google.com/mail/u/0/#settings/fwdandpop",
            ),
            Instruction(text="At work or school, the administrator may have to allow it first."),
        ),
    ),
    KnownReply(
        phrase="not enabled for IMAP",
        stages=SIGNING_IN,
        diagnosis=DiagnosisCode.PROTOCOL_ACCESS_DISABLED,
        title="IMAP is switched off",
        explanation="The password may well be right, but this mailbox does not allow IMAP.",
        advice=(
            Instruction(
                text="Enable IMAP in Gmail's settings; at work or school, the administrator has to allow it."
            ),
        ),
    ),
    _wrong_password(535, "5.7.8", None),
    _wrong_password(None, None, "username and password not accepted"),
    _wrong_password(None, None, "invalid credentials"),
    _too_fast(454, "4.7.0", None, Stage.SIGN_IN),
    _too_fast(421, "4.7.28"),
    _too_fast(450, "4.2.1", "receiving mail too quickly"),
    KnownReply(
        phrase="exceeded command or bandwidth limits",
        diagnosis=DiagnosisCode.RATE_LIMITED,
        title="Google has had enough of this mailbox for now",
        explanation="Too much was read from the mailbox. It can take up to a day until it can be read again.",
        advice=(Instruction(text="Wait, and let fewer programs read this mailbox."),),
        actor=Actor.NOBODY,
        retry=Retry.LATER,
    ),
    KnownReply(
        code=530,
        enhanced="5.7.0",
        phrase="STARTTLS",
        diagnosis=DiagnosisCode.TLS_REQUIRED,
        title="Google wants an encrypted connection first",
        explanation="The connection was not encrypted.",
        advice=(Instruction(text="Use port 465 with TLS, or port 587 with STARTTLS."),),
    ),
    KnownReply(
        code=550,
        enhanced="5.4.5",
        diagnosis=DiagnosisCode.QUOTA_EXCEEDED,
        title="The day's allowance is used up",
        explanation="The account has sent as much as Google allows within 24 hours. It goes on by itself.",
        advice=(
            Instruction(text="Wait up to 24 hours."),
            Instruction(text="For more mail than that, send through a relay service."),
        ),
        actor=Actor.NOBODY,
        retry=Retry.LATER,
    ),
    KnownReply(
        code=452,
        enhanced="4.5.3",
        diagnosis=DiagnosisCode.TOO_MANY_RECIPIENTS,
        title="Too many recipients in one message",
        explanation="Google takes fewer recipients in one message.",
        advice=(Instruction(text="Spread the recipients over several messages."),),
        actor=Actor.SENDER,
        retry=Retry.LATER,  # RFC 5321 section 4.5.3.1.10: the rest goes in another transaction
    ),
    KnownReply(
        code=552,
        enhanced="5.3.4",
        diagnosis=DiagnosisCode.MESSAGE_TOO_LARGE,
        title="The message is too large for Google",
        explanation="With its attachments the message is larger than Google takes.",
        advice=(Instruction(text="Make the attachments smaller, or send a link to them."),),
        actor=Actor.SENDER,
    ),
    KnownReply(
        code=552,
        enhanced="5.7.0",
        phrase="potential security issue",
        diagnosis=DiagnosisCode.CONTENT_BLOCKED,
        title="Google blocked an attachment",
        explanation="An attachment is of a kind that Google does not carry, such as a program.",
        advice=(Instruction(text="Leave the attachment out, or send a link to it."),),
        actor=Actor.SENDER,
    ),
    KnownReply(
        code=421,
        enhanced="4.7.0",
        phrase="try again later",
        diagnosis=DiagnosisCode.SERVER_UNAVAILABLE,
        title="Google asks to come back later",
        explanation="Google's server closed the connection for now.",
        advice=(Instruction(text="Try again later."),),
        actor=Actor.NOBODY,
        retry=Retry.LATER,
    ),
)

WORKSPACE_REPLIES = (
    KnownReply(
        phrase="IMAP access is disabled for your domain",
        diagnosis=DiagnosisCode.PROTOCOL_ACCESS_DISABLED,
        title="IMAP is switched off for your domain",
        explanation="The administrator of your Google Workspace does not allow IMAP.",
        advice=(Instruction(text="Ask the administrator to allow IMAP, or use POP3."),),
        actor=Actor.MAIL_ADMIN,
    ),
    _relay_denied(
        "5.7.0",
        "mail relay denied",
        "The network address this server sends from is not registered in the relay's settings.",
        "Register the address in the relay's settings, or let the relay accept SMTP sign-in.",
    ),
    _relay_denied(
        "5.7.1",
        "invalid credentials for relay",
        "The network address belongs to another Workspace than the sender's domain.",
        "Let the relay accept SMTP sign-in, or send from a domain of the Workspace it is registered for.",
    ),
    KnownReply(
        code=550,
        enhanced="5.7.0",
        phrase="mail sending denied",
        diagnosis=DiagnosisCode.SENDER_NOT_OWNED,
        title="The relay does not know the sender",
        explanation="The sender is not a user of this Workspace, or is suspended.",
        advice=(
            Instruction(text="Send as an active user of the Workspace.", link="https://admin.google.com"),
        ),
        actor=Actor.MAIL_ADMIN,
    ),
    _too_fast(450, "4.2.1", "peak SMTP relay limit exceeded"),
)
