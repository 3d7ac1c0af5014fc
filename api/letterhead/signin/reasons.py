"""Why a sign-in came to nothing, where it is neither the person's nor the service's doing."""

from letterhead.diagnosis.message import told
from letterhead.signin.flows import FailedStep
from letterhead_providers import Actor, Diagnosis, DiagnosisCode, Instruction, Retry

CORE = "letterhead"


def plugin_failed(plugin: str) -> FailedStep:
    return _failed(
        told("The sign-in could not go on"),
        told(
            "The plugin “{plugin}”, which knows how to sign in here, did not do what it should.",
            plugin=plugin,
        ),
        told("Start the sign-in again. If that does not help, tell the operator of this server."),
        actor=Actor.OPERATOR,
    )


def not_available(what: str) -> FailedStep:
    return _failed(
        told("This way in is not available"),
        told("It needs {what}, which this server cannot do yet.", what=what),
        told("Choose another way in."),
        actor=Actor.OPERATOR,
        retryable=False,
    )


def plugin_changed() -> FailedStep:
    return _failed(
        told("The sign-in has to be started again"),
        told("The plugin that knows how to sign in here was changed in the meantime."),
        told("Start the sign-in again."),
    )


def answer_lost() -> FailedStep:
    return _failed(
        told("The sign-in has to be started again"),
        told(
            "This server was stopped while it waited for the service's answer, and it may not ask a second "
            "time."
        ),
        told("Start the sign-in again."),
    )


def key_lost() -> FailedStep:
    return _failed(
        told("The sign-in has to be started again"),
        told("What was entered so far cannot be opened any more, because this server's keys were changed."),
        told("Start the sign-in again."),
    )


def expired() -> FailedStep:
    return _failed(
        told("The sign-in has expired"),
        told("It was left alone for too long, and everything entered was wiped."),
        told("Start the sign-in again."),
    )


def cancelled() -> FailedStep:
    return _failed(
        told("The sign-in was cancelled"),
        told("Everything entered was wiped."),
        told("Start the sign-in again when you like."),
    )


def _failed(
    title: str,
    explanation: str,
    advice: str,
    *,
    actor: Actor = Actor.MAILBOX_OWNER,
    retryable: bool = True,
) -> FailedStep:
    return FailedStep(
        diagnosis=Diagnosis(
            code=DiagnosisCode.UNKNOWN,
            title=title,
            explanation=explanation,
            advice=(Instruction(text=advice),),
            actor=actor,
            retry=Retry.NOW if retryable else Retry.AFTER_CHANGE,
            explained_by=CORE,
        ),
        retryable=retryable,
    )
