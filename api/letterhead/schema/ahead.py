"""Reading ahead: what an operation asks of each account of a page is read for all of them in one statement,
so that the resolvers below it have it at hand and none has to be waited for."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from operator import attrgetter
from typing import Any
from uuid import UUID

from graphql import FieldNode, GraphQLResolveInfo

from letterhead.accounts import listing
from letterhead.accounts.account import Account
from letterhead.accounts.links import EMPLOYEES_WITH_ACCESS, GROUPS_WITH_ACCESS, PROJECTS
from letterhead.accounts.listing import AccountFilter, AccountOrder
from letterhead.accounts.reading import ALL, Columns, aliases
from letterhead.company import OF_COMPANY
from letterhead.directory import people
from letterhead.directory.people import employees_of_ids, links
from letterhead.errors import NotAnswerable
from letterhead.schema.asked import FieldsOf, argument, below, raw_info
from letterhead.schema.context import Context, Info
from letterhead.schema.loader import Loader
from letterhead.schema.loaders import Loaders
from letterhead.schema.once import found_once
from letterhead.store.pages import Page, PageRequest, page_request
from letterhead.store.parts import Part
from letterhead.store.together import read
from letterhead.trials.reading import Width, latest, seen_by

LINKS: Mapping[tuple[str, str], tuple[str, people.Kind[Any], people.Link, str]] = {
    ("access", "employees"): ("Employee", people.EMPLOYEE, EMPLOYEES_WITH_ACCESS, "employees_with_access"),
    ("access", "groups"): ("Group", people.GROUP, GROUPS_WITH_ACCESS, "groups_with_access"),
    ("scope", "projects"): ("Project", people.PROJECT, PROJECTS, "projects_of_account"),
}
"""By the fields that ask for them: the type they lead to, what that is in the house, by which links, and the
loaders that have them then."""

COLUMNS_OF_PEOPLE = {"externalId": "external_id", "address": "address"}
"""By the fields that ask for them, those that are left out when nobody does."""

EDGE, CURSORS = "EmailAccountEdge", {"startCursor", "endCursor"}
STATUS = frozenset({"__typename", "id", "status"})
TIMES = STATUS | {"startedAt", "finishedAt", "usableUntil"}
"""What may be asked of a test of which not all is read."""

COLUMNS = dict.fromkeys(
    (
        *("__typename", "id", "address", "displayName", "status", "addressProof", "position", "version"),
        *("owner", "aliases", "lastTest", "access", "scope", "tests"),
    ),
    frozenset[Columns](),
)
COLUMNS |= {"smtp": frozenset({Columns.SMTP}), "incoming": frozenset({Columns.INCOMING})}
COLUMNS |= dict.fromkeys(("credential", "incomingCredential"), frozenset({Columns.CREDENTIALS}))
"""What of an account has to be read for a field of it; for any other, all."""

Fields = Mapping[str, list[FieldNode]]
Learner = Callable[[Loaders], Loader[Any, Any]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Ahead:
    """``learners``: for each of the parts, who is to know what it has found."""

    parts: tuple[Part, ...]
    learners: tuple[Learner, ...]

    def teach(self, loaders: Loaders, found: Iterable[dict[Any, Any]]) -> None:
        for learner, one in zip(self.learners, found, strict=True):
            learner(loaders).learn(one)


async def read_ahead(info: Info, accounts: Sequence[Account], *path: str) -> None:
    """``path``: the fields that lead from the one being resolved to the accounts, in which ``nodes`` stands
    for the nodes of edges, too."""
    ahead = found_once(raw_info(info), _ahead, *path)
    if not accounts or not ahead.parts:
        return
    owners = {account.employee_id for account in accounts} - {None}
    given = {"parents": [account.id for account in accounts], "employees": list(owners)}
    ahead.teach(info.context.loaders, await read(ahead.parts, given | seen_by(info.context.by)))


async def accounts_listed(
    info: Info, wanted: AccountFilter, order: AccountOrder, request: PageRequest
) -> Page[Account]:
    """A page of accounts, and what is asked of its nodes, in one statement."""
    by, only, ahead = info.context.by, _columns_asked(info), found_once(raw_info(info), _ahead, "nodes")
    if not ahead.parts:
        return await listing.accounts(wanted, order, request, by=by, only=only)
    page, found = await listing.accounts_with(
        ahead.parts, wanted, order, request, given=seen_by(by), by=by, only=only
    )
    ahead.teach(info.context.loaders, found)
    return page


def _columns_asked(info: Info) -> frozenset[Columns]:
    """What the document asks of accounts, and of cursors to them, wherever."""
    asked = info.context.asked
    if asked is None or info.context.asks("PageInfo", CURSORS) or info.context.asks(EDGE, {"cursor"}):
        return ALL
    return _columns_of(asked.get("EmailAccount", frozenset()))


@lru_cache
def _columns_of(fields: frozenset[str]) -> frozenset[Columns]:
    return frozenset().union(*(COLUMNS.get(name, ALL) for name in fields))


async def accounts_ahead(info: Info, ids: Collection[UUID], *path: str) -> None:
    """The same for accounts of which only the ids are known."""
    if not ids or not _asked_at(raw_info(info), path):
        return
    loader = info.context.loaders.accounts
    found = dict(zip(ids, await loader.load_many(list(ids)), strict=True))
    loader.learn(found)
    await read_ahead(info, [account for account in found.values() if account], *path)


def _ahead(raw: GraphQLResolveInfo[Any], *path: str) -> Ahead:
    wanted = tuple(_wanted(raw, _asked_at(raw, path)))
    return Ahead(parts=tuple(part for part, _ in wanted), learners=tuple(learner for _, learner in wanted))


def _wanted(raw: GraphQLResolveInfo[Any], asked: Fields) -> Iterator[tuple[Part, Learner]]:
    if {"owner", "viewerCan"} & asked.keys():
        yield employees_of_ids(_without(raw.context, "Employee")), attrgetter("employees")
    if "owner" in asked:
        yield OF_COMPANY, attrgetter("companies")
    if "aliases" in asked:
        yield aliases(problems=raw.context.asks("SenderAlias", {"problem"})), attrgetter("aliases")
    if "lastTest" in asked:
        yield latest(_width(raw.context.asked)), attrgetter("latest_tests")
    for (parent, child), (of, kind, link, name) in LINKS.items():
        nodes = below(raw, asked.get(parent, ())).get(child, ())
        for request in _pages(raw, nodes):
            without = _without(raw.context, of)
            yield links(kind, link, request.first, without=without), partial(_pages_loader, name, request)


def _width(asked: FieldsOf | None) -> Width:
    """Of the tests that a document asks for, wherever."""
    of_tests = asked.get("AccountTest", frozenset()) if asked is not None else None
    if of_tests is None or not of_tests <= TIMES:
        return Width.ALL
    return Width.STATUS if of_tests <= STATUS else Width.TIMES


def _without(context: Context, of: str) -> frozenset[str]:
    """Of people, groups or projects, what nobody asks for in the whole document. Who has left may do less."""
    unasked = {column for field, column in COLUMNS_OF_PEOPLE.items() if not context.asks(of, {field})}
    return frozenset(unasked if context.asks("EmailAccount", {"viewerCan"}) else unasked | {"removed_at"})


def _pages_loader(name: str, request: PageRequest, loaders: Loaders) -> Loader[Any, Any]:
    found: Loader[Any, Any] = getattr(loaders, name)[request]
    return found


def _asked_at(raw: GraphQLResolveInfo[Any], path: Sequence[str]) -> Fields:
    """What is asked at the end of ``path``."""
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
