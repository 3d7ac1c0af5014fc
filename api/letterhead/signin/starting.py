"""Starting sign-ins: for the caller who answers them, or for a link that somebody else answers."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from letterhead.accounts.drafts import Draft, ServerInput, parse_draft
from letterhead.audit.log import Action, Subject, record
from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.identity.rules import may_manage
from letterhead.signin import records, tickets
from letterhead.signin.advance import advance
from letterhead.signin.flows import Flow
from letterhead.signin.records import RUNNING, flow_from
from letterhead.signin.replay import Journal, journal_to_text
from letterhead.signin.rules import chosen_method, may_have_token, not_for_tokens
from letterhead.signin.stored import step_to_json
from letterhead.signin.ways import as_configured
from letterhead.store import models
from letterhead.store.database import now, transaction
from letterhead.wire.origins import origin_of
from letterhead_providers import AuthMethod, CredentialKind, Provider
from letterhead_providers.patterns import fits

EXPIRES_AFTER = timedelta(minutes=30)
LONGEST_URL = 2000


@dataclass(frozen=True, kw_only=True)
class StartSignIn:
    """``method_key`` left out: the provider's best. ``owner_id``: the company, unless it is the caller's own.

    Servers left out: the provider's best preset. ``return_to``: a page of a configured origin.
    """

    address: str
    provider_key: str
    method_key: str | None = None
    owner_id: UUID | None = None
    smtp: ServerInput | None = None
    incoming: ServerInput | None = None
    return_to: str | None = None


async def start(house: House, command: StartSignIn, *, by: Actor) -> Flow:
    """A flow at its first step. Raises Refused with every problem of the input."""
    row, journal = await prepared(house, command, by=by)
    await begin(house, row, journal, Action.SIGN_IN_STARTED, "Began to sign in", by=by)
    return flow_from(row)


async def prepared(house: House, command: StartSignIn, *, by: Actor) -> tuple[models.SignInFlow, Journal]:
    """A flow that is not stored yet. Raises Refused with every problem of the input."""
    owner_id = command.owner_id or by.company_id
    await _check_owner(owner_id, by=by)
    provider = house.catalogue.provider(command.provider_key)
    if provider is None:
        message = f"No mail service here has the key {command.provider_key!r}; take one from providers."
        raise Refused(Problem(ProblemCode.UNKNOWN_PROVIDER, message, ("providerKey",)))
    method = chosen_method(as_configured(house, provider), command.method_key)
    if method is None:
        message = f"{provider.name} has no such way in; take one from its authMethods."
        raise Refused(Problem(ProblemCode.UNKNOWN_METHOD, message, ("authMethod",)))
    if method.unavailable_because:
        raise Refused(Problem(ProblemCode.INVALID, method.unavailable_because, ("authMethod",)))
    draft = parse_draft(provider, command.address, (), command.smtp, command.incoming, prefix=())
    if method.kind is CredentialKind.OAUTH2:
        _check_hosts(provider, draft)
    if method.login_format and not fits(method.login_format.pattern, draft.smtp.username or ""):
        message = f"The login at {provider.name} is {method.login_format.description}."
        raise Refused(Problem(ProblemCode.INVALID, message, ("smtp", "username")))
    row, journal = _new(house, draft, method, owner_id, by)
    row.return_to = _checked_return(house, command.return_to)
    return row, journal


async def begin(
    house: House, row: models.SignInFlow, journal: Journal, action: Action, deed: str, *, by: Actor
) -> None:
    """Stores a prepared flow and takes it to its first step. ``deed``: the audit entry's first words."""
    provider = house.catalogue.provider(row.provider_key)
    assert provider is not None, "prepared"
    summary = f"{deed} {row.draft['address']} at {provider.name}"
    async with transaction():
        await row.save(force_create=True)
        await record(action, summary, by=by, subject=Subject("SignInFlow", row.id))
    await advance(house, row, journal)


async def _check_owner(owner_id: UUID, *, by: Actor) -> None:
    allowed = may_manage(by, owner_id, by.company_id)
    if allowed and owner_id != by.company_id:
        allowed = await models.Employee.exists(id=owner_id, company_id=by.company_id, removed_at=None)
    if not allowed:
        message = "You may not connect addresses for this owner."
        raise Refused(Problem(ProblemCode.NOT_PERMITTED, message, ("ownerId",)))


def _check_hosts(provider: Provider, draft: Draft) -> None:
    """A token is never obtained for a server that it would not be shown to afterwards."""
    problems = [
        Problem(ProblemCode.INVALID, not_for_tokens(provider, server), (name, "host"))
        for name, server in (("smtp", draft.smtp), ("incoming", draft.incoming))
        if server and not may_have_token(server, provider)
    ]
    if problems:
        raise Refused(*problems)


def _checked_return(house: House, url: str | None) -> str | None:
    if url is None:
        return None
    try:
        allowed = len(url) <= LONGEST_URL and origin_of(url) in house.settings.return_origins
    except ValueError:
        allowed = False
    if not allowed:
        message = "This server returns only to pages of origins that its operator has listed; this is none."
        raise Refused(Problem(ProblemCode.INVALID, message, ("returnTo",)))
    return url


def _new(
    house: House, draft: Draft, method: AuthMethod, owner_id: UUID, by: Actor
) -> tuple[models.SignInFlow, Journal]:
    began, flow_id = now(), uuid7()
    journal = Journal(
        began=began,
        state=tickets.new_state(flow_id),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
    )
    row = models.SignInFlow(
        id=flow_id,
        company_id=by.company_id,
        caller=by.key,
        owner_id=owner_id,
        provider_key=draft.provider_key,
        method_key=method.key,
        draft=records.draft_to_json(draft),
        journal_sealed="",
        step=step_to_json(records.under_way()),
        state=RUNNING,
        created_at=began,
        expires_at=began + EXPIRES_AFTER,
    )
    row.journal_sealed = records.seal(house, row, "journal", journal_to_text(journal))
    return row, journal
