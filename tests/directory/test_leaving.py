"""What becomes of the accounts, the mail and the ways in of people who leave."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from letterhead.directory.rules import DirectorySync, EmployeeEntry, GroupEntry, ProjectEntry
from letterhead.directory.verbs import SyncResult, sync
from letterhead.house import House
from letterhead.identity.actor import Actor, Permission
from letterhead.news import News
from letterhead.store import models
from letterhead.store.database import select
from senders.made import Firm, new_account, new_firm

HOUSE = cast("House", SimpleNamespace(news=News()))
ELI = EmployeeEntry(external_id="eli", name="Eli")
SOON = datetime(2100, 1, 1, tzinfo=UTC)
NAMES = {"employee": ("dana", "eli"), "employee_group": ("support",), "project": ("apollo", "boreas")}


def actor(company_id: UUID) -> Actor:
    permissions = frozenset({Permission.MANAGE_DIRECTORY})
    return Actor(company_id=company_id, key="token:1", name="Host system", permissions=permissions)


@pytest.fixture
async def firm(database: None) -> Firm:
    return await new_firm()


async def new_message(firm: Firm, account: UUID, author: UUID, **columns: Any) -> UUID:
    message_id = uuid7()
    facts = {
        "idempotency_scope": "test", "idempotency_key": str(message_id), "digest": "", "from_address": "x",
        "rule": "CHOSEN", "subject": "Hello", "message_id": str(message_id), "content": b"",
        "settings_version": 1, "status": "QUEUED", "queued_at": SOON, "expires_at": SOON,
        "next_attempt_at": SOON,
    }  # fmt: skip
    named = {"id": message_id, "company_id": firm.id, "account_id": account, "author_id": author}
    await models.Message.create(**(facts | named | columns))
    return message_id


async def without_dana(firm: Firm, *, dry_run: bool = False) -> SyncResult:
    command = DirectorySync(employees=[ELI], remove_missing=True, dry_run=dry_run)
    return await sync(HOUSE, command, by=actor(firm.id))


async def test_waiting_mail_of_whoever_leaves_is_held_at_once(firm: Firm):
    own = await new_account(firm, "dana@acme.example", owner=firm.dana)
    shared = await new_account(firm, "info@acme.example")
    waiting = {"waiting_for": {}, "status": "DEFERRED"}
    held = [
        await new_message(firm, own, firm.dana, **waiting),
        await new_message(firm, shared, firm.dana, not_before=SOON),
    ]
    kept = [
        await new_message(firm, shared, firm.eli),
        await new_message(firm, own, firm.dana, status="SENT", next_attempt_at=None),
        await new_message(firm, own, firm.dana, lease_token=uuid7()),
    ]
    assert (await without_dana(firm)).messages_held == 2
    found = {one.id: one for one in await models.Message.filter(company_id=firm.id)}
    assert [found[one].status for one in held] == ["HELD", "HELD"]
    assert [(found[one].next_attempt_at, found[one].waiting_for) for one in held] == [(None, None)] * 2
    assert {found[one].held_because["title"] for one in held} == {
        "It may not leave from its address any more"
    }
    assert [found[one].status for one in kept] == ["QUEUED", "SENT", "QUEUED"]


async def test_it_is_said_and_put_down_what_follows(firm: Firm):
    own = await new_account(firm, "dana@acme.example", owner=firm.dana)
    await new_account(firm, "old@acme.example", owner=firm.dana, status="DISABLED")
    info = await new_account(firm, "info@acme.example", people=(firm.dana,))
    message = await new_message(firm, own, firm.dana)
    await models.ApiToken.create(
        company_id=firm.id, name="phone", digest=str(uuid7()), permissions=[], employee_id=firm.dana
    )
    result = await without_dana(firm)
    assert result == SyncResult(
        removed=1, accounts_disabled=1, accounts_narrowed=1, messages_held=1, tokens_revoked=1
    )
    entries = await models.AuditEntry.filter(company_id=firm.id).order_by("id")
    assert [(one.action, one.subject_id, one.summary) for one in entries] == [
        ("STATUS_CHANGED", own, "Switched dana@acme.example off: its owner has left"),
        ("MESSAGE_HELD", message, "Held a message: its author has left"),
        ("ACCESS_CHANGED", info, "Fewer may write as an address: who was chosen for it is removed"),
        ("DIRECTORY_SYNCED", None, "Synchronised the directory: 0 created, 0 updated, 1 removed"),
    ]
    assert {change["field"]: change["before"] or change["after"] for change in entries[-1].changes} == {
        "employees": "Dana (dana)", "removed": "1", "accountsDisabled": "1", "accountsNarrowed": "1",
        "messagesHeld": "1", "tokensRevoked": "1",
    }  # fmt: skip


async def test_whoever_comes_back_has_neither_accounts_nor_secrets_nor_access(firm: Firm):
    own = await new_account(firm, "dana@acme.example", owner=firm.dana)
    shared = await new_account(firm, "info@acme.example", people=(firm.dana,))
    await without_dana(firm)
    dana = EmployeeEntry(external_id="dana", name="Dana")
    assert await sync(HOUSE, DirectorySync(employees=[dana]), by=actor(firm.id)) == SyncResult(updated=1)
    account = await models.EmailAccount.get(id=own)
    assert (account.status, account.secret_sealed) == ("DISABLED", None)
    assert (await models.EmailAccount.get(id=shared)).access_mode == "SELECTED"
    assert await models.AccountEmployee.filter(account_id=shared).count() == 0


async def dangling(company_id: UUID) -> list[str]:
    """Rows that give access to somebody or something that is not there."""
    found = await select(
        """
        SELECT 'group_member' AS link FROM group_member l JOIN employee e ON e.id = l.employee_id
            WHERE l.company_id = $1 AND e.removed_at IS NOT NULL
        UNION ALL SELECT 'account_employee' FROM account_employee l JOIN employee e ON e.id = l.employee_id
            WHERE l.company_id = $1 AND e.removed_at IS NOT NULL
        UNION ALL SELECT 'account_group' FROM account_group l WHERE l.company_id = $1
            AND NOT EXISTS (SELECT 1 FROM employee_group g WHERE g.id = l.group_id)
        UNION ALL SELECT 'account_project' FROM account_project l WHERE l.company_id = $1
            AND NOT EXISTS (SELECT 1 FROM project p WHERE p.id = l.project_id)
        UNION ALL SELECT 'secret' FROM email_account a JOIN employee e ON e.id = a.employee_id
            WHERE a.company_id = $1 AND e.removed_at IS NOT NULL
            AND (a.status <> 'DISABLED' OR a.secret_sealed IS NOT NULL)
        """,
        company_id,
    )
    return [row["link"] for row in found]


async def modes(company_id: UUID) -> list[tuple[UUID, str, str]]:
    accounts = await models.EmailAccount.filter(company_id=company_id).order_by("id")
    return [(one.id, one.access_mode, one.scope_mode) for one in accounts]


async def populated() -> Firm:
    """With accounts of each kind, each with a message and a token."""
    firm = await new_firm()
    await models.GroupMember.create(company_id=firm.id, group_id=firm.support, employee_id=firm.dana)
    for person in (firm.dana, firm.eli):
        own = await new_account(firm, f"{person}@acme.example", owner=person, projects=(firm.apollo,))
        await new_message(firm, own, person)
        token = {"name": "phone", "digest": str(uuid7()), "permissions": [], "employee_id": person}
        await models.ApiToken.create(company_id=firm.id, **token)
    shared = await new_account(firm, "info@acme.example", people=(firm.dana,), groups=(firm.support,))
    await new_account(firm, "apollo@acme.example", projects=(firm.apollo, firm.boreas))
    await new_message(firm, shared, firm.dana)
    return firm


def some(entry: Any, keys: tuple[str, ...]) -> st.SearchStrategy[list[Any] | None]:
    chosen = st.lists(st.sampled_from((*keys, "new")), unique=True)
    return st.none() | chosen.map(lambda found: [entry(external_id=key, name=key.title()) for key in found])


COMMANDS = st.builds(
    DirectorySync,
    employees=some(EmployeeEntry, NAMES["employee"]),
    groups=some(GroupEntry, NAMES["employee_group"]),
    projects=some(ProjectEntry, NAMES["project"]),
    remove_missing=st.booleans(),
)


@given(st.lists(COMMANDS, min_size=1, max_size=3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20)
async def test_a_dry_run_foresees_all_of_it_and_nothing_is_left_dangling_or_widened(
    database: None, steps: list[DirectorySync]
):
    firm = await populated()
    before = await modes(firm.id)
    for command in steps:
        dry = DirectorySync(**{**vars(command), "dry_run": True})
        foreseen = [await sync(HOUSE, dry, by=actor(firm.id)) for _ in range(2)]
        done = await sync(HOUSE, command, by=actor(firm.id))
        assert foreseen == [done, done]
        assert await dangling(firm.id) == []
    assert await modes(firm.id) == before
