"""What can be told before anything is dialled."""

from letterhead.accounts.drafts import Draft
from letterhead.accounts.secrets import Credential
from letterhead.diagnosis.message import told
from letterhead.diagnosis.texts import secret_has_wrong_shape
from letterhead.house import House
from letterhead.trials.recorder import StepFailed
from letterhead.trials.trial import Step
from letterhead_providers import (
    Actor,
    Diagnosis,
    DiagnosisCode,
    Instruction,
    Provider,
    Retry,
    SecretFormat,
    Stage,
)
from letterhead_providers.patterns import fits

PRECHECK = Step(stage=Stage.PRECHECK, title=told("Look at what was entered"))


async def precheck(house: House, draft: Draft, method_key: str | None, credential: Credential) -> str:
    """Evidence in words. Raises StepFailed: the secret cannot be right, so it is not shown to anybody."""
    provider = house.catalogue.provider(draft.provider_key)
    method = next((m for m in provider.auth_methods if m.key == method_key), None) if provider else None
    login = draft.smtp.username or ""
    if provider and method and method.login_format and not fits(method.login_format.pattern, login):
        raise StepFailed(_login_has_wrong_shape(provider, method.login_format))
    if method and method.secret_format:
        form = method.secret_format
        if not fits(form.pattern, credential.secret.reveal()):
            raise StepFailed(secret_has_wrong_shape(method.title, form.description, draft.provider_key))
    return told("Address, servers and secret have the right shape.")


def _login_has_wrong_shape(provider: Provider, form: SecretFormat) -> Diagnosis:
    """The login is not shown again: it may be a key that was entered in the wrong place."""
    return Diagnosis(
        code=DiagnosisCode.SECRET_FORMAT,
        title=told("This is not how {service} writes its logins", service=provider.name),
        explanation=told(
            "The login at {service} is {form}. What was entered is not, so nothing was sent.",
            service=provider.name,
            form=form.description,
        ),
        advice=(Instruction(text=told("Copy the login from the service. Often it is not the address.")),),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.AFTER_CHANGE,
        explained_by=provider.key,
    )
