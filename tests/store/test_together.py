"""Different lists in one statement say the same as a statement for each."""

import asyncio
from collections.abc import Sequence
from contextvars import Context, copy_context
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from lab.databases import counted
from letterhead import company as companies
from letterhead.directory import people
from letterhead.directory.people import employees_by_ids, employees_of_ids, links
from letterhead.store import models
from letterhead.store.database import as_id, select, transaction
from letterhead.store.pages import PageRequest
from letterhead.store.parts import Kind, Part
from letterhead.store.together import read

pytestmark = pytest.mark.usefixtures("database")


async def office() -> tuple[UUID, list[UUID], list[UUID]]:
    """A company, two groups, and three people: all in the first group, one in the second."""
    company_id = await companies.create("Acme")
    company = {"company_id": company_id}
    groups = [await models.Group.create(**company, external_id=f"g{n}", name=f"G{n}") for n in range(2)]
    staff = [await models.Employee.create(**company, external_id=f"e{n}", name=f"E{n}") for n in range(3)]
    for group, person in [(0, 2), (0, 0), (0, 1), (1, 2)]:
        await models.GroupMember.create(**company, group_id=groups[group].id, employee_id=staff[person].id)
    return company_id, [group.id for group in groups], [person.id for person in staff]


async def test_lists_of_different_rows_come_in_one_statement() -> None:
    company_id, groups, staff = await office()
    given = {"company": company_id, "employees": staff, "parents": groups[::-1]}

    with counted() as sent:
        known, firms, members = await read(
            (employees_of_ids(), companies.OF_COMPANY, links(people.EMPLOYEE, people.MEMBERS, 2)), given
        )

    assert len(sent) == 1
    assert known == await employees_by_ids(company_id, staff)
    assert firms == {company_id: await companies.show(company_id)}
    assert {one: [person.name for person in page.items] for one, page in members.items()} == {
        groups[0]: ["E0", "E1"],
        groups[1]: ["E2"],
    }
    assert [members[group].has_next for group in groups] == [True, False]


async def test_a_group_without_members_has_an_empty_page() -> None:
    company_id, groups, _ = await office()
    nobody = uuid7()

    found = await people.members_of(company_id, [nobody, groups[1]], PageRequest())

    assert [[one.name for one in found[group].items] for group in (nobody, groups[1])] == [[], ["E2"]]


@pytest.mark.parametrize("most", [3, 4, 5])
@pytest.mark.parametrize("first", [1, 2, 3])
async def test_pages_are_the_same_however_many_links_there_are(most: int, first: int) -> None:
    company_id, groups, _ = await office()
    given = {"company": company_id, "parents": groups}
    few = links(people.EMPLOYEE, people.MEMBERS, first)
    assert few.otherwise is not None

    with counted() as sent:
        [found] = await read((replace(few, most=most),), given)

    [windowed] = await read((few.otherwise,), given)
    assert len(sent) == (2 if most <= 4 else 1)
    assert {one: (page.items, page.has_next) for one, page in found.items()} == {
        one: (page.items, page.has_next) for one, page in windowed.items()
    }
    assert [one.name for one in found[groups[0]].items] == ["E0", "E1", "E2"][:first]


async def test_a_word_that_is_not_there_is_none() -> None:
    company_id, *_ = await office()
    part = Part(
        columns={"name": Kind.TEXT, "address": Kind.WORD},
        sql="SELECT name, NULLIF(external_id, 'e1') AS address FROM employee WHERE company_id = {company}",
        order=("name",),
        read=lambda found, _: found,
    )

    assert [list(column) for column in (await read((part,), {"company": company_id}))[0]] == [
        ["E0", "E1", "E2"],
        ["e0", None, "e2"],
    ]


async def test_columns_come_in_their_order_and_rows_by_their_place() -> None:
    company_id, _, staff = await office()
    part = Part(
        columns={"name": Kind.TEXT, "place": Kind.NUMBER, "id": Kind.WORD},
        sql="""SELECT e.name, e.id, 2 - each.number AS place FROM {staff.each} CROSS JOIN employee e
            WHERE e.id = each.id AND e.company_id = {company}""",
        order=("place",),
        read=lambda found, _: found,
    )

    [[names, places, ids]] = await read((part,), {"company": company_id, "staff": staff})

    assert list(names) == ["E2", "E1", "E0"]
    assert list(places) == [0, 1, 2]
    assert [as_id(one) for one in ids] == staff[::-1]


async def test_within_a_transaction_it_sees_what_that_wrote() -> None:
    company_id, _, staff = await office()
    async with transaction():
        await models.Employee.filter(id=staff[0]).update(name="Zoe")
        [known] = await read((employees_of_ids(),), {"company": company_id, "employees": staff[:1]})

    assert [one.name for one in known.values()] == ["Zoe"]


async def test_nothing_is_asked_for_nothing() -> None:
    with counted() as sent:
        assert await read((), {}) == []
    assert sent == []


async def test_a_read_waits_for_no_transaction_and_sees_what_was_committed() -> None:
    _, _, staff = await office()
    sql, outside = "SELECT name FROM employee WHERE id = $1", copy_context()
    async with transaction():
        await models.Employee.filter(id=staff[0]).update(name="Zoe")
        within = await select(sql, staff[0])
        beside = await as_somebody_else(outside, sql, staff[0])

    assert [row["name"] for row in (*within, *beside)] == ["Zoe", "E0"]
    assert [row["name"] for row in await select(sql, staff[0])] == ["Zoe"]


async def as_somebody_else(outside: Context, sql: str, *values: Any) -> Sequence[Any]:
    """To whom the transaction of this task does not belong."""
    return await asyncio.create_task(select(sql, *values), context=outside)
