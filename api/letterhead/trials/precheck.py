"""What can be told before anything is dialled."""

from letterhead.accounts.drafts import Draft
from letterhead.accounts.secrets import Credential
from letterhead.diagnosis.texts import secret_has_wrong_shape
from letterhead.house import House
from letterhead.trials.recorder import StepFailed
from letterhead.trials.trial import Step
from letterhead_providers import Stage
from letterhead_providers.patterns import fits

PRECHECK = Step(stage=Stage.PRECHECK, title="Look at what was entered")


async def precheck(house: House, draft: Draft, method_key: str | None, credential: Credential) -> str:
    """Evidence in words. Raises StepFailed: the secret cannot be right, so it is not shown to anybody."""
    provider = house.catalogue.provider(draft.provider_key)
    method = next((m for m in provider.auth_methods if m.key == method_key), None) if provider else None
    if method and method.secret_format:
        form = method.secret_format
        if not fits(form.pattern, credential.secret.reveal()):
            raise StepFailed(secret_has_wrong_shape(method.title, form.description, draft.provider_key))
    return "Address, servers and secret have the right shape."
