"""How SQLite goes about a page of accounts where there are very many of them."""

import re
import sqlite3
from contextlib import closing
from uuid import uuid4

import pytest

from lab.databases import counted
from letterhead.accounts.links import EMPLOYEES_WITH_ACCESS, GROUPS_WITH_ACCESS, PROJECTS
from letterhead.accounts.listing import AccountFilter, AccountOrder, accounts_with
from letterhead.accounts.reading import aliases
from letterhead.company import OF_COMPANY
from letterhead.directory.people import EMPLOYEE, GROUP, PROJECT, employees_of_ids, links
from letterhead.identity.actor import ADMINISTRATOR, Actor
from letterhead.store.pages import PageRequest
from letterhead.trials.reading import Width, latest, seen_by

OF_ACCOUNTS = ("sender_alias", "account_test", "account_employee", "account_group", "account_project")
LARGE = ("email_account", *OF_ACCOUNTS)
BY = Actor(company_id=uuid4(), key="token:x", name="tool", permissions=ADMINISTRATOR, employee_id=None)
PARTS = (
    employees_of_ids(),
    OF_COMPANY,
    aliases(),
    latest(Width.STATUS),
    links(EMPLOYEE, EMPLOYEES_WITH_ACCESS, 25),
    links(GROUP, GROUPS_WITH_ACCESS, 25),
    links(PROJECT, PROJECTS, 25),
)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("database")
async def test_no_large_table_is_read_from_end_to_end(database_url: str) -> None:
    with counted() as sent:
        await accounts_with(PARTS, AccountFilter(), AccountOrder(), PageRequest(50), given=seen_by(BY), by=BY)

    with closing(sqlite3.connect(database_url.removeprefix("sqlite://"))) as connection:
        pretend_to_be_large(connection)
    with closing(sqlite3.connect(database_url.removeprefix("sqlite://"))) as connection:
        values = [None] * max(map(int, re.findall(r"\?(\d+)", sent[-1])))
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sent[-1]}", values)]

    looked_for = [step for step in plan if step.startswith("SEARCH") and "account_id=?" in step]
    assert len(looked_for) == len(OF_ACCOUNTS)
    assert [step for step in plan if step.startswith("BLOOM FILTER") and "account_id=?" in step] == []


def pretend_to_be_large(connection: sqlite3.Connection) -> None:
    """By the statistics that ANALYZE would have written (sqlite.org/fileformat2.html, section 2.6.4)."""
    connection.execute("ANALYZE")
    indexes = connection.execute(
        "SELECT m.tbl_name, m.name, COUNT(*) FROM sqlite_schema m, pragma_index_info(m.name)"
        " WHERE m.type = 'index' GROUP BY m.tbl_name, m.name"
    ).fetchall()
    for table, index, columns in indexes:
        rows = 100_000 if table in LARGE else 100
        found = [rows, *[2] * (columns - 2), 1] if columns > 1 else [1]
        connection.execute(
            "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)",
            (table, index, " ".join(map(str, [rows, *found]))),
        )
    connection.commit()
