"""The access tokens that a test signs in with."""

from dataclasses import replace
from uuid import UUID

from letterhead.accounts import grant_reasons
from letterhead.accounts.grants import Field, GrantTrouble, Token, token_for, token_of
from letterhead.accounts.readiness import needs_sign_in
from letterhead.accounts.secrets import Credential
from letterhead.diagnosis.message import told
from letterhead.house import House
from letterhead.signin.ways import oauth2_method
from letterhead.store import models
from letterhead.store.database import now
from letterhead.trials.recorder import StepFailed
from letterhead.trials.trial import Step
from letterhead_providers import CredentialKind, Grant, Stage

ACCESS = Step(stage=Stage.PROVIDER, title=told("Take the access that the service gave"))


def planned_for(*credentials: Credential) -> tuple[Step, ...]:
    return (ACCESS,) if any(one.kind is CredentialKind.OAUTH2 for one in credentials) else ()


async def with_token(
    house: House, credential: Credential, provider_key: str, account_id: UUID | None, field: Field
) -> Credential:
    """Itself, with an access token in the place of a grant. Raises StepFailed."""
    if credential.kind is not CredentialKind.OAUTH2:
        return credential
    if credential.kept and account_id:
        token = await _of_account(house, account_id, field)
    else:
        token = _given(house, credential, provider_key)
    return replace(credential, secret=token.secret, mechanisms=token.mechanisms)


async def _of_account(house: House, account_id: UUID, field: Field) -> Token:
    """Renewed where need be, which is written into the account at once, whatever becomes of the test."""
    account = await models.EmailAccount.get(id=account_id)
    try:
        return await token_for(house, account, field=field)
    except GrantTrouble as trouble:
        if trouble.lasting:
            await needs_sign_in(house, account, trouble.diagnosis)
        raise StepFailed(trouble.diagnosis) from None


def _given(house: House, credential: Credential, provider_key: str) -> Token:
    """Of a sign-in that was just made. It is not renewed before it belongs to an account."""
    provider = house.catalogue.provider(provider_key)
    method = oauth2_method(provider) if provider else None
    if method is None or method.oauth2 is None:
        raise StepFailed(grant_reasons.no_plugin(provider_key))
    grant = Grant.from_text(credential.secret.reveal())
    if grant.expires_at is not None and grant.expires_at <= now():
        raise StepFailed(grant_reasons.RUN_OUT)
    return token_of(grant, method.oauth2)
