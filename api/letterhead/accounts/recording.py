"""What saving an account's settings says in the audit log: each kind of change by its own action."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from letterhead.accounts.chosen import NOBODY, Chosen, access_changes, chosen, scope_changes
from letterhead.audit.log import Action, Subject, record
from letterhead.audit.rules import Values, named, text
from letterhead.identity.actor import Actor
from letterhead.store import models

SHOWN = (
    "address",
    "display_name",
    "reply_to",
    "provider_key",
    "credential_kind",
    "incoming_credential_kind",
    "status",
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """``secrets``: sealed, only to be compared."""

    address: str
    shown: Mapping[str, str | None]
    secrets: tuple[str | None, ...]
    chosen: Chosen


async def settings_of(company_id: UUID, account_id: UUID) -> Settings:
    row = await models.EmailAccount.get(id=account_id, company_id=company_id)
    aliases = await models.SenderAlias.filter(company_id=company_id, account_id=account_id)
    servers = {"smtp": _server(row.smtp), "incoming": _server(row.incoming)}
    return Settings(
        address=row.address,
        shown={name: text(getattr(row, name)) for name in SHOWN}
        | servers
        | {"aliases": named(alias.address for alias in aliases)},
        secrets=(row.secret_sealed, row.incoming_secret_sealed),
        chosen=await chosen(company_id, account_id),
    )


async def record_saved(account_id: UUID, before: Settings | None, *, by: Actor) -> None:
    """``before``: None where the account is new; then one entry says it all. Call it last, as the log asks
    for."""
    after = await settings_of(by.company_id, account_id)
    summary = f"Changed the settings of {before.address}" if before else f"Connected {after.address}"
    subject = Subject("EmailAccount", account_id)
    was = before.chosen if before else NOBODY
    access, scope = access_changes(was, after.chosen), scope_changes(was, after.chosen)
    shown = _changes(before.shown if before else {}, after.shown)
    if before is None:
        shown |= access | scope
    await record(Action.ACCOUNT_SAVED, summary, by=by, subject=subject, changes=shown)
    if before is None:
        return
    if before.secrets != after.secrets:
        replaced = f"Replaced the secret of {after.address}"
        await record(Action.CREDENTIAL_REPLACED, replaced, by=by, subject=subject)
    if _differ(access):
        deed = f"Changed who may write as {after.address}"
        await record(Action.ACCESS_CHANGED, deed, by=by, subject=subject, changes=access)
    if _differ(scope):
        deed = f"Changed the projects of {after.address}"
        await record(Action.SCOPE_CHANGED, deed, by=by, subject=subject, changes=scope)


def _changes(before: Mapping[str, str | None], after: Mapping[str, str | None]) -> dict[str, Values]:
    return {name: (before.get(name), value) for name, value in after.items()}


def _differ(changes: Mapping[str, Values]) -> bool:
    return any(before != after for before, after in changes.values())


def _server(server: Mapping[str, object] | None) -> str | None:
    """Such as ``anna@smtp.example.com:465 (TLS)``."""
    if server is None:
        return None
    login = f"{server['username']} at " if server.get("username") else ""
    return f"{login}{server['host']}:{server['port']} ({server['protocol']}, {server['security']})"
