"""OAuth2 access tokens of accounts: taken from the sealed grant, and renewed by one worker of however many.

Who renews holds a lease on the account's row; the others wait and read what came of it. The new grant is
written only in the place of the very one that it was made from.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal
from uuid import UUID, uuid4

import structlog

from letterhead.accounts import grant_reasons
from letterhead.accounts.secrets import account_purpose, seal, unseal
from letterhead.diagnosis.message import told
from letterhead.errors import LetterheadError
from letterhead.house import House
from letterhead.signin.fetching import fetched
from letterhead.signin.rules import may_have_token, may_open, not_for_tokens
from letterhead.signin.ways import oauth2_method
from letterhead.store import models
from letterhead.store.database import clock, now, select
from letterhead.vault.secret import Secret
from letterhead.vault.vault import CannotOpen
from letterhead.wire.stored import server_from_json
from letterhead_providers import (
    AuthMethod,
    CredentialKind,
    Diagnosis,
    Done,
    Fetch,
    Grant,
    OAuth2,
    Provider,
    Refuse,
    Renewal,
)
from letterhead_providers.switchboard import Ended, Stepped

Field = Literal["secret", "incoming_secret"]

EARLY = timedelta(seconds=60)
"""A token that runs out this soon is renewed before it is shown."""

LEASE_SECONDS = 30
LOOK_AGAIN_SECONDS = 0.2
PATIENCE_SECONDS = 20.0
MOST_REQUESTS = 2
"""Each within its deadline, so that the lease outlasts them."""

PAUSES = (0.5, 1.0, 2.0)
"""Seconds between tries to write a new grant down: without it the person would have to sign in again."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Token:
    """``mechanisms``: of SASL, by which the service's servers take it, best first."""

    secret: Secret
    mechanisms: tuple[str, ...]


class GrantTrouble(LetterheadError):
    """There is no token. ``lasting``: not until the person has signed in again."""

    def __init__(self, diagnosis: Diagnosis, *, lasting: bool) -> None:
        super().__init__(diagnosis.title)
        self.diagnosis = diagnosis
        self.lasting = lasting


@dataclass(frozen=True, kw_only=True)
class _Way:
    """Where the grant is kept, and how the service's grants are renewed and shown."""

    field: Field
    provider: Provider
    method: AuthMethod
    oauth2: OAuth2


async def token_for(
    house: House, account: models.EmailAccount, *, field: Field = "secret", refused: Secret | None = None
) -> Token:
    """A token for the account's server, which works for a minute yet.

    ``field``: where the grant is kept. ``refused``: a token that the server does not take any more.
    Raises GrantTrouble, and CannotOpen for the grant. Never call it in a transaction.
    """
    way = _way(house, account, field)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            grant = await _good_grant(house, account, way, refused)
    except TimeoutError:
        raise GrantTrouble(grant_reasons.BUSY, lasting=False) from None
    return token_of(grant, way.oauth2)


def token_of(grant: Grant, oauth2: OAuth2) -> Token:
    return Token(secret=Secret(grant.access_token), mechanisms=oauth2.mechanisms)


def _way(house: House, account: models.EmailAccount, field: Field) -> _Way:
    provider = house.catalogue.provider(account.provider_key)
    method = oauth2_method(provider) if provider else None
    if provider is None or method is None or method.oauth2 is None:
        raise GrantTrouble(grant_reasons.no_plugin(account.provider_key), lasting=False)
    server = server_from_json(account.smtp if field == "secret" else account.incoming)
    if server is None or not may_have_token(server, provider):
        why = not_for_tokens(provider, server) if server else told("There is no server for it.")
        raise GrantTrouble(grant_reasons.not_for_this_server(why), lasting=True)
    return _Way(field=field, provider=provider, method=method, oauth2=method.oauth2)


async def _good_grant(house: House, account: models.EmailAccount, way: _Way, refused: Secret | None) -> Grant:
    grant = _opened(house, account, way.field)
    while not _is_good(grant, refused):
        lease = await _take(account.id)
        if lease is not None:
            # Shielded: once it is asked for, the old grant may be void, so the new one has to be written.
            return await asyncio.shield(
                asyncio.create_task(_renew_under(lease, house, account.id, way, refused))
            )
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        grant = _opened(house, await models.EmailAccount.get(id=account.id), way.field)
    return grant


