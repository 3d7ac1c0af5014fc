"""One-time links: the owner of a mailbox answers a sign-in that somebody else has asked for.

Whoever holds a link sees the step of its flow and answers it, as its caller would, and can do nothing else.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from letterhead.audit.log import Action
from letterhead.errors import LetterheadError, Refused
from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.signin import verbs
from letterhead.signin.flows import DoneStep, FailedStep, Flow
from letterhead.signin.records import LINK_LASTS, OPEN, flow_from
from letterhead.signin.rules import mail_hosts
from letterhead.signin.starting import StartSignIn, begin, prepared
from letterhead.signin.tickets import flow_named_in, same
from letterhead.store import models
from letterhead.store.database import now
from letterhead_providers import Provider, ProviderKind


class LinkNotGood(LetterheadError):
    """It is unknown, not complete, used, expired or withdrawn; which of these is not said."""


@dataclass(frozen=True, kw_only=True)
class SignInLink:
    """``url``: shown this once; only a digest of what makes it good is kept."""

    flow: Flow
    url: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class OpenedLink:
    """What its holder may know. ``service``: None for a server of one's own.

    ``unknown_hosts``: those of the flow's servers that are not known to be the service's.
    """

    company: str
    requester: str
    service: str | None
    unknown_hosts: frozenset[str]
    flow: Flow


async def create(house: House, command: StartSignIn, *, by: Actor) -> SignInLink:
    """A link to a new flow of the caller's. Raises Refused with every problem of the input."""
    row, journal = await prepared(house, command, by=by)
    token = f"{row.id.hex}.{secrets.token_urlsafe(32)}"
    row.link_digest, row.link_requester = _digest(token), by.name
    row.expires_at = expires_at = row.created_at + LINK_LASTS
    deed = "Made a one-time link to sign in"
    await begin(house, row, journal, Action.SIGN_IN_LINK_CREATED, deed, by=by)
    url = house.settings.address_of(f"/sign-in/link#{token}")
    return SignInLink(flow=flow_from(row), url=url, expires_at=expires_at)


async def look(house: House, token: str) -> OpenedLink:
    """What is asked for, and where it stands. Raises LinkNotGood."""
    row = await _of(token)
    return await _opened(house, row, await verbs.show(house, row.id, by=_holder(row)))


async def answer(house: House, token: str, answers: Mapping[str, str]) -> OpenedLink:
    """The same after an answer to the form it stands at. Raises LinkNotGood.

    What has the wrong shape may be put right. With the flow at its end the link is used up.
    """
    row = await _of(token)
    try:
        flow = await verbs.answer(house, row.id, answers, by=_holder(row))
    except Refused:  # it has gone on meanwhile, with another answer
        link = await look(house, token)
        if isinstance(link.flow.step, DoneStep | FailedStep):
            raise LinkNotGood from None
        return link
    return await _opened(house, row, flow)


async def _of(token: str) -> models.SignInFlow:
    flow_id: UUID | None = flow_named_in(token)
    row = await models.SignInFlow.get_or_none(id=flow_id) if flow_id else None
    if row is None or not same(_digest(token), row.link_digest or ""):
        raise LinkNotGood
    if row.state not in OPEN or row.expires_at <= now():
        raise LinkNotGood
    return row


async def _opened(house: House, row: models.SignInFlow, flow: Flow) -> OpenedLink:
    company = await models.Company.get(id=row.company_id)
    provider = house.catalogue.provider(row.provider_key)
    hosts = {server.host for server in (flow.smtp, flow.incoming) if server}
    return OpenedLink(
        company=company.name,
        requester=row.link_requester or "",
        service=_name(provider),
        unknown_hosts=frozenset(hosts - (mail_hosts(provider) if provider else frozenset())),
        flow=flow,
    )


def _name(provider: Provider | None) -> str | None:
    return provider.name if provider and provider.kind is not ProviderKind.CUSTOM else None


def _holder(row: models.SignInFlow) -> Actor:
    return Actor(
        company_id=row.company_id,
        key=row.caller,
        name=row.link_requester or "",
        permissions=frozenset(),
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
