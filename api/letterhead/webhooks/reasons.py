"""Why events do not arrive."""

from letterhead.diagnosis.message import told
from letterhead_providers import Actor, Diagnosis, DiagnosisCode, Instruction, Retry

EXPLAINED_BY = "webhooks"
DAYS = 3

NO_SECRET = told("Its signing secret cannot be read any more.")
TOO_SLOW = told("It did not answer in time.")


def answered(status: int) -> str:
    return told("It answered with status {status}.", status=status)


def not_answered(error: str) -> str:
    return told("No answer was had: {error}.", error=error)


def later(why: str) -> Diagnosis:
    """It is tried again by itself."""
    return _reason(
        told("The last event did not arrive"),
        told("{why} It is tried again for {days} days.", why=why, days=DAYS),
        actor=Actor.NOBODY,
        retry=Retry.LATER,
    )


def gone() -> Diagnosis:
    return _reason(
        told("Switched off: its address is gone"),
        told("The server answered that there is nothing at this address any more (410)."),
        told("Delete this webhook, and make one with the new address."),
    )


def given_up(why: str) -> Diagnosis:
    return _reason(
        told("Switched off: nothing arrived for days"),
        told("{why} It was tried for {days} days.", why=why, days=DAYS),
        told("See to the server there, then delete this webhook and make it again."),
    )


def _reason(
    title: str,
    explanation: str,
    *advice: str,
    actor: Actor = Actor.OPERATOR,
    retry: Retry = Retry.AFTER_CHANGE,
) -> Diagnosis:
    return Diagnosis(
        code=DiagnosisCode.SERVER_UNAVAILABLE,
        title=title,
        explanation=explanation,
        advice=tuple(Instruction(text=text) for text in advice),
        actor=actor,
        retry=retry,
        explained_by=EXPLAINED_BY,
    )
