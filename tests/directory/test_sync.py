from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from lab.databases import counted
from letterhead.directory.rules import DirectorySync, EmployeeEntry, GroupEntry, ProjectEntry
from letterhead.directory.verbs import SyncResult, sync
from letterhead.errors import Refused
from letterhead.house import House
from letterhead.identity.actor import Actor, Permission
from letterhead.news import News
from letterhead.senders import verbs as senders
from letterhead.senders.rules import SenderContext
from letterhead.store import models
from letterhead.store.database import select
from letterhead.store.pages import PageRequest
from senders.made import Firm, new_account, new_firm

HOUSE = cast("House", SimpleNamespace(news=News()))
NOTHING = SyncResult()
DANA = EmployeeEntry(external_id="dana", name="Dana", address="dana@acme.example")
ELI = EmployeeEntry(external_id="eli", name="Eli")
SUPPORT = GroupEntry(external_id="support", name="Support", member_external_ids=("dana", "eli"))
APOLLO = ProjectEntry(external_id="apollo", name="Apollo")
ALL = DirectorySync(employees=[DANA, ELI], groups=[SUPPORT], projects=[APOLLO])


def actor(company_id: UUID) -> Actor:
    permissions = frozenset({Permission.MANAGE_DIRECTORY, Permission.MANAGE_COMPANY_ACCOUNTS})
    return Actor(company_id=company_id, key="token:1", name="Host system", permissions=permissions)


@pytest.fixture
async def by(database: None) -> Actor:
    company = await models.Company.create(name="Acme")
    return actor(company.id)


async def content(company_id: UUID) -> dict[str, Any]:
    """The directory as it is stored."""
    people = await models.Employee.filter(company_id=company_id, removed_at=None)
    groups = await models.Group.filter(company_id=company_id)
    members = await models.GroupMember.filter(company_id=company_id)
    names = {one.id: one.external_id for one in (*people, *groups)}
    return {
        "employees": {one.external_id: (one.name, one.address) for one in people},
        "groups": {one.external_id: one.name for one in groups},
        "members": {(names[one.group_id], names[one.employee_id]) for one in members},
        "projects": {one.external_id: one.name for one in await models.Project.filter(company_id=company_id)},
    }


async def test_a_directory_is_mirrored_and_a_repetition_changes_nothing(by: Actor):
    first = await sync(HOUSE, ALL, by=by)
    mirrored = await content(by.company_id)
    second = await sync(HOUSE, ALL, by=by)
    assert (first, second) == (SyncResult(created=4, updated=0, removed=0), NOTHING)
    assert await content(by.company_id) == mirrored
    assert mirrored == {
        "employees": {"dana": ("Dana", "dana@acme.example"), "eli": ("Eli", None)},
        "groups": {"support": "Support"},
        "members": {("support", "dana"), ("support", "eli")},
        "projects": {"apollo": "Apollo"},
    }
    entries = await models.AuditEntry.filter(company_id=by.company_id)
    assert [(entry.action, entry.summary) for entry in entries] == [
        ("DIRECTORY_SYNCED", "Synchronised the directory: 4 created, 0 updated, 0 removed")
    ]


async def test_what_is_left_out_is_left_alone(by: Actor):
    await sync(HOUSE, ALL, by=by)
    mirrored = await content(by.company_id)
    assert await sync(HOUSE, DirectorySync(remove_missing=True), by=by) == NOTHING
    assert await sync(HOUSE, DirectorySync(employees=[], groups=[], projects=[]), by=by) == NOTHING
    assert await content(by.company_id) == mirrored


async def test_an_empty_list_removes_all_of_its_kind(by: Actor):
    await sync(HOUSE, ALL, by=by)
    mirrored = await content(by.company_id)
    removed = await sync(HOUSE, DirectorySync(projects=[], remove_missing=True), by=by)
    assert removed == SyncResult(created=0, updated=0, removed=1)
    assert await content(by.company_id) == mirrored | {"projects": {}}


async def test_names_addresses_and_members_are_brought_up_to_date(by: Actor):
    await sync(HOUSE, ALL, by=by)
    changed = DirectorySync(
        employees=[EmployeeEntry(external_id="dana", name=" Dana Doe ", address="Dana@Bücher.example")],
        groups=[GroupEntry(external_id="support", name="Support", member_external_ids=("eli",))],
    )
    assert await sync(HOUSE, changed, by=by) == SyncResult(created=0, updated=2, removed=0)
    found = await content(by.company_id)
    assert found["employees"]["dana"] == ("Dana Doe", "Dana@xn--bcher-kva.example")
    assert found["members"] == {("support", "eli")}


async def test_a_dry_run_answers_the_same_and_does_nothing(by: Actor):
    await sync(HOUSE, DirectorySync(employees=[ELI], projects=[APOLLO]), by=by)
    before = await content(by.company_id)
    wanted = {"employees": [DANA], "groups": [], "projects": [], "remove_missing": True}
    dry = await sync(HOUSE, DirectorySync(**wanted, dry_run=True), by=by)
    assert await content(by.company_id) == before
    assert dry == await sync(HOUSE, DirectorySync(**wanted), by=by)
    assert dry == SyncResult(created=1, updated=0, removed=2)


