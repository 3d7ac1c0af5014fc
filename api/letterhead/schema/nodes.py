"""Fetching anything again by its id, as far as the viewer may know of it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from letterhead.schema import (
    accounts,
    api_tokens,
    audit,
    directory,
    messages,
    providers,
    signin,
    trials,
    webhooks,
)
from letterhead.schema.context import Info
from letterhead.schema.ids import decode, row_id
from letterhead.schema.node import Node

Load = Callable[[Info, UUID], Awaitable[Node | None]]


def _loaded(loader: str, show: Callable[[Any], Node]) -> Load:
    async def load(info: Info, key: UUID) -> Node | None:
        found = await getattr(info.context.loaders, loader).load(key)
        return show(found) if found else None

    return load


async def _company(info: Info, key: UUID) -> Node | None:
    if key != info.context.by.company_id:
        return None
    found = await info.context.loaders.companies.load(key)
    return directory.show_company(found) if found else None


LOADS: dict[str, Load] = {
    "Company": _company,
    "Employee": _loaded("employees", directory.show_employee),
    "Group": _loaded("groups", directory.show_group),
    "Project": _loaded("projects", directory.show_project),
    "EmailAccount": _loaded("accounts", accounts.show_account),
    "AccountTest": _loaded("tests", trials.show_test),
    "ApiToken": _loaded("api_tokens", api_tokens.show_token),
    "SignInFlow": _loaded("flows", signin.show_flow),
    "Message": _loaded("messages", messages.show_message),
    "AuditEntry": _loaded("audit_entries", audit.show_entry),
    "Webhook": _loaded("webhooks", webhooks.show_webhook),
}


async def fetch_one(info: Info, opaque: str) -> Node | None:
    """The object, or None for one that does not exist, is hidden, or is no id of ours."""
    decoded = decode(opaque)
    if decoded is None:
        return None
    kind, key = decoded
    if kind == "Provider":
        provider = info.context.house.catalogue.provider(key)
        return providers.show_provider(provider) if provider else None
    row = row_id(opaque, kind)
    return await LOADS[kind](info, row) if kind in LOADS and row else None


async def fetch(info: Info, opaque: Sequence[str]) -> list[Node | None]:
    """All of them, in order."""
    return list(await asyncio.gather(*(fetch_one(info, one) for one in opaque)))
