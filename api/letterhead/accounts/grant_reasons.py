"""Why an account has no OAuth2 token just now, where its service did not say it."""

from dataclasses import replace

from letterhead.diagnosis.texts import describe
from letterhead_providers import Actor, Diagnosis, DiagnosisCode, Instruction, Retry

EXPLAINED_BY = "letterhead"

BUSY = Diagnosis(
    code=DiagnosisCode.SERVER_UNAVAILABLE,
    title="The permission to use the mailbox is being renewed",
    explanation="That takes longer than usual. Nothing is lost.",
    actor=Actor.NOBODY,
    retry=Retry.LATER,
    explained_by=EXPLAINED_BY,
)
RUN_OUT = Diagnosis(
    code=DiagnosisCode.OAUTH_TOKEN_INVALID,
    title="The permission to use the mailbox has run out",
    explanation="It was given for a short time, and that has passed.",
    advice=(Instruction(text="Sign in again, and test the account right after that."),),
    actor=Actor.MAILBOX_OWNER,
    retry=Retry.AFTER_CHANGE,
    explained_by=EXPLAINED_BY,
)


def of_token(diagnosis: Diagnosis) -> Diagnosis:
    """Servers speak of a wrong password also where they were shown a token."""
    if diagnosis.code is not DiagnosisCode.WRONG_PASSWORD:
        return diagnosis
    told = describe(DiagnosisCode.OAUTH_TOKEN_INVALID, explained_by=diagnosis.explained_by)
    return replace(told, reply=diagnosis.reply)


def no_plugin(provider_key: str) -> Diagnosis:
    return Diagnosis(
        code=DiagnosisCode.POLICY_OTHER,
        title="The sign-in cannot be renewed here just now",
        explanation=f"The plugin that knows how to sign in at “{provider_key}” is missing, or does not do "
        "what it should.",
        advice=(Instruction(text="Look at the list of plugins, which says what is wrong with one."),),
        actor=Actor.OPERATOR,
        retry=Retry.AFTER_CHANGE,
        explained_by=EXPLAINED_BY,
    )


def not_for_this_server(why: str) -> Diagnosis:
    return Diagnosis(
        code=DiagnosisCode.TARGET_NOT_ALLOWED,
        title="The permission is not for this server",
        explanation=why,
        advice=(Instruction(text="Choose the service's own servers, and sign in again."),),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.AFTER_CHANGE,
        explained_by=EXPLAINED_BY,
    )
