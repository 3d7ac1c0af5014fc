import pytest

from letterhead.audit.log import Action, Deed, Subject, record, record_each
from letterhead.audit.reading import AT_ONCE, all_of
from letterhead.identity.actor import Actor
from letterhead.store import models
from letterhead.store.database import is_postgres, select

STATEMENTS = ["UPDATE audit_entry SET summary = 'Nothing'", "DELETE FROM audit_entry", "DELETE FROM company"]


@pytest.fixture
async def by(database: None) -> Actor:
    company = await models.Company.create(name="Acme")
    return Actor(company_id=company.id, key="token:1", name="Tool", permissions=frozenset())


@pytest.mark.parametrize("statement", STATEMENTS)
async def test_the_database_itself_keeps_what_was_written(by: Actor, statement: str):
    await record(Action.POLICY_CHANGED, "Something", by=by)
    with pytest.raises(Exception, match="the audit log is only ever added to"):
        await select(statement)
    assert [entry.summary for entry in await models.AuditEntry.all()] == ["Something"]


async def test_emptying_the_table_is_refused_too(by: Actor):
    if not is_postgres():
        return
    with pytest.raises(Exception, match="the audit log is only ever added to"):
        await select("TRUNCATE audit_entry")


async def test_many_deeds_are_entries_of_their_own_and_are_all_read_in_order(by: Actor):
    deeds = [
        Deed(subject=Subject("Company", by.company_id), summary=str(n), changes={"n": (None, str(n))})
        for n in range(2 * AT_ONCE + 1)
    ]
    await record_each(Action.STATUS_CHANGED, deeds, by=by)
    read = [entry async for entry in all_of(by.company_id)]
    assert sorted(int(entry.summary) for entry in read) == list(range(2 * AT_ONCE + 1))
    assert read == sorted(read, key=lambda entry: (entry.at, str(entry.id)))
    assert {entry.actor for entry in read} == {"Tool (token:1)"}
