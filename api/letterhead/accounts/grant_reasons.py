"""Why an account has no OAuth2 token just now, where its service did not say it."""

from letterhead.diagnosis.message import told
from letterhead_providers import Actor, Diagnosis, DiagnosisCode, Instruction, Retry

EXPLAINED_BY = "letterhead"

BUSY = Diagnosis(
    code=DiagnosisCode.SERVER_UNAVAILABLE,
    title=told("The permission to use the mailbox is being renewed"),
    explanation=told("That takes longer than usual. Nothing is lost."),
    actor=Actor.NOBODY,
    retry=Retry.LATER,
    explained_by=EXPLAINED_BY,
)
RUN_OUT = Diagnosis(
    code=DiagnosisCode.OAUTH_TOKEN_INVALID,
    title=told("The permission to use the mailbox has run out"),
    explanation=told("It was given for a short time, and that has passed."),
    advice=(Instruction(text=told("Sign in again, and test the account right after that.")),),
    actor=Actor.MAILBOX_OWNER,
    retry=Retry.AFTER_CHANGE,
    explained_by=EXPLAINED_BY,
)


def no_plugin(provider_key: str) -> Diagnosis:
    return Diagnosis(
        code=DiagnosisCode.POLICY_OTHER,
        title=told("The sign-in cannot be renewed here just now"),
        explanation=told(
            "The plugin that knows how to sign in at “{provider}” is missing, or does not do what it should.",
            provider=provider_key,
        ),
        advice=(Instruction(text=told("Look at the list of plugins, which says what is wrong with one.")),),
        actor=Actor.OPERATOR,
        retry=Retry.AFTER_CHANGE,
        explained_by=EXPLAINED_BY,
    )


def not_for_this_server(why: str) -> Diagnosis:
    return Diagnosis(
        code=DiagnosisCode.TARGET_NOT_ALLOWED,
        title=told("The permission is not for this server"),
        explanation=why,
        advice=(Instruction(text=told("Choose the service's own servers, and sign in again.")),),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.AFTER_CHANGE,
        explained_by=EXPLAINED_BY,
    )
