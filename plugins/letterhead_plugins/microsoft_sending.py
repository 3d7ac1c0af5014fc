"""What Microsoft's servers are known to say of a message or its sender."""

from letterhead_providers import Actor, DiagnosisCode, Instruction, KnownReply, Retry

ADMIN_CENTRE = "https://admin.microsoft.com"


def _may_not_send_as(phrase: str | None = None, *, enhanced: str | None = None) -> KnownReply:
    return KnownReply(
        phrase=phrase,
        enhanced=enhanced,
        diagnosis=DiagnosisCode.SENDER_NOT_OWNED,
        title="The mailbox may not send from this address",
        explanation="Microsoft lets a mailbox send from its own address, and from those for which it has the "
        "permission “Send as”.",
        advice=(
            Instruction(text="Send from the address that signs in."),
            Instruction(text="Or let an administrator give the permission.", link=ADMIN_CENTRE),
        ),
        actor=Actor.MAIL_ADMIN,
    )


def _passing(
    code: DiagnosisCode,
    title: str,
    explanation: str,
    *,
    phrase: str | None = None,
    enhanced: str | None = None,
) -> KnownReply:
    return KnownReply(
        phrase=phrase,
        enhanced=enhanced,
        diagnosis=code,
        title=title,
        explanation=explanation,
        advice=(Instruction(text="Nothing has to be changed; it goes on by itself."),),
        actor=Actor.NOBODY,
        retry=Retry.LATER,
    )


def _blocked(phrase: str) -> KnownReply:
    return KnownReply(
        phrase=phrase,
        diagnosis=DiagnosisCode.ACCOUNT_LOCKED,
        title="Microsoft has blocked this mailbox from sending",
        explanation="Mail from it looked like spam, which often means that somebody else knows its password.",
        advice=(
            Instruction(text="Change the password of the account."),
            Instruction(
                text="An administrator then takes the mailbox off the list of restricted users.",
            ),
        ),
        actor=Actor.MAIL_ADMIN,
    )


SENDING = (
    _may_not_send_as("SendAsDenied"),
    _may_not_send_as(enhanced="5.2.252"),
    _may_not_send_as(enhanced="5.7.60"),
    KnownReply(
        code=432,
        enhanced="4.3.2",
        diagnosis=DiagnosisCode.RATE_LIMITED,
        title="Too many messages at the same time",
        explanation="Microsoft takes three at the same time from one mailbox.",
        advice=(Instruction(text="Nothing has to be changed; the message is sent again."),),
        actor=Actor.NOBODY,
        retry=Retry.LATER,
    ),
    _passing(
        DiagnosisCode.RATE_LIMITED,
        "Too many messages in a minute",
        "Microsoft takes 30 messages a minute from one mailbox.",
        phrase="submission rate for this client",
    ),
    _passing(
        DiagnosisCode.QUOTA_EXCEEDED,
        "The day's allowance is used up",
        "The mailbox has written to as many people as Microsoft allows within 24 hours.",
        phrase="daily limit for message recipients",
    ),
    _passing(
        DiagnosisCode.QUOTA_EXCEEDED,
        "The allowance is used up",
        "The mailbox has sent as much as Microsoft allows for now.",
        phrase="submission quota exceeded",
    ),
    _passing(
        DiagnosisCode.QUOTA_EXCEEDED,
        "The organisation's allowance is used up",
        "The organisation has written to as many people outside as its licences allow in a day.",
        enhanced="5.7.233",
    ),
    _blocked("bad outbound sender"),
    _blocked("spam abuse detected"),
    KnownReply(
        enhanced="5.7.750",
        diagnosis=DiagnosisCode.SENDER_DOMAIN_UNVERIFIED,
        title="The sender's domain is not registered with Microsoft 365",
        explanation="Mail was sent from domains that the organisation has not added and verified.",
        advice=(Instruction(text="Add and verify every domain that is sent from.", link=ADMIN_CENTRE),),
        actor=Actor.MAIL_ADMIN,
    ),
)
