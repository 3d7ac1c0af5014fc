"""What is changed by one server is streamed by another one, over whatever happens to their connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from api.live import over_sse, over_websocket
from lab.on import on_postgres_alone
from lab.process import served
from lab.product import Caller
from letterhead import company as companies
from letterhead.identity import tokens
from letterhead.identity.actor import ADMINISTRATOR
from letterhead.schema.ids import encode
from letterhead.store import models
from letterhead.store.database import now, postgres_connection

EVENTS = "subscription ($since: String) { accountEvents(since: $since) { cursor account { displayName } } }"
RENAME = """
mutation ($input: UpdateEmailAccountInput!) {
  updateEmailAccount(input: $input) { emailAccount { id } errors { message } }
}
"""
KILL = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND query LIKE '%pg_notify%' AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True)
class Two:
    """An administrator at each of two servers on one database, and a company's account."""

    here: Caller
    there: Caller
    account: str

    async def rename(self, name: str) -> None:
        payload = await self.here.do(RENAME, {"accountId": self.account, "displayName": name})
        assert payload["errors"] == []


@pytest.fixture
async def two(database: None, database_url: str, tmp_path: Path) -> AsyncIterator[Two]:
    environment = {
        "LETTERHEAD_DATABASE_URL": database_url,
        "LETTERHEAD_KEYS": "test:" + "A" * 43 + "=",
        "LETTERHEAD_WORKER": "false",
    }
    company_id = await companies.create("Acme")
    token = await tokens.create(company_id, "administrator", ADMINISTRATOR)
    account = encode("EmailAccount", await an_account(company_id))
    async with AsyncExitStack() as stack:
        first, second = await asyncio.gather(
            stack.enter_async_context(served(environment, tmp_path / "one.log")),
            stack.enter_async_context(served(environment, tmp_path / "two.log")),
        )
        two = Two(Caller(first.address, token), Caller(second.address, token), account)
        await two.rename("at first")
        yield two
        for caller in (two.here, two.there):
            await caller.http.aclose()


async def an_account(company_id: UUID) -> UUID:
    """Saved without a test: its server is never spoken to."""
    account = await models.EmailAccount.create(
        company_id=company_id,
        owner_id=company_id,
        address="sales@acme.example",
        address_key="sales@acme.example",
        provider_key="custom",
        smtp={"protocol": "SMTP", "host": "mail.example", "port": 465, "security": "TLS", "username": "s"},
        credential_kind="NONE",
        status="READY",
        proof="NOT_REFUSED",
        access_mode="ALL",
        scope_mode="ALL",
        position=0,
        created_at=now(),
        updated_at=now(),
    )
    account_id: UUID = account.id
    return account_id


async def next_name(events: AsyncIterator[dict[str, Any]]) -> str | None:
    async with asyncio.timeout(60):
        event = (await anext(events))["data"]["accountEvents"]
    name: str | None = event["account"]["displayName"]
    return name


async def test_a_change_made_here_is_streamed_there(two: Two) -> None:
    async with (
        aclosing(over_sse(two.there, EVENTS)) as one,
        aclosing(over_websocket(two.there, EVENTS)) as other,
    ):
        assert [await next_name(one), await next_name(other)] == ["at first", "at first"]
        for name in ("next", "and then"):
            await two.rename(name)

            assert [await next_name(one), await next_name(other)] == [name, name]


@on_postgres_alone
async def test_a_lost_connection_loses_nothing(two: Two, database_url: str) -> None:
    killer = await postgres_connection(database_url, timeout=30)
    async with aclosing(over_websocket(two.there, EVENTS)) as events:
        assert await next_name(events) == "at first"
        for name in ("one", "two", "three"):
            assert await killer.fetch(KILL)
            await two.rename(name)

            assert await next_name(events) == name
    await killer.close()
