"""What the outbox itself has to say about a message, where no server said it."""

from dataclasses import replace
from datetime import UTC, datetime

from letterhead.diagnosis.message import told
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
    told("It may have been delivered"),
    told(
        "The whole message was handed over, but the connection was lost before the server said "
        "whether it took it."
    ),
    told("Ask the recipient whether it has come, before you send it again."),
)
EXPIRED = _reason(
    told("Given up"),
    told("It could not be delivered in the time it was given."),
    told("See its attempts for the reasons, and write again if it still matters."),
    retry=Retry.NEVER,
)
FAULT = _reason(
    told("Letterhead failed to send it"),
    told(
        "Something went wrong in Letterhead itself each time the message was taken in hand, so it was set "
        "aside."
    ),
    told("Tell whoever runs Letterhead; its log says more."),
    actor=Actor.OPERATOR,
    retry=Retry.NEVER,
)
ACCOUNT_GONE = _reason(
    told("Its address was deleted"),
    told(
        "The account this message was to leave from is no longer there. No other address is taken silently."
    ),
    told("Send it from another address, or cancel it."),
)
AUTHOR_LEFT = _reason(
    told("It may not leave from its address any more"),
    told("Its author is no longer in the company’s directory. No other address is taken silently."),
    told("Send it from another address, or cancel it."),
)
ACCOUNT_DISABLED = _reason(
    told("Its address is switched off"),
    told("The account this message was to leave from was switched off. No other address is taken silently."),
    told("Switch it on, send from another address, or cancel the message."),
)
ACCOUNT_PAUSED = _reason(
    told("Its account is paused"),
    told("The account’s server refused to sign in. The message goes on by itself once the account is ready."),
    told("Test the account again."),
    actor=Actor.MAILBOX_OWNER,
)
NEEDS_CREDENTIAL = _reason(
    told("Its account has to sign in again"),
    told(
        "The account’s password or sign-in is missing or cannot be read any more. "
        "The message goes on by itself once the account is ready."
    ),
    told("Sign the account in again."),
    actor=Actor.MAILBOX_OWNER,
)


def rate_limited(most: int, *, daily: bool, at: datetime) -> Diagnosis:
    """``at``: when the message's turn comes."""
    when = f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if daily:
        explanation = told(
            "Its address may send {most} messages a day, and has. It sends on at {when}.",
            most=most,
            when=when,
        )
    else:
        explanation = told(
            "Its address may send {most} messages a minute, and has. It sends on at {when}.",
            most=most,
            when=when,
        )
    return _reason(
        told("It waits for its turn"),
        explanation,
        told("Nothing: it goes out by itself. If that is too slow, spread the mail over several addresses."),
        code=DiagnosisCode.RATE_LIMITED,
        actor=Actor.NOBODY,
        retry=Retry.LATER,
    )


def not_allowed_any_more(explanation: str) -> Diagnosis:
    return _reason(
        told("It may not leave from its address any more"),
        told("{explanation} No other address is taken silently.", explanation=explanation),
        told("Send it from another address, or cancel it."),
    )


def may_have_arrived(cause: Diagnosis | None) -> Diagnosis:
    """With the server's last words, where there were any."""
    return replace(MAY_HAVE_ARRIVED, reply=cause.reply) if cause else MAY_HAVE_ARRIVED
