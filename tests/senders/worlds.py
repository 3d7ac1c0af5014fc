"""Companies of every make: generated as plain data, written to a database, or shown to the rules."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from letterhead.senders.rules import AccountFacts, AliasFacts, Owner, SenderContext, Wish
from letterhead.store import models

PEOPLE, PROJECTS, GROUPS = 3, 3, 2
START = datetime(2026, 1, 1, tzinfo=UTC)
ADDRESSES = tuple(f"{name}@acme.example" for name in ("a", "b", "c", "d"))


@dataclass(frozen=True, kw_only=True)
class Account:
    """People, groups, projects by number. ``owner``: None for the company. ``aliases``: address to refused.

    ``turn``: of the moment it was created. ``id_turn``: among the ids.
    """

    owner: int | None
    address: str
    status: str
    open_to_all: bool
    people: frozenset[int]
    groups: frozenset[int]
    for_all_projects: bool
    projects: frozenset[int]
    position: int
    turn: int
    id_turn: int
    aliases: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, kw_only=True)
class Ask:
    """``account``: a number, or -1 for one that does not exist."""

    person: int
    project: int | None
    account: int | None = None
    alias: str | None = None
    answering: str | None = None


@dataclass(frozen=True, kw_only=True)
class World:
    project_first: bool
    take_next: bool
    members: tuple[frozenset[int], ...]
    accounts: tuple[Account, ...]


def some(count: int) -> st.SearchStrategy[frozenset[int]]:
    return st.frozensets(st.integers(0, count - 1), max_size=count)


@st.composite
def account_lists(draw: st.DrawFn) -> tuple[Account, ...]:
    owners = draw(
        st.lists(
            st.tuples(st.sampled_from([None, None, *range(PEOPLE)]), st.sampled_from(ADDRESSES)),
            unique=True,
            max_size=8,
        )
    )
    id_turns = draw(st.permutations(range(len(owners))))
    accounts = []
    for (owner, address), id_turn in zip(owners, id_turns, strict=True):
        aliases = draw(
            st.lists(
                st.tuples(st.sampled_from(ADDRESSES), st.booleans()),
                unique_by=lambda alias: alias[0],
                max_size=2,
            )
        )
        accounts.append(
            Account(
                owner=owner,
                address=address,
                status=draw(st.sampled_from(["READY", "READY", "PAUSED", "NEEDS_CREDENTIAL", "DISABLED"])),
                open_to_all=draw(st.booleans()),
                people=draw(some(PEOPLE)),
                groups=draw(some(GROUPS)),
                for_all_projects=draw(st.booleans()),
                projects=draw(some(PROJECTS)),
                position=draw(st.integers(0, 1)),
                turn=draw(st.integers(0, 1)),
                id_turn=id_turn,
                aliases=tuple(alias for alias in aliases if alias[0] != address),
            )
        )
    return tuple(accounts)


worlds = st.builds(
    World,
    project_first=st.booleans(),
    take_next=st.booleans(),
    members=st.tuples(*[some(PEOPLE)] * GROUPS),
    accounts=account_lists(),
)


@st.composite
def asks(draw: st.DrawFn, world: World) -> Ask:
    addresses = st.none() | st.sampled_from([*ADDRESSES, "B@ACME.example", "nobody@elsewhere.example"])
    return Ask(
        person=draw(st.integers(0, PEOPLE - 1)),
        project=draw(st.none() | st.integers(0, PROJECTS - 1)),
        account=draw(st.none() | st.none() | st.integers(-1, len(world.accounts) - 1)),
        alias=draw(st.none() | addresses),
        answering=draw(addresses),
    )


def facts(world: World, ask: Ask) -> list[AccountFacts]:
    """What the rules are told of every account."""
    return [_facts(world, ask, number, account) for number, account in enumerate(world.accounts)]


def _facts(world: World, ask: Ask, number: int, account: Account) -> AccountFacts:
    owners = {None: Owner.COMPANY, ask.person: Owner.SELF}
    return AccountFacts(
        id=UUID(int=account.id_turn),
        address=account.address,
        address_key=account.address,
        display_name=f"Account {number}",
        owner=owners.get(account.owner, Owner.OTHER_EMPLOYEE),
        accessible=account.open_to_all
        or ask.person in account.people
        or any(ask.person in world.members[group] for group in account.groups),
        everywhere=account.for_all_projects,
        linked=ask.project in account.projects,
        disabled=account.status == "DISABLED",
        ready=account.status == "READY",
        position=account.position,
        created_at=START + timedelta(hours=account.turn),
        aliases=tuple(
            AliasFacts(address=address, address_key=address, refused=refused, position=position)
            for position, (address, refused) in enumerate(account.aliases)
        ),
    )


def wish(world: World, ask: Ask) -> Wish:
    chosen = None
    if ask.account is not None:
        chosen = UUID(int=world.accounts[ask.account].id_turn) if ask.account >= 0 else UUID(int=2**100)
    return Wish(
        account_id=chosen,
        address_key=ask.alias and ask.alias.lower(),
        answering_key=ask.answering and ask.answering.lower(),
    )


@dataclass(frozen=True, kw_only=True)
class Written:
    """A world in the database: the ids of its numbers."""

    company_id: UUID
    people: tuple[UUID, ...]
    projects: tuple[UUID, ...]
    groups: tuple[UUID, ...]
    accounts: tuple[UUID, ...]

    def context(self, ask: Ask) -> SenderContext:
        account = None
        if ask.account is not None:
            account = self.accounts[ask.account] if ask.account >= 0 else uuid7()
        return SenderContext(
            employee_id=self.people[ask.person],
            project_id=None if ask.project is None else self.projects[ask.project],
            account_id=account,
            alias=ask.alias,
            answering_address=ask.answering,
        )


def _ids(count: int) -> tuple[UUID, ...]:
    return tuple(uuid7() for _ in range(count))


async def write(world: World) -> Written:
    ids = sorted(_ids(len(world.accounts)))
    written = Written(
        company_id=uuid7(),
        people=_ids(PEOPLE),
        projects=_ids(PROJECTS),
        groups=_ids(GROUPS),
        accounts=tuple(ids[account.id_turn] for account in world.accounts),
    )
    company = {"company_id": written.company_id}
    await models.Company.create(
        id=written.company_id,
        name=str(written.company_id),
        precedence="PROJECT_FIRST" if world.project_first else "EMPLOYEE_FIRST",
        when_not_ready="NEXT" if world.take_next else "HOLD",
    )
    for model, numbered in (
        (models.Employee, written.people),
        (models.Project, written.projects),
        (models.Group, written.groups),
    ):
        await model.bulk_create(
            model(id=one, external_id=str(number), name=f"{model.__name__} {number}", **company)
            for number, one in enumerate(numbered)
        )
    await models.GroupMember.bulk_create(
        models.GroupMember(group_id=written.groups[group], employee_id=written.people[person], **company)
        for group, people in enumerate(world.members)
        for person in people
    )
    await models.EmailAccount.bulk_create(
        _row(account, number, written) for number, account in enumerate(world.accounts)
    )
    await _write_links(world, written)
    return written


def _row(account: Account, number: int, written: Written) -> models.EmailAccount:
    owner = None if account.owner is None else written.people[account.owner]
    return models.EmailAccount(
        id=written.accounts[number],
        company_id=written.company_id,
        owner_id=owner or written.company_id,
        employee_id=owner,
        address=account.address,
        address_key=account.address,
        display_name=f"Account {number}",
        provider_key="custom",
        smtp={},
        credential_kind="PASSWORD",
        secret_sealed="sealed",
        status=account.status,
        proof="NOT_REFUSED",
        access_mode="ALL" if account.open_to_all else "SELECTED",
        scope_mode="ALL" if account.for_all_projects else "SELECTED",
        position=account.position,
        created_at=START + timedelta(hours=account.turn),
        updated_at=START,
    )


async def _write_links(world: World, written: Written) -> None:
    company = {"company_id": written.company_id}
    numbered = list(zip(written.accounts, world.accounts, strict=True))
    await models.AccountEmployee.bulk_create(
        models.AccountEmployee(account_id=one, employee_id=written.people[person], **company)
        for one, account in numbered
        for person in account.people
    )
    await models.AccountGroup.bulk_create(
        models.AccountGroup(account_id=one, group_id=written.groups[group], **company)
        for one, account in numbered
        for group in account.groups
    )
    await models.AccountProject.bulk_create(
        models.AccountProject(account_id=one, project_id=written.projects[project], **company)
        for one, account in numbered
        for project in account.projects
    )
    await models.SenderAlias.bulk_create(
        models.SenderAlias(
            account_id=one,
            address=address,
            address_key=address,
            proof="REFUSED" if refused else "ROUND_TRIP",
            position=position,
            **company,
        )
        for one, account in numbered
        for position, (address, refused) in enumerate(account.aliases)
    )
