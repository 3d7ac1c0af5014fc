"""Companies of every size, written row by row without the product, the same to SQLite and PostgreSQL."""

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import orjson

START = datetime(2026, 1, 1, tzinfo=UTC)
SPACE = UUID("6c657474-6572-4865-8164-000000000000")
SMTP = {
    "protocol": "SMTP",
    "host": "smtp.acme.example",
    "port": 587,
    "security": "STARTTLS",
    "username": "me",
}
STEPS = [
    {
        "leg": "SMTP",
        "stage": stage,
        "subject": None,
        "title": f"Step {stage}",
        "status": "PASSED",
        "tookMs": 12,
        "evidence": None,
        "transcript": ["C: EHLO client.example", "S: 250 smtp.acme.example"],
        "diagnosis": None,
    }
    for stage in ("RESOLVE", "CONNECT", "TLS", "SIGN_IN", "SENDER")
]
PEOPLE, GROUPS, PROJECTS = 60, 12, 40
PEOPLE_EACH, GROUPS_EACH, PROJECTS_EACH, ALIASES_EACH = 2, 1, 2, 1
MANAGER = [
    "MANAGE_COMPANY_ACCOUNTS",
    "MANAGE_DIRECTORY",
    "MANAGE_POLICY",
    "READ_AUDIT",
    "READ_MESSAGES",
    "SEND",
    "SEND_FOR_OTHERS",
    "TEST",
]
Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Firm:
    """A company with ``size`` accounts. Ids and the token follow from the size alone.

    ``crowded``: every account is linked to the one project that is asked about, and shared by a group, which
    leaves nothing to be found by an index on few links.
    """

    size: int
    crowded: bool = False

    def id(self, kind: str, number: int = 0) -> UUID:
        return uuid5(SPACE, f"{self.size} {self.crowded} {kind} {number}")

    @property
    def token(self) -> str:
        return f"lh_{self.id('token').hex}{self.id('token', 1).hex}"


def rows_of(firm: Firm) -> Iterator[tuple[str, list[Row]]]:
    """Tables in the order of their foreign keys, each with its rows."""
    company = {"company_id": firm.id("company")}
    yield "company", [_company(firm)]
    yield "employee", [_named(firm, "employee", n) | _address(n) for n in range(PEOPLE)]
    yield "employee_group", [_named(firm, "group", n) for n in range(GROUPS)]
    yield "project", [_named(firm, "project", n) for n in range(PROJECTS)]
    yield (
        "group_member",
        [
            company
            | {
                "id": firm.id("member", n),
                "group_id": firm.id("group", n % GROUPS),
                "employee_id": firm.id("employee", n),
            }
            for n in range(PEOPLE)
        ],
    )
    yield "api_token", [_token(firm)]
    yield "email_account", [_account(firm, n) for n in range(firm.size)]
    yield "sender_alias", [_alias(firm, n, k) for n in range(firm.size) for k in range(ALIASES_EACH)]
    for table, kind, count, each in (
        ("account_employee", "employee", PEOPLE, PEOPLE_EACH),
        ("account_group", "group", GROUPS, GROUPS_EACH),
        ("account_project", "project", PROJECTS, PROJECTS_EACH),
    ):
        yield table, [_link(firm, kind, n, k, count) for n in range(firm.size) for k in range(each)]
    yield "account_test", [_test(firm, n) for n in range(firm.size)]


def _company(firm: Firm) -> Row:
    return {
        "id": firm.id("company"),
        "name": f"Company of {firm.size}{' crowded' if firm.crowded else ''}",
        "precedence": "EMPLOYEE_FIRST",
        "incoming_server": "POP3_OR_IMAP",
        "when_not_ready": "HOLD",
        "when_uncertain": "RETRY_ONCE",
        "event_count": 0,
        "created_at": START,
    }


def _named(firm: Firm, kind: str, number: int) -> dict[str, Any]:
    return {
        "id": firm.id(kind, number),
        "company_id": firm.id("company"),
        "external_id": f"{kind}-{number}",
        "name": f"{kind.title()} number {number:03}",
    }


def _address(number: int) -> dict[str, Any]:
    return {"address": f"person{number}@acme.example"}


