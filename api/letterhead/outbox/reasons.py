"""What the outbox itself has to say about a message, where no server said it."""

from dataclasses import replace

from letterhead_providers import Actor, Diagnosis, DiagnosisCode, Instruction, Retry

EXPLAINED_BY = "outbox"


def _reason(
    title: str,
    explanation: str,
    *advice: str,
    code: DiagnosisCode = DiagnosisCode.UNKNOWN,
    actor: Actor = Actor.SENDER,
    retry: Retry = Retry.AFTER_CHANGE,
) -> Diagnosis:
    return Diagnosis(
        code=code,
        title=title,
        explanation=explanation,
        advice=tuple(Instruction(text=text) for text in advice),
        actor=actor,
        retry=retry,
        explained_by=EXPLAINED_BY,
    )


MAY_HAVE_ARRIVED = _reason(
    "It may have been delivered",
    "The whole message was handed over, but the connection was lost before the server said "
    "whether it took it.",
    "Ask the recipient whether it has come, before you send it again.",
)
EXPIRED = _reason(
    "Given up",
    "It could not be delivered in the time it was given.",
    "See its attempts for the reasons, and write again if it still matters.",
    retry=Retry.NEVER,
)
FAULT = _reason(
    "Letterhead failed to send it",
    "Something went wrong in Letterhead itself each time the message was taken in hand, so it was set aside.",
    "Tell whoever runs Letterhead; its log says more.",
    actor=Actor.OPERATOR,
    retry=Retry.NEVER,
)
ACCOUNT_GONE = _reason(
    "Its address was deleted",
    "The account this message was to leave from is no longer there. No other address is taken silently.",
    "Send it from another address, or cancel it.",
)
ACCOUNT_DISABLED = _reason(
    "Its address is switched off",
    "The account this message was to leave from was switched off. No other address is taken silently.",
    "Switch it on, send from another address, or cancel the message.",
)
ACCOUNT_PAUSED = _reason(
    "Its account is paused",
    "The account’s server refused to sign in. The message goes on by itself once the account is ready.",
    "Test the account again.",
    actor=Actor.MAILBOX_OWNER,
)
NEEDS_CREDENTIAL = _reason(
    "Its account has to sign in again",
    "The account’s password or sign-in is missing or cannot be read any more. "
    "The message goes on by itself once the account is ready.",
    "Sign the account in again.",
    actor=Actor.MAILBOX_OWNER,
)


def not_allowed_any_more(explanation: str) -> Diagnosis:
    return _reason(
        "It may not leave from its address any more",
        f"{explanation} No other address is taken silently.",
        "Send it from another address, or cancel it.",
    )


def may_have_arrived(cause: Diagnosis | None) -> Diagnosis:
    """With the server's last words, where there were any."""
    return replace(MAY_HAVE_ARRIVED, reply=cause.reply) if cause else MAY_HAVE_ARRIVED
