"""Worlds with people who have left, queued mail, and changes to foresee; and what is to be expected of them,
worked out person by person."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from letterhead.accounts.account import Selection
from letterhead.accounts.choices import Access, Scope
from letterhead.senders.terms import AccountChange
from letterhead.store import models
from senders import reference
from senders.worlds import (
    GROUPS,
    PEOPLE,
    PROJECTS,
    START,
    Account,
    Ask,
    World,
    Written,
    some,
    worlds,
    write,
)

PLACES: tuple[int | None, ...] = (None, *range(PROJECTS))


@dataclass(frozen=True, kw_only=True)
class Company:
    """``left``: people who were removed. ``retests``: every test is too old."""

    world: World
    left: frozenset[int]
    retests: bool

    @property
    def people(self) -> list[int]:
        return [person for person in range(PEOPLE) if person not in self.left]


@dataclass(frozen=True, kw_only=True)
class Change:
    """Of one account, by number. What is None stays as it is; all of ``access`` and ``scope`` by numbers."""

    account: int
    access: tuple[bool, frozenset[int], frozenset[int]] | None = None
    scope: tuple[bool, frozenset[int]] | None = None
    enabled: bool | None = None
    deleted: bool = False


@dataclass(frozen=True, kw_only=True)
class Mail:
    account: int
    author: int | None
    project: int | None
    address: str
    status: str


def _farewell(world: World, left: frozenset[int]) -> World:
    accounts = tuple(
        replace(
            account,
            status="DISABLED" if account.owner in left else account.status,
            people=account.people - left,
        )
        for account in world.accounts
    )
    return replace(world, members=tuple(group - left for group in world.members), accounts=accounts)


@st.composite
def companies(draw: st.DrawFn) -> Company:
    left = draw(st.frozensets(st.integers(0, PEOPLE - 1), max_size=1))
    world = draw(worlds.filter(lambda world: world.accounts))
    return Company(world=_farewell(world, left), left=left, retests=draw(st.booleans()))


@st.composite
def changes(draw: st.DrawFn, company: Company) -> Change:
    accounts = company.world.accounts
    number = draw(st.integers(0, len(accounts) - 1))
    flags = st.none() | st.booleans()
    access = draw(st.none() | st.tuples(st.booleans(), some(PEOPLE), some(GROUPS)))
    if access is not None:
        everybody, people, groups = access
        access = (True, frozenset(), frozenset()) if everybody else (False, people - company.left, groups)
    scope = draw(st.none() | st.tuples(st.booleans(), some(PROJECTS)))
    if scope is not None and scope[0]:
        scope = (True, frozenset())
    return Change(
        account=number,
        access=access if accounts[number].owner is None else None,
        scope=scope,
        enabled=draw(flags),
        deleted=draw(st.sampled_from([False, False, True])),
    )


def mails(company: Company) -> st.SearchStrategy[list[Mail]]:
    return st.lists(
        st.builds(
            Mail,
            account=st.integers(0, len(company.world.accounts) - 1),
            author=st.none() | st.integers(0, PEOPLE - 1),
            project=st.sampled_from(PLACES),
            address=st.sampled_from(["", "a@acme.example", "b@acme.example"]),
            status=st.sampled_from(["QUEUED", "DEFERRED", "HELD", "SENT"]),
        ),
        max_size=6,
    )


def after(company: Company, change: Change) -> Company:
    """A deleted account serves no more than one that is switched off."""
    account = company.world.accounts[change.account]
    if change.access is not None:
        open_to_all, people, groups = change.access
        account = replace(account, open_to_all=open_to_all, people=people, groups=groups)
    if change.scope is not None:
        for_all, projects = change.scope
        account = replace(account, for_all_projects=for_all, projects=projects)
    if change.enabled is not None:
        on = "READY" if account.status == "DISABLED" else account.status
        account = replace(account, status=on if change.enabled else "DISABLED")
    if change.deleted:
        account = replace(account, status="DISABLED")
    accounts = list(company.world.accounts)
    accounts[change.account] = account
    return replace(company, world=replace(company.world, accounts=tuple(accounts)))


def sender(company: Company, person: int, place: int | None) -> int | None:
    """The number of the account that somebody writes from who chooses nothing."""
    found = reference.resolve(company.world, Ask(person=person, project=place))
    return None if isinstance(found, str) else found[0]


def warned(company: Company) -> set[tuple[str, int | None]]:
    """Codes, each with the number of a project or account."""
    serving = {n: one for n, one in enumerate(company.world.accounts) if one.status != "DISABLED"}
    found: set[tuple[str, int | None]] = set()
    if not any(one.owner is None and one.for_all_projects for one in serving.values()):
        found.add(("NO_UNLINKED_ADDRESS", None))
    for project in range(PROJECTS):
        if any(sender(company, person, project) is None for person in company.people):
            found.add(("PROJECT_WITHOUT_SENDER", project))
    for number, account in serving.items():
        found |= {(code, number) for code in _concerns(company, account)}
    return found


def _concerns(company: Company, account: Account) -> Iterator[str]:
    given = any(reference.may_use(company.world, account, person) for person in company.people)
    if account.owner is None and not account.open_to_all and not given:
        yield "NOBODY_HAS_ACCESS"
    if account.status == "PAUSED":
        yield "ACCOUNT_PAUSED"
    if company.retests:
        yield "TEST_TOO_OLD"


def losing_people(company: Company, change: Change) -> list[int]:
    """Who can write from the account somewhere, and nowhere after the change."""

    def can(state: Company, person: int) -> bool:
        queues = (reference.line_up(state.world, Ask(person=person, project=place)).queue for place in PLACES)
        return any(change.account in queue for queue in queues)

    changed = after(company, change)
    return [person for person in company.people if can(company, person) and not can(changed, person)]


def losing_projects(company: Company, change: Change) -> list[int]:
    changed = after(company, change)
    return [
        project
        for project in range(PROJECTS)
        if any(
            sender(company, person, project) is not None and sender(changed, person, project) is None
            for person in company.people
        )
    ]


async def written(company: Company) -> Written:
    there = await write(company.world)
    await models.Employee.filter(id__in=[there.people[person] for person in company.left]).update(
        removed_at=START
    )
    await models.Company.filter(id=there.company_id).update(retest_after_days=30 if company.retests else None)
    return there


async def queued(mail: Mail, there: Written, company: Company) -> models.Message:
    return await models.Message.create(
        company_id=there.company_id,
        idempotency_scope="test",
        idempotency_key=str(uuid7()),
        digest="",
        account_id=there.accounts[mail.account],
        author_id=None if mail.author is None else there.people[mail.author],
        project_id=None if mail.project is None else there.projects[mail.project],
        from_address=mail.address or company.world.accounts[mail.account].address,
        rule="CHOSEN",
        subject="Hello",
        message_id=f"<{uuid7()}@acme.example>",
        content=b"",
        settings_version=1,
        status=mail.status,
        queued_at=START,
        expires_at=START,
        next_attempt_at=START if mail.status in ("QUEUED", "DEFERRED") else None,
        finished_at=START if mail.status == "SENT" else None,
    )


def as_asked(change: Change, there: Written) -> AccountChange:
    given: dict[str, Any] = {"enabled": change.enabled, "deleted": change.deleted}
    if change.access is not None:
        open_to_all, people, groups = change.access
        given["access"] = Access(
            mode=Selection.ALL if open_to_all else Selection.SELECTED,
            employee_ids=tuple(there.people[person] for person in people),
            group_ids=tuple(there.groups[group] for group in groups),
        )
    if change.scope is not None:
        for_all, projects = change.scope
        given["scope"] = Scope(
            mode=Selection.ALL if for_all else Selection.SELECTED,
            project_ids=tuple(there.projects[project] for project in projects),
        )
    return AccountChange(**given)
