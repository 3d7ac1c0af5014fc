"""Reading ahead: what an operation asks of each account of a page is read for all of them in one statement,
so that the resolvers below it have it at hand and none has to be waited for."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from strawberry.types.nodes import FragmentSpread, InlineFragment, SelectedField, Selection

from letterhead.accounts.account import Account
from letterhead.accounts.links import through
from letterhead.accounts.reading import add_aliases
from letterhead.directory import people
from letterhead.directory.people import add_employees, add_linked
from letterhead.errors import NotAnswerable
from letterhead.schema.context import Info
from letterhead.schema.loader import Loader
from letterhead.store.pages import PageRequest, page_request
from letterhead.store.together import Together
from letterhead.trials.reading import add_latest

LINKS: Mapping[tuple[str, str], tuple[people.Kind[Any], str, str]] = {
    ("access", "employees"): (people.EMPLOYEE, "account_employee", "employees_with_access"),
    ("access", "groups"): (people.GROUP, "account_group", "groups_with_access"),
    ("scope", "projects"): (people.PROJECT, "account_project", "projects_of_account"),
}
"""By the fields that ask for them: whom they lead to, by which table, and the loader that has them then."""


RELATIONS = {"owner", "viewerCan", "aliases", "access", "scope", "lastTest"}


async def read_ahead(info: Info, accounts: Sequence[Account], *path: str) -> None:
    """``path``: the fields that lead from the one being resolved to the accounts."""
    asked = _named(below(info.selected_fields, *path))
    if not accounts or not asked.keys() & RELATIONS:
        return
    loaders, by = info.context.loaders, info.context.by
    ids, together = [account.id for account in accounts], Together()
    learners: list[tuple[Loader[Any, Any], Sequence[Any] | None, PageRequest | None]] = []
    if {"owner", "viewerCan"} & asked.keys():
        owners = {account.employee_id for account in accounts if account.employee_id}
        if owners:
            add_employees(together, by.company_id, sorted(owners))
            learners.append((loaders.employees, None, None))
    if "aliases" in asked:
        add_aliases(together, by.company_id, ids)
        learners.append((loaders.aliases, None, None))
    if "lastTest" in asked:
        add_latest(together, ids, by=by)
        learners.append((loaders.latest_tests, ids, None))
    for (parent, child), (kind, table, name) in LINKS.items():
        for request in _pages(_named(below(asked.get(parent, ()))).get(child, ())):
            add_linked(together, kind, through(table, by.company_id), ids, request)
            learners.append((getattr(loaders, name), None, request))
    for (loader, every, page), found in zip(learners, await together.read(), strict=True):
        known = found if every is None else {one: found.get(one) for one in every}
        loader.learn(known if page is None else {(one, page): value for one, value in known.items()})
    if "owner" in asked and any(account.employee_id is None for account in accounts):
        company = await loaders.companies.load(by.company_id)
        loaders.companies.learn({by.company_id: company})


async def accounts_ahead(info: Info, ids: Collection[UUID], *path: str) -> None:
    """The same for accounts of which only the ids are known."""
    if not ids or not _named(below(info.selected_fields, *path)):
        return
    loader = info.context.loaders.accounts
    found = dict(zip(ids, await loader.load_many(ids), strict=True))
    loader.learn(found)
    await read_ahead(info, [account for account in found.values() if account], *path)


def below(selections: Iterable[Selection], *path: str) -> Iterator[Selection]:
    """What is asked at the end of ``path``, in which ``nodes`` stands for the nodes of edges, too."""
    if not path:
        for selection in selections:
            yield from selection.selections
        return
    name, *rest = path
    for field in _fields(selection for one in selections for selection in one.selections):
        if field.name == name:
            yield from below([field], *rest)
        elif name == "nodes" and field.name == "edges":
            yield from below([field], "node", *rest)


def _fields(selections: Iterable[Selection]) -> Iterator[SelectedField]:
    for selection in selections:
        if isinstance(selection, FragmentSpread | InlineFragment):
            yield from _fields(selection.selections)
        else:
            yield selection


def _named(selections: Iterable[Selection]) -> dict[str, list[SelectedField]]:
    """Without what every id tells by itself."""
    found: dict[str, list[SelectedField]] = {}
    for field in _fields(selections):
        found.setdefault(field.name, []).append(field)
    return found


def _pages(fields: Iterable[SelectedField]) -> set[PageRequest]:
    """The first pages that are asked for. A wrong one is left to the resolver, which says so."""
    pages = set()
    for field in fields:
        try:
            first = int(field.arguments.get("first", 25))
            if field.arguments.get("after") is None:
                pages.add(page_request(first, None, key_length=2))
        except (NotAnswerable, TypeError, ValueError):
            continue
    return pages