async def test_all_that_is_wrong_is_said_with_its_path_and_nothing_is_done(by: Actor):
    command = DirectorySync(
        employees=[
            EmployeeEntry(external_id="", name="A"),
            EmployeeEntry(external_id="b", name="x" * 201),
            EmployeeEntry(external_id="c", name="line\nfeed", address="no address"),
            EmployeeEntry(external_id="d", name="D"),
            EmployeeEntry(external_id="d", name="D"),
        ],
        projects=[ProjectEntry(external_id="p", name=" ")],
    )
    with pytest.raises(Refused) as refused:
        await sync(HOUSE, command, by=by)
    assert [("/".join(problem.path), problem.code.value) for problem in refused.value.problems] == [
        ("employees/0/externalId", "REQUIRED"),
        ("employees/1/name", "INVALID"),
        ("employees/2/name", "INVALID"),
        ("employees/3/externalId", "INVALID"),
        ("employees/4/externalId", "INVALID"),
        ("employees/2/address", "INVALID"),
        ("projects/0/name", "REQUIRED"),
    ]
    assert not any((await content(by.company_id)).values())


async def test_at_most_fifty_problems_are_said(by: Actor):
    command = DirectorySync(projects=[ProjectEntry(external_id=str(n), name="") for n in range(60)])
    with pytest.raises(Refused) as refused:
        await sync(HOUSE, command, by=by)
    assert len(refused.value.problems) == 50


async def test_members_nobody_can_be_are_unknown_too(by: Actor):
    group = GroupEntry(external_id="g", name="G", member_external_ids=["nul\0", "\ud800", "nobody"])
    with pytest.raises(Refused) as refused:
        await sync(HOUSE, DirectorySync(groups=[group]), by=by)
    assert [problem.path[-1] for problem in refused.value.problems] == ["0", "1", "2"]


async def test_members_must_be_employees_who_stay(by: Actor):
    await sync(HOUSE, DirectorySync(employees=[DANA, ELI]), by=by)
    command = DirectorySync(employees=[DANA], groups=[SUPPORT], remove_missing=True)
    with pytest.raises(Refused) as refused:
        await sync(HOUSE, command, by=by)
    [problem] = refused.value.problems
    assert (problem.code.value, problem.path) == ("NOT_FOUND", ("groups", "0", "memberExternalIds", "1"))
    assert len((await content(by.company_id))["employees"]) == 2


async def test_who_may_not_is_refused(by: Actor):
    with pytest.raises(Refused) as refused:
        await sync(HOUSE, ALL, by=Actor(company_id=by.company_id, key="x", name="x", permissions=frozenset()))
    assert [problem.code.value for problem in refused.value.problems] == ["NOT_PERMITTED"]


async def test_one_company_never_touches_another(by: Actor):
    other = actor((await models.Company.create(name="Other")).id)
    await sync(HOUSE, ALL, by=other)
    await sync(HOUSE, ALL, by=by)
    empty = DirectorySync(employees=[], groups=[], projects=[], remove_missing=True)
    assert await sync(HOUSE, empty, by=by) == SyncResult(created=0, updated=0, removed=4)
    assert len((await content(other.company_id))["members"]) == 2


NAMES = st.sampled_from(["A", "B"])
KEYS = ("1", "2", "3")


@st.composite
def commands(draw: st.DrawFn) -> DirectorySync:
    def listed(entry: Any, **fields: Any) -> Any:
        keys = draw(st.none() | st.lists(st.sampled_from(KEYS), unique=True))
        return keys and [
            entry(external_id=key, name=draw(NAMES), **{name: draw(each) for name, each in fields.items()})
            for key in keys
        ]

    employees = listed(EmployeeEntry, address=st.sampled_from([None, "a@acme.example"]))
    known = [entry.external_id for entry in employees or ()]
    members = st.lists(st.sampled_from(known)) if known else st.just([])
    return DirectorySync(
        employees=employees,
        groups=listed(GroupEntry, member_external_ids=members),
        projects=listed(ProjectEntry),
        remove_missing=draw(st.booleans()),
    )


