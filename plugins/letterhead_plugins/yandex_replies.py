"""What Yandex's servers are known to say, the particular before the general."""

from letterhead_plugins.replies import in_other_words
from letterhead_providers import Actor, DiagnosisCode, Instruction, KnownReply, Retry, Stage

CLIENTS = "https://mail.yandex.com/#setup/client"
SIGNING_IN = (Stage.SIGN_IN,)

ACCESS_IS_OFF = KnownReply(
    phrase="does not have access rights to this service",
    stages=SIGNING_IN,
    diagnosis=DiagnosisCode.PROTOCOL_ACCESS_DISABLED,
    title="Yandex does not let mail programs into this mailbox",
    explanation="Access for mail programs is switched off, or the password is not an app password for mail.",
    advice=(
        Instruction(
            text="In Mail's settings, under “Email clients”, allow IMAP and POP3 access and app passwords.",
            link=CLIENTS,
        ),
        Instruction(
            text="Create an app password for mail and enter it here.",
            link="https://id.yandex.com/security/app-passwords",
        ),
        Instruction(text="In Yandex 360, the administrator may have to allow it first."),
    ),
)

REPLIES = (
    *in_other_words(ACCESS_IS_OFF, "or IMAP is disabled", "or POP3 is disabled"),
    KnownReply(
        phrase="authentication failed: invalid format",
        stages=SIGNING_IN,
        diagnosis=DiagnosisCode.PROTOCOL_ERROR,
        title="Yandex could not read the sign-in",
        explanation="The login is malformed or the password is empty.",
        advice=(Instruction(text="Enter both again, without spaces or line ends."),),
    ),
    KnownReply(
        phrase="not owned by auth user",
        diagnosis=DiagnosisCode.SENDER_NOT_OWNED,
        title="Yandex sends only from the mailbox's own address",
        explanation="The sender is not the address that signed in, nor an alias of it.",
        advice=(Instruction(text="Send from that address, or add this one as an alias at Yandex."),),
    ),
    KnownReply(
        phrase="need to use web",
        diagnosis=DiagnosisCode.WEB_LOGIN_REQUIRED,
        title="Yandex wants to see that a person is sending",
        explanation="Mail from this mailbox looked like spam, so Yandex stopped it until its owner has "
        "confirmed in the browser that it is not.",
        advice=(Instruction(text="Open the link in the server's words and confirm, then send again."),),
    ),
    KnownReply(
        phrase="under suspicion of spam",
        diagnosis=DiagnosisCode.SPAM_CONTENT,
        title="Yandex took the message for spam",
        explanation="What the message says, or how often it was sent, looks like spam to Yandex, which may "
        "block the mailbox for about a day.",
        advice=(Instruction(text="Change the message, and wait a day before the next try."),),
        actor=Actor.SENDER,
    ),
    KnownReply(
        code=530,
        enhanced="5.7.7",
        diagnosis=DiagnosisCode.TLS_REQUIRED,
        title="Yandex wants an encrypted connection",
        explanation="The connection was not encrypted.",
        advice=(Instruction(text="Use port 465 with TLS."),),
        retry=Retry.AFTER_CHANGE,
    ),
)