def _is_good(grant: Grant, refused: Secret | None) -> bool:
    if refused is not None and grant.access_token == refused.reveal():
        return False
    return grant.expires_at is None or grant.expires_at > now() + EARLY


def _opened(house: House, account: models.EmailAccount, field: Field) -> Grant:
    sealed = account.secret_sealed if field == "secret" else account.incoming_secret_sealed
    secret = unseal(house, sealed or "", account_purpose(account, field))
    try:
        return Grant.from_text(secret.reveal())
    except ValueError:
        raise CannotOpen("what is kept is not a grant") from None


async def _renew_under(
    lease: UUID, house: House, account_id: UUID, way: _Way, refused: Secret | None
) -> Grant:
    try:
        account = await models.EmailAccount.get(id=account_id)
        grant = _opened(house, account, way.field)
        if _is_good(grant, refused):  # somebody was quicker
            return grant
        grant = await _renewed(house, way, grant)
        sealed = seal(house, Secret(grant.to_text()), account_purpose(account, way.field))
        await _write(account, lease, way.field, sealed)
        return grant
    finally:
        await models.EmailAccount.filter(id=account_id, grant_lease_token=lease).update(
            grant_lease_token=None, grant_lease_until=None
        )


async def _take(account_id: UUID) -> UUID | None:
    lease = uuid4()
    rows = await select(
        f"""
        UPDATE email_account SET grant_lease_token = $1, grant_lease_until = {clock(LEASE_SECONDS)}
        WHERE id = $2 AND (grant_lease_until IS NULL OR grant_lease_until <= {clock()})
        RETURNING id
        """,
        lease,
        account_id,
    )
    return lease if rows else None


async def _write(account: models.EmailAccount, lease: UUID, field: Field, sealed: str) -> None:
    """Raises GrantTrouble where the account was given another grant meanwhile, which is left in its place."""
    as_read = {f"{field}_sealed": getattr(account, f"{field}_sealed")}
    held = models.EmailAccount.filter(id=account.id, grant_lease_token=lease, **as_read)
    for pause in (*PAUSES, None):
        try:
            written = await held.update(**{f"{field}_sealed": sealed})
            break
        except Exception as exc:  # drivers raise what they like when a database is away
            if pause is None:
                raise
            log.warning("a renewed grant could not be written", error=type(exc).__name__)
            await asyncio.sleep(pause)
    if not written:
        raise GrantTrouble(grant_reasons.BUSY, lasting=False)


async def _renewed(house: House, way: _Way, grant: Grant) -> Grant:
    client = house.clients.get(way.provider.key)
    renewal = Renewal(
        provider=way.provider,
        method=way.method,
        grant=grant,
        now=now(),
        client_id=client.id if client else "",
        client_secret=client.secret.reveal() if client else "",
    )
    match await _driven(house, renewal):
        case Ended(Done(kind=CredentialKind.OAUTH2, secret=text)):
            try:
                return Grant.from_text(text)
            except ValueError:
                why = "it ended with no grant"
        case Ended(Refuse(diagnosis=diagnosis, retryable=retryable)):
            explained_by = diagnosis.explained_by or way.provider.key
            raise GrantTrouble(replace(diagnosis, explained_by=explained_by), lasting=not retryable)
        case stepped:
            why = f"it stopped at {type(stepped).__name__}"
    log.warning("a grant could not be renewed", provider=way.provider.key, why=why)
    raise GrantTrouble(grant_reasons.no_plugin(way.provider.key), lasting=False)


async def _driven(house: House, renewal: Renewal) -> Stepped | None:
    """How it ended, or what it wants that it does not get."""
    provider = renewal.provider
    flow = await house.catalogue.refresh(renewal)
    if flow is None:
        return None
    try:
        stepped = await house.catalogue.step(provider.key, flow, None)
        for _ in range(MOST_REQUESTS):
            if not isinstance(stepped, Fetch) or not may_open(stepped.url, provider):
                break
            answer = await fetched(house, provider, stepped)
            stepped = await house.catalogue.step(provider.key, flow, answer)
    finally:
        await house.catalogue.close(flow)
    return stepped