@given(st.lists(commands(), min_size=1, max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
async def test_any_synchronisation_leads_to_what_it_says_and_again_to_nothing(
    database: None, steps: list[DirectorySync]
):
    by = actor((await models.Company.create(name=str(uuid7()))).id)
    for command in steps:
        before = await content(by.company_id)
        await sync(HOUSE, command, by=by)
        after = await content(by.company_id)
        assert await sync(HOUSE, command, by=by) == NOTHING
        for kind, entries in (("employees", command.employees), ("projects", command.projects)):
            kept = {} if entries is not None and command.remove_missing else before[kind]
            assert after[kind].keys() == kept.keys() | {entry.external_id for entry in entries or ()}
        for group in command.groups or ():
            members = {person for one, person in after["members"] if one == group.external_id}
            assert members == set(group.member_external_ids)


async def firm_and_actor() -> tuple[Firm, Actor]:
    firm = await new_firm()
    await models.GroupMember.create(company_id=firm.id, group_id=firm.support, employee_id=firm.dana)
    return firm, actor(firm.id)


async def chosen_addresses(firm: Firm, by: Actor, **context: Any) -> list[str]:
    asked = SenderContext(employee_id=firm.dana, **context)
    return [one.from_address for one in (await senders.candidates(HOUSE, asked, PageRequest(), by=by)).items]


@pytest.mark.parametrize("kind", ["groups", "projects"])
async def test_a_removal_never_opens_an_address_to_more(database: None, kind: str):
    firm, by = await firm_and_actor()
    shared = await new_account(firm, "support@acme.example", groups=(firm.support,))
    linked = await new_account(firm, "apollo@acme.example", projects=(firm.apollo,))
    before = await chosen_addresses(firm, by, project_id=firm.boreas)
    await sync(HOUSE, DirectorySync(**{kind: [], "remove_missing": True}), by=by)
    modes = [await models.EmailAccount.get(id=one) for one in (shared, linked)]
    assert (modes[0].access_mode, modes[1].scope_mode) == ("SELECTED", "SELECTED")
    assert await models.AccountGroup.filter(account_id=shared).count() == (0 if kind == "groups" else 1)
    assert await models.AccountProject.filter(account_id=linked).count() == (0 if kind == "projects" else 1)
    after = await chosen_addresses(firm, by)
    assert (before, after) == (
        ["support@acme.example"],
        [] if kind == "groups" else ["support@acme.example"],
    )


async def test_somebody_who_leaves_keeps_no_way_in_and_no_secret(database: None):
    firm, by = await firm_and_actor()
    own = await new_account(firm, "dana@acme.example", owner=firm.dana, incoming_secret_sealed="sealed")
    shared = await new_account(firm, "info@acme.example", people=(firm.dana,))
    await models.ApiToken.create(
        company_id=firm.id, name="phone", digest="d", permissions=[], employee_id=firm.dana
    )
    await new_test_and_flow(firm)
    eli = [EmployeeEntry(external_id="eli", name="Eli")]
    assert (await sync(HOUSE, DirectorySync(employees=eli, remove_missing=True), by=by)).removed == 1
    account = await models.EmailAccount.get(id=own)
    test = await models.AccountTest.get(company_id=firm.id)
    assert (account.status, account.secret_sealed, account.incoming_secret_sealed) == ("DISABLED", None, None)
    assert (account.version, account.settings_version) == (2, 2)
    assert (test.secret_sealed, test.incoming_secret_sealed, test.usable_until) == (None, None, None)
    assert await models.SignInFlow.filter(company_id=firm.id).count() == 0
    assert await models.ApiToken.filter(company_id=firm.id).count() == 0
    assert await models.GroupMember.filter(company_id=firm.id).count() == 0
    assert await models.AccountEmployee.filter(company_id=firm.id).count() == 0
    company_account = await models.EmailAccount.get(id=shared)
    assert (company_account.status, company_account.secret_sealed) == ("READY", "sealed")


async def new_test_and_flow(firm: Firm) -> None:
    instant = datetime(2026, 1, 1, tzinfo=UTC)
    shared = {"company_id": firm.id, "caller": "employee:1", "owner_id": firm.dana, "draft": {}}
    await models.AccountTest.create(
        **shared,
        fingerprint="f",
        secret_sealed="sealed",
        incoming_secret_sealed="sealed",
        status="PASSED",
        steps=[],
        proofs={},
        started_at=instant,
        deadline_at=instant,
        usable_until=instant,
    )
    await models.SignInFlow.create(
        **shared,
        provider_key="custom",
        method_key="password",
        journal_sealed="sealed",
        step={},
        state="s",
        created_at=instant,
        expires_at=instant,
    )


async def test_somebody_who_comes_back_is_the_same_person_with_accounts_still_off(database: None):
    firm, by = await firm_and_actor()
    own = await new_account(firm, "dana@acme.example", owner=firm.dana)
    await sync(HOUSE, DirectorySync(employees=[], remove_missing=True), by=by)
    back = await sync(HOUSE, DirectorySync(employees=[DANA]), by=by)
    dana = await models.Employee.get(id=firm.dana)
    assert back == SyncResult(created=0, updated=1, removed=0)
    assert (dana.removed_at, dana.address) == (None, "dana@acme.example")
    assert (await models.EmailAccount.get(id=own)).status == "DISABLED"


async def test_many_are_written_in_few_statements(by: Actor):
    people = [EmployeeEntry(external_id=str(number), name=f"Person {number}") for number in range(1_200)]
    group = GroupEntry(external_id="all", name="All", member_external_ids=[one.external_id for one in people])
    with counted() as statements:
        await sync(HOUSE, DirectorySync(employees=people, groups=[group], remove_missing=True), by=by)
    assert len(statements) < 20
    assert (await select("SELECT COUNT(*) AS n FROM group_member"))[0]["n"] == 1_200