def _token(firm: Firm) -> Row:
    return {
        "id": firm.id("token"),
        "company_id": firm.id("company"),
        "name": "benchmark",
        "digest": hashlib.sha256(firm.token.encode()).hexdigest(),
        "permissions": orjson.dumps(MANAGER).decode(),
        "created_at": START,
    }


def _account(firm: Firm, number: int) -> Row:
    """Every fifth is a person's. Most of the company's serve some projects, shared by some people."""
    own = number % 5 == 4 and not firm.crowded
    owner = firm.id("employee", number % PEOPLE) if own else None
    free = number % 7 == 0 and not firm.crowded
    return {
        "id": firm.id("account", number),
        "company_id": firm.id("company"),
        "owner_id": owner or firm.id("company"),
        "employee_id": owner,
        "address": f"account{number}@acme.example",
        "address_key": f"account{number}@acme.example",
        "display_name": f"Account number {number}",
        "reply_to": None,
        "provider_key": "custom",
        "smtp": orjson.dumps(SMTP).decode(),
        "credential_kind": "NONE",
        "status": "PAUSED" if number % 11 == 10 else "READY",
        "proof": "NOT_REFUSED",
        "access_mode": "SELECTED" if number % 3 or firm.crowded else "ALL",
        "scope_mode": "ALL" if free else "SELECTED",
        "position": number,
        "version": 1,
        "settings_version": 1,
        "reads_bounces": False,
        "created_at": START,
        "updated_at": START,
    }


def _alias(firm: Firm, number: int, k: int) -> Row:
    address = f"alias{k}-of-{number}@acme.example"
    return {
        "id": firm.id("alias", number * ALIASES_EACH + k),
        "company_id": firm.id("company"),
        "account_id": firm.id("account", number),
        "address": address,
        "address_key": address,
        "display_name": f"Alias {k}",
        "proof": "REFUSED" if number % 4 == 0 else "NOT_REFUSED",
        "position": k,
    }


def _link(firm: Firm, kind: str, number: int, k: int, count: int) -> Row:
    target = k if firm.crowded else (number * 7 + k * 5) % count
    return {
        "id": firm.id(f"account's {kind}", number * 10 + k),
        "company_id": firm.id("company"),
        "account_id": firm.id("account", number),
        f"{kind}_id": firm.id(kind, target),
    }


def _test(firm: Firm, number: int) -> Row:
    address = f"account{number}@acme.example"
    draft = {"address": address, "providerKey": "custom", "smtp": SMTP, "incoming": None}
    return {
        "id": firm.id("test", number),
        "company_id": firm.id("company"),
        "caller": "token:benchmark",
        "owner_id": firm.id("company"),
        "account_id": firm.id("account", number),
        "account_version": 1,
        "draft": orjson.dumps(draft).decode(),
        "fingerprint": "0" * 64,
        "status": "PASSED",
        "steps": orjson.dumps(STEPS).decode(),
        "proofs": "{}",
        "started_at": START,
        "deadline_at": START,
        "finished_at": START,
    }


async def write(url: str, firms: list[Firm]) -> None:
    """Into a database that has its tables and no rows."""
    if url.startswith("sqlite"):
        _write_sqlite(url.removeprefix("sqlite://"), firms)
    else:
        await _write_postgres(url, firms)


def _write_sqlite(path: str, firms: list[Firm]) -> None:
    with sqlite3.connect(path) as connection:
        for firm in firms:
            for table, rows in rows_of(firm):
                columns = list(rows[0])
                holes = ", ".join("?" * len(columns))
                connection.executemany(
                    f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({holes})",
                    ([_plain(row[column]) for column in columns] for row in rows),
                )
        connection.commit()
        connection.execute("ANALYZE")


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat(" ") if isinstance(value, datetime) else value


async def _write_postgres(url: str, firms: list[Firm]) -> None:
    connection = await asyncpg.connect(url)
    try:
        for firm in firms:
            for table, rows in rows_of(firm):
                columns = list(rows[0])
                records = [tuple(row[column] for column in columns) for row in rows]
                await connection.copy_records_to_table(table, records=records, columns=columns)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
