"""A company in the product beside the same one on paper."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from lab.product import Caller, Product
from letterhead.house import House
from letterhead.identity.actor import Permission
from letterhead.schema.ids import encode, row_id
from rules import asked, model
from rules.model import Firm
from rules.steps import To, Wish


@dataclass(frozen=True, kw_only=True)
class Service:
    """Where accounts are: how one is ``made``, which answers with its opaque id, and ``mended``."""

    domain: str
    made: Callable[["Office", model.Account], Awaitable[str]]
    mended: Callable[["Office", model.Account], Awaitable[None]]


@dataclass(kw_only=True)
class Office:
    """Opaque ids: ``names`` by name of people, groups and projects; ``accounts`` by number, deleted ones too;
    ``letters``. ``callers`` by who asks."""

    product: Product
    service: Service
    firm: Firm = field(default_factory=Firm)
    names: dict[str, str] = field(default_factory=dict)
    accounts: dict[int, str] = field(default_factory=dict)
    letters: list[str] = field(default_factory=list)
    callers: dict[str, Caller] = field(default_factory=dict)

    @property
    def house(self) -> House:
        return self.product.serving.house

    @property
    def admin(self) -> Caller:
        return self.product.admin

    def by(self, person: str | None) -> Caller | None:
        """The administrator, or that person, or None where the person is not there."""
        return self.admin if person is None else self.callers.get(person)

    def at(self, mailbox: str) -> str:
        return f"{mailbox}@{self.service.domain}"

    def row(self, number: int) -> UUID:
        found = row_id(self.accounts[number], "EmailAccount")
        assert found
        return found

    def known(self, found: dict[str, Any] | None) -> str | int | None:
        """What is called so on paper: a name, or an account's number."""
        if found is None:
            return None
        names: dict[str, str | int] = {opaque: name for name, opaque in self.names.items()}
        return (names | {opaque: number for number, opaque in self.accounts.items()})[found["id"]]

    def all_known(self, found: dict[str, Any]) -> list[str | int | None]:
        """Of a connection."""
        return [self.known(node) for node in found["nodes"]]

    def told(self, warnings: list[dict[str, Any]]) -> set[tuple[str, str | int | None]]:
        return {
            (warning["code"], self.known(subject))
            for warning in warnings
            for subject in (warning["subjects"] or [None])
        }

    def chosen(self, to: To, kind: str) -> dict[str, Any]:
        """As setAccountAccess and setAccountScope take it."""
        mode = "ALL" if to.all else "SELECTED"
        if kind == "scope":
            return {"mode": mode, "projectIds": self._ids(to.projects & self.firm.projects)}
        people, groups = to.people & set(self.firm.present), to.groups & self.firm.groups.keys()
        return {"mode": mode, "employeeIds": self._ids(people), "groupIds": self._ids(groups)}

    def _ids(self, names: frozenset[str]) -> list[str]:
        return [self.names[name] for name in sorted(names)]

    def context(self, person: str, project: str | None, wish: Wish = Wish()) -> dict[str, Any]:  # noqa: B008
        given: dict[str, Any] = {"employeeId": self.names[person]}
        if project is not None:
            given["projectId"] = self.names[project]
        if wish.account is not None:
            given["accountId"] = self.accounts.get(wish.account, encode("EmailAccount", uuid4()))
        if wish.alias is not None:
            given["alias"] = self.at(wish.alias)
        if wish.answering is not None:
            given["answeringAddress"] = self.at(wish.answering).upper()
        return given

    async def learn(self) -> None:
        """The directory's ids, and a token for each person who has none."""
        self.names |= await self.product.directory()
        for person in self.firm.people:
            if person not in self.firm.present:
                self.callers.pop(person, None)
            elif person not in self.callers:
                self.callers[person] = await self.product.employee(
                    self.names[person], self.product.company_id
                )


async def opened(product: Product, service: Service) -> Office:
    office = Office(product=product, service=service)
    firm = office.firm
    entries: dict[str, list[dict[str, Any]]] = {
        kind: [{"externalId": name, "name": name} for name in sorted(names)]
        for kind, names in (("employees", firm.people), ("groups", firm.groups), ("projects", firm.projects))
    }
    for group in entries["groups"]:
        group["memberExternalIds"] = []
    assert (await office.admin.do(asked.SYNC, entries))["errors"] == []
    await office.learn()
    office.callers["service"] = await product.service(Permission.SEND_FOR_OTHERS)
    office.callers["tool"] = await product.service(Permission.TEST)
    return office
