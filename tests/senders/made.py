"""One small company, by hand: Dana and Eli, the projects Apollo and Boreas, the group Support."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from uuid_utils.compat import uuid7

from letterhead.house import House
from letterhead.store import models

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUSE = cast("House", None)
"""For verbs that ask nothing of it."""


@dataclass(frozen=True, kw_only=True)
class Firm:
    id: UUID
    dana: UUID
    eli: UUID
    apollo: UUID
    boreas: UUID
    support: UUID


async def new_firm(**policy: str) -> Firm:
    firm = Firm(**{name: uuid7() for name in ("id", "dana", "eli", "apollo", "boreas", "support")})
    await models.Company.create(id=firm.id, name=str(firm.id), **policy)
    for one, name in ((firm.dana, "Dana"), (firm.eli, "Eli")):
        await models.Employee.create(id=one, company_id=firm.id, external_id=name.lower(), name=name)
    for one, name in ((firm.apollo, "Apollo"), (firm.boreas, "Boreas")):
        await models.Project.create(id=one, company_id=firm.id, external_id=name.lower(), name=name)
    await models.Group.create(id=firm.support, company_id=firm.id, external_id="support", name="Support")
    return firm


async def new_account(
    firm: Firm,
    address: str,
    *,
    owner: UUID | None = None,
    projects: tuple[UUID, ...] | None = None,
    people: tuple[UUID, ...] | None = None,
    groups: tuple[UUID, ...] | None = None,
    aliases: dict[str, str] | None = None,
    **columns: Any,
) -> UUID:
    """``projects``, ``people`` and ``groups`` left out: all. ``aliases``: address to proof."""
    account_id, company = uuid7(), {"company_id": firm.id}
    shared = people is not None or groups is not None
    await models.EmailAccount.create(
        **{
            "id": account_id,
            "company_id": firm.id,
            "owner_id": owner or firm.id,
            "employee_id": owner,
            "address": address,
            "address_key": address,
            "provider_key": "custom",
            "smtp": {},
            "credential_kind": "PASSWORD",
            "secret_sealed": "sealed",
            "status": "READY",
            "proof": "NOT_REFUSED",
            "access_mode": "SELECTED" if shared else "ALL",
            "scope_mode": "ALL" if projects is None else "SELECTED",
            "position": 0,
            "created_at": START,
            "updated_at": START,
            **columns,
        }
    )
    link = {"account_id": account_id, **company}
    for project in projects or ():
        await models.AccountProject.create(project_id=project, **link)
    for person in people or ():
        await models.AccountEmployee.create(employee_id=person, **link)
    for group in groups or ():
        await models.AccountGroup.create(group_id=group, **link)
    for position, (alias, proof) in enumerate((aliases or {}).items()):
        await models.SenderAlias.create(
            address=alias, address_key=alias, proof=proof, position=position, **link
        )
    return account_id
