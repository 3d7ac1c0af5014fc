"""What Amazon SES is known to say, the particular before the general."""

from letterhead_plugins.replies import in_other_words
from letterhead_providers import Actor, DiagnosisCode, Instruction, KnownReply, Retry, Stage

DOCS = "https://docs.aws.amazon.com/ses/latest/dg"
CONSOLE = "https://console.aws.amazon.com/ses/"

CREATE = Instruction(
    text="In the SES console, choose this server's region, then SMTP settings, and create SMTP credentials.",
    link=CONSOLE,
)
VERIFY = Instruction(
    text="In the SES console, verify the domain or the address in this region.", link=CONSOLE
)
SLOWER = Instruction(text="Send more slowly, or ask AWS for a higher quota.", link=CONSOLE)

UNVERIFIED = KnownReply(
    phrase="email address is not verified",
    diagnosis=DiagnosisCode.SENDER_DOMAIN_UNVERIFIED,
    title="Amazon SES does not know this sender in this region",
    explanation="The sender, or its domain, is not verified in the region that the reply names. In the "
    "sandbox of SES, recipients have to be verified too.",
    advice=(
        VERIFY,
        Instruction(text="To write to anybody, ask AWS for production access.", link=CONSOLE),
    ),
    help="https://repost.aws/knowledge-center/ses-554-400-message-rejected-error",
)

REPLIES = (
    *in_other_words(UNVERIFIED, "identities failed the check in region"),
    KnownReply(
        code=554,
        phrase="is not authorized to perform",
        diagnosis=DiagnosisCode.POLICY_OTHER,
        title="A policy of the AWS account forbids it",
        explanation="The user behind the SMTP credentials may not send from, or to, what the reply names.",
        advice=(
            Instruction(text="Let an administrator of the AWS account allow that user ses:SendRawEmail."),
        ),
        actor=Actor.MAIL_ADMIN,
    ),
    KnownReply(
        phrase="daily message quota exceeded",
        diagnosis=DiagnosisCode.QUOTA_EXCEEDED,
        title="The day's quota is used up",
        explanation="The AWS account has sent as much from this region as it may within 24 hours.",
        advice=(Instruction(text="Wait, or ask AWS for a higher quota.", link=CONSOLE),),
        actor=Actor.MAIL_ADMIN,
        retry=Retry.LATER,
        help=f"{DOCS}/manage-sending-quotas-errors.html",
    ),
    KnownReply(
        code=454,
        phrase="throttling failure",
        diagnosis=DiagnosisCode.RATE_LIMITED,
        title="Too much in a short time",
        explanation="The AWS account may send a certain number of messages a second from this region.",
        advice=(SLOWER,),
        actor=Actor.NOBODY,
        retry=Retry.LATER,
        help=f"{DOCS}/manage-sending-quotas-errors.html",
    ),
    KnownReply(
        code=421,
        phrase="too many concurrent smtp connections",
        diagnosis=DiagnosisCode.RATE_LIMITED,
        title="Too many connections at once",
        explanation="Amazon SES takes fewer connections at the same time.",
        advice=(Instruction(text="Let fewer programs send at the same time."),),
        actor=Actor.NOBODY,
        retry=Retry.LATER,
    ),
    KnownReply(
        code=451,
        phrase="timeout waiting for data from client",
        diagnosis=DiagnosisCode.TIMEOUT,
        title="Amazon SES waited too long",
        explanation="The message, or the next command, did not arrive in time.",
        advice=(Instruction(text="Try again. If it stays so, look for a slow line between here and AWS."),),
        actor=Actor.NOBODY,
        retry=Retry.LATER,
    ),
    KnownReply(
        code=451,
        phrase="temporary service failure",
        diagnosis=DiagnosisCode.SERVER_UNAVAILABLE,
        title="Amazon SES has trouble of its own",
        explanation="The message could not be taken for now.",
        advice=(Instruction(text="Try again later."),),
        actor=Actor.PROVIDER,
        retry=Retry.LATER,
    ),
    KnownReply(
        code=530,
        phrase="must issue a starttls",
        diagnosis=DiagnosisCode.TLS_REQUIRED,
        title="Amazon SES wants an encrypted connection first",
        explanation="The connection was not encrypted.",
        advice=(Instruction(text="Use port 587 with STARTTLS, or port 465 with TLS."),),
    ),
    KnownReply(
        code=530,
        phrase="authentication required",
        diagnosis=DiagnosisCode.AUTH_REQUIRED,
        title="Amazon SES wants a sign-in first",
        explanation="The message was offered before a sign-in.",
        advice=(CREATE,),
    ),
    KnownReply(
        code=535,
        phrase="authentication credentials invalid",
        stages=(Stage.SIGN_IN,),
        diagnosis=DiagnosisCode.WRONG_PASSWORD,
        title="Amazon SES did not accept the SMTP credentials",
        explanation="They are mistyped or deleted, or belong to another region: each region has its own. "
        "Keys for the AWS API are not accepted.",
        advice=(CREATE, Instruction(text="Or choose the server of the region they were made in.")),
        help=f"{DOCS}/troubleshoot-smtp.html",
    ),
)
