from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from lab.databases import counted
from letterhead.directory import people
from letterhead.errors import NotAnswerable
from letterhead.store import models
from letterhead.store.database import now
from letterhead.store.pages import PageRequest, page_request


@pytest.fixture
async def company_id(database: None) -> UUID:
    company = await models.Company.create(name="Acme")
    return company.id


async def new_employee(company_id: UUID, name: str, **columns: object) -> UUID:
    employee_id = uuid7()
    await models.Employee.create(
        id=employee_id, company_id=company_id, external_id=str(employee_id), name=name, **columns
    )
    return employee_id


async def new_group(company_id: UUID, name: str, *members: UUID) -> UUID:
    group_id = uuid7()
    await models.Group.create(id=group_id, company_id=company_id, external_id=str(group_id), name=name)
    for member in members:
        await models.GroupMember.create(company_id=company_id, group_id=group_id, employee_id=member)
    return group_id


async def test_people_are_paged_by_name_without_those_who_left(company_id: UUID):
    for name in ("Dana", "Anna", "Bert", "Anna"):
        await new_employee(company_id, name)
    await new_employee(company_id, "Gone", removed_at=now())
    first = await people.employees(company_id, PageRequest(3))
    second = await people.employees(company_id, page_request(3, first.cursors[-1], key_length=2))
    assert [one.name for one in (*first.items, *second.items)] == ["Anna", "Anna", "Bert", "Dana"]
    assert (first.has_next, second.has_next, second.has_previous) == (True, False, True)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("AN", ["100% Anna", "Dana"]),
        ("%", ["100% Anna"]),
        ("a_a", []),
        ("!", ["Bert!"]),
        ("SALES@", ["Bert!"]),
        ("nul\0", []),
        ("\ud800", []),
    ],
)
async def test_a_search_is_for_a_part_in_any_case_and_has_no_wildcards(
    company_id: UUID, search: str, found: list[str]
):
    for name in ("Dana", "100% Anna"):
        await new_employee(company_id, name)
    await new_employee(company_id, "Bert!", address="sales@acme.example")
    page = await people.employees(company_id, PageRequest(), search)
    assert [one.name for one in page.items] == found


async def test_groups_and_projects_are_listed_and_searched_alike(company_id: UUID):
    await new_group(company_id, "Support")
    await models.Project.create(company_id=company_id, external_id="apollo", name="Apollo")
    assert [one.name for one in (await people.groups(company_id, PageRequest(), "PORT")).items] == ["Support"]
    assert [one.name for one in (await people.projects(company_id, PageRequest(), "x")).items] == []
    assert [one.name for one in (await people.projects(company_id, PageRequest())).items] == ["Apollo"]


async def test_ids_find_those_of_the_company_removed_ones_too(company_id: UUID):
    other = await models.Company.create(name="Other")
    here, gone = await new_employee(company_id, "A"), await new_employee(company_id, "B", removed_at=now())
    foreign = await new_employee(other.id, "C")
    found = await people.employees_by_ids(company_id, [here, gone, foreign, uuid7()])
    assert {one: found[one].removed_at is None for one in found} == {here: True, gone: False}
    assert await people.groups_by_ids(company_id, []) == {}


async def test_members_of_many_groups_are_paged_in_one_statement(company_id: UUID):
    anna, bert, carl = [await new_employee(company_id, name) for name in ("Anna", "Bert", "Carl")]
    both, one = await new_group(company_id, "X", carl, anna, bert), await new_group(company_id, "Y", bert)
    empty = uuid7()
    with counted() as statements:
        first = await people.members_of(company_id, [both, one, empty], PageRequest(2))
    rest = await people.members_of(company_id, [both], page_request(2, first[both].cursors[-1], key_length=2))
    assert len(statements) == 1
    assert {group: [person.name for person in page.items] for group, page in first.items()} == {
        both: ["Anna", "Bert"],
        one: ["Bert"],
        empty: [],
    }
    assert (first[both].has_next, first[one].has_next) == (True, False)
    assert [person.name for person in rest[both].items] == ["Carl"]


async def test_groups_of_many_people(company_id: UUID):
    anna, bert = [await new_employee(company_id, name) for name in ("Anna", "Bert")]
    await new_group(company_id, "X", anna, bert)
    await new_group(company_id, "A", anna)
    found = await people.groups_of(company_id, [anna, bert], PageRequest())
    assert {one: [group.name for group in page.items] for one, page in found.items()} == {
        anna: ["A", "X"],
        bert: ["X"],
    }


async def test_a_forged_cursor_is_bad_input(company_id: UUID):
    for after in (("name", "no id"), ("nul\0", str(uuid7()))):
        with pytest.raises(NotAnswerable):
            await people.groups(company_id, PageRequest(after=after))
