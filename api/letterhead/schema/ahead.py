"""Reading ahead: what an operation asks of each account of a page is read for all of them in one statement,
so that the resolvers below it have it at hand and none has to be waited for."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from graphql import FieldNode, GraphQLResolveInfo

from letterhead.accounts.account import Account
from letterhead.accounts.links import through
from letterhead.accounts.reading import ALL, Columns, add_aliases
from letterhead.company import add_company
from letterhead.directory import people
from letterhead.directory.people import add_employees, add_linked
from letterhead.errors import NotAnswerable
from letterhead.schema.asked import argument, below, raw_info
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

EDGE, CURSORS = "EmailAccountEdge", {"startCursor", "endCursor"}
RELATIONS = {"owner", "viewerCan", "aliases", "access", "scope", "lastTest"}
WIDE = {"address", "smtp", "incoming", "steps", "diagnosis", "suggestion"}
"""What is asked of a test that is kept in long columns."""

COLUMNS = dict.fromkeys(
    (
        *("__typename", "id", "address", "displayName", "status", "addressProof", "position", "version"),
        *("owner", "aliases", "lastTest", "access", "scope", "tests"),
    ),
    frozenset[Columns](),
)
COLUMNS |= dict.fromkeys(("smtp", "incoming"), frozenset({Columns.SERVERS}))
COLUMNS |= dict.fromkeys(("credential", "incomingCredential"), frozenset({Columns.CREDENTIALS}))
"""What of an account has to be read for a field of it; for any other, all."""

Fields = Mapping[str, list[FieldNode]]


async def read_ahead(info: Info, accounts: Sequence[Account], *path: str) -> None:
    """``path``: the fields that lead from the one being resolved to the accounts."""
    asked = _asked_at(info, path)
    if not accounts or not asked.keys() & RELATIONS:
        return
    together = Together()
    learners = list(_added(info, together, asked, accounts))
    for (loader, every), found in zip(learners, await together.read(), strict=True):
        loader.learn(found if every is None else {one: found.get(one) for one in every})


def columns_asked(info: Info) -> frozenset[Columns]:
    """What the document asks of accounts, and of cursors to them, wherever."""
    asked = info.context.asked
    if asked is None or info.context.asks("PageInfo", CURSORS) or info.context.asks(EDGE, {"cursor"}):
        return ALL
    return frozenset().union(*(COLUMNS.get(name, ALL) for name in asked.get("EmailAccount", ())))


async def accounts_ahead(info: Info, ids: Collection[UUID], *path: str) -> None:
    """The same for accounts of which only the ids are known."""
    if not ids or not _asked_at(info, path):
        return
    loader = info.context.loaders.accounts
    found = dict(zip(ids, await loader.load_many(list(ids)), strict=True))
    loader.learn(found)
    await read_ahead(info, [account for account in found.values() if account], *path)


Learner = tuple[Loader[Any, Any], Sequence[Any] | None]
"""Who is told what a part has found: of these keys also where there is nothing."""


def _added(info: Info, together: Together, asked: Fields, accounts: Sequence[Account]) -> Iterator[Learner]:
    loaders, by = info.context.loaders, info.context.by
    ids = [account.id for account in accounts]
    if {"owner", "viewerCan"} & asked.keys():
        owners = {account.employee_id for account in accounts}
        if owners - {None}:
            add_employees(together, by.company_id, sorted(owner for owner in owners if owner))
            yield loaders.employees, None
        if "owner" in asked and None in owners:
            add_company(together, by.company_id)
            yield loaders.companies, None
    if "aliases" in asked:
        add_aliases(together, by.company_id, ids)
        yield loaders.aliases, None
    if "lastTest" in asked:
        add_latest(together, ids, by=by, wide=info.context.asks("AccountTest", WIDE))
        yield loaders.latest_tests, ids
    raw = raw_info(info)
    for (parent, child), (kind, table, name) in LINKS.items():
        nodes = below(raw, asked.get(parent, ())).get(child, ())
        for request in _pages(raw, nodes):
            add_linked(together, kind, through(table, by.company_id), ids, request)
            yield getattr(loaders, name)[request], None


def _asked_at(info: Info, path: Sequence[str]) -> Fields:
    """What is asked at the end of ``path``, in which ``nodes`` stands for the nodes of edges, too."""
    raw = raw_info(info)
    asked = below(raw, raw.field_nodes)
    for name in path:
        nodes = list(asked.get(name, ()))
        if name == "nodes":
            nodes += below(raw, asked.get("edges", ())).get("node", ())
        asked = below(raw, nodes)
    return asked


def _pages(raw: GraphQLResolveInfo[Any], nodes: Iterable[FieldNode]) -> set[PageRequest]:
    """The first pages that are asked for. A wrong one is left to the resolver, which says so."""
    pages = set()
    for node in nodes:
        try:
            if argument(raw, node, "after", None) is None:
                pages.add(page_request(int(argument(raw, node, "first", 25)), None, key_length=2))
        except (NotAnswerable, TypeError, ValueError):
            continue
    return pages
