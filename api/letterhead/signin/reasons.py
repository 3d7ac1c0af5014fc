"""Why a sign-in came to nothing, where it is neither the person's nor the service's doing."""

from letterhead.signin.flows import FailedStep
from letterhead_providers import Actor, Diagnosis, DiagnosisCode, Instruction, Retry

CORE = "letterhead"


def plugin_failed(plugin: str) -> FailedStep:
    return _failed(
        "The sign-in could not go on",
        f"The plugin {plugin!r}, which knows how to sign in here, did not do what it should.",
        "Start the sign-in again. If that does not help, tell the operator of this server.",
        actor=Actor.OPERATOR,
    )


def not_available(what: str) -> FailedStep:
    return _failed(
        "This way in is not available",
        f"It needs {what}, which this server cannot do yet.",
        "Choose another way in.",
        actor=Actor.OPERATOR,
        retryable=False,
    )


def plugin_changed() -> FailedStep:
    return _failed(
        "The sign-in has to be started again",
        "The plugin that knows how to sign in here was changed in the meantime.",
        "Start the sign-in again.",
    )


def answer_lost() -> FailedStep:
    return _failed(
        "The sign-in has to be started again",
        "This server was stopped while it waited for the service's answer, and it may not ask a second time.",
        "Start the sign-in again.",
    )


def key_lost() -> FailedStep:
    return _failed(
        "The sign-in has to be started again",
        "What was entered so far cannot be opened any more, because this server's keys were changed.",
        "Start the sign-in again.",
    )


def expired() -> FailedStep:
    return _failed(
        "The sign-in has expired",
        "It was left alone for too long, and everything entered was wiped.",
        "Start the sign-in again.",
    )


def cancelled() -> FailedStep:
    return _failed(
        "The sign-in was cancelled",
        "Everything entered was wiped.",
        "Start the sign-in again when you like.",
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
