"""What a page of accounts with its relations costs to execute: graphql-core beside compiled operations.

python benchmarks/compiled.py [--accounts 50] [--rounds 40] [--profile]

In memory: the whole schema and its resolvers over loaders that have everything at hand. The product: requests
in process, without a socket, over SQLite and, where its programs are installed, PostgreSQL. Milliseconds are
of this process's CPU, the median of all rounds.
"""

import argparse
import asyncio
import cProfile
import pstats
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import httpx2  # noqa: E402
import orjson  # noqa: E402
import pytest  # noqa: E402
import uvloop  # noqa: E402
from graphql import ExecutionResult, execute, parse  # noqa: E402
from strawberry.execution import optimized_is_awaitable  # noqa: E402
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext  # noqa: E402

from lab.postgres import running_postgres  # noqa: E402
from letterhead import company as companies  # noqa: E402
from letterhead.accounts import listing  # noqa: E402
from letterhead.accounts.account import Account  # noqa: E402
from letterhead.app import make_app, open_house  # noqa: E402
from letterhead.house import House  # noqa: E402
from letterhead.identity import tokens  # noqa: E402
from letterhead.identity.actor import ADMINISTRATOR, Actor  # noqa: E402
from letterhead.schema import query  # noqa: E402
from letterhead.schema.execution import Execution  # noqa: E402
from letterhead.schema.loaders import Loaders  # noqa: E402
from letterhead.schema.schema import schema  # noqa: E402
from letterhead.settings import Settings  # noqa: E402
from letterhead.store import models  # noqa: E402
from letterhead.store.database import migrate, now  # noqa: E402
from letterhead.store.pages import Page, PageRequest  # noqa: E402

PAGE = """
query Page($first: Int!) { emailAccounts(first: $first) { edges { cursor node {
  id address displayName status updatedAt smtp { host port security }
  aliases { address displayName proof }
  access { mode employees(first: 10) { nodes { id name } } }
  scope { mode projects(first: 10) { nodes { id name } } }
  lastTest { id status finishedAt }
} } pageInfo { hasNextPage endCursor } } }
"""
SERVER = {
    "protocol": "SMTP",
    "host": "mail.acme.example",
    "port": 587,
    "security": "STARTTLS",
    "username": "x",
}


class InMemory:
    """The schema's resolvers, over what they have once read from a database."""

    def __init__(self, house: House, by: Actor, count: int) -> None:
        self.house, self.by, self.count = house, by, count
        self.loaders = Loaders(house, by)
        self.document = parse(PAGE)

    async def record(self) -> None:
        """Reads from the database, and keeps it."""
        await self(StrawberryGraphQLCoreExecutionContext)

    async def __call__(self, executor: type) -> ExecutionResult:
        context = SimpleNamespace(
            by=self.by, house=self.house, loaders=self.loaders, asked=None, asks=lambda *_: True
        )
        result: Any = execute(
            schema._schema,
            self.document,
            context_value=context,
            variable_values={"first": self.count},
            is_awaitable=optimized_is_awaitable,
            executor_class=executor,
            operation_extensions=None,
        )
        answer: ExecutionResult = await result
        assert answer.errors is None, answer.errors
        return answer


@dataclass
class Measured:
    name: str
    interpreted: float
    compiled: float

    def row(self) -> str:
        ratio = self.interpreted / self.compiled
        return f"| {self.name} | {self.interpreted:.2f} ms | {self.compiled:.2f} ms | {ratio:.2f} |"


async def milliseconds(run: Callable[[], Awaitable[Any]], rounds: int) -> float:
    """Of this process's CPU: what other processes do meanwhile does not count."""
    taken = []
    for _ in range(rounds):
        began = time.process_time()
        await run()
        taken.append((time.process_time() - began) * 1000)
    return median(taken)


async def in_memory(asked: InMemory, rounds: int, *, profile: bool) -> Measured:
    page = await listing.accounts(
        listing.AccountFilter(), listing.AccountOrder(), PageRequest(asked.count), by=asked.by
    )

    async def found(*_args: Any, **_given: Any) -> Page[Account]:
        return page

    await asked.record()
    with patch.object(query, "accounts_listed", found):
        expected = await asked(StrawberryGraphQLCoreExecutionContext)
        await asked(Execution)
        answer = await asked(Execution)
        assert orjson.dumps(answer.data) == orjson.dumps(expected.data), "the answers differ"
        print(f"{len(orjson.dumps(answer.data))} octets")
        interpreted = await milliseconds(lambda: asked(StrawberryGraphQLCoreExecutionContext), rounds)
        compiled = await milliseconds(lambda: asked(Execution), rounds)
        if profile:
            await profiled(lambda: asked(Execution), rounds)
    return Measured("executed, in memory", interpreted, compiled)


@asynccontextmanager
async def opened(database_url: str, *, compiled: bool) -> AsyncIterator[House]:
    keys = Path(tempfile.mkdtemp()) / "keys"
    keys.write_text("bench:" + "A" * 43 + "=\n")
    settings = Settings(
        database_url=database_url,
        key_file=keys,
        worker=False,
        cost_per_minute=10**9,
        compiled_operations=compiled,
    )
    async with open_house(settings) as house:
        yield house


async def answered(house: House, token: str, count: int, rounds: int, *, profile: bool) -> float:
    """A request to the application, from its headers to the answer's last octet."""
    transport, headers = httpx2.ASGITransport(app=make_app(house)), {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://here", headers=headers) as client:

        async def ask() -> None:
            answer = await client.post("/graphql", json={"query": PAGE, "variables": {"first": count}})
            assert answer.status_code == 200, answer.text

        for _ in range(3):
            await ask()
        taken = await milliseconds(ask, rounds)
        if profile:
            await profiled(ask, rounds)
        return taken


async def product(database_url: str, name: str, count: int, rounds: int, *, profile: bool) -> list[Measured]:
    await migrate(database_url)
    async with opened(database_url, compiled=False) as house:
        token = await filled(count)
        actor = await house.callers.known_by(f"Bearer {token}")
        assert actor is not None
        measured = [await in_memory(InMemory(house, actor, count), rounds, profile=profile)]
        interpreted = await answered(house, token, count, rounds, profile=False)
    async with opened(database_url, compiled=True) as house:
        compiled = await answered(house, token, count, rounds, profile=profile)
    return [*measured, Measured(f"a request, {name}", interpreted, compiled)]


async def filled(count: int) -> str:
    """A company with so many accounts, each with all its relations; a token of its administrator."""
    company_id, twice, at = await companies.create("Acme"), range(2), now()
    company = {"company_id": company_id}
    people = [await models.Employee.create(**company, external_id=f"e{n}", name=f"E{n}") for n in twice]
    projects = [await models.Project.create(**company, external_id=f"p{n}", name=f"P{n}") for n in twice]
    draft = {"address": "sales@acme.example", "providerKey": "custom", "smtp": SERVER, "incoming": SERVER}
    for number in range(count):
        address = f"sales{number}@acme.example"
        account = await models.EmailAccount.create(
            **company | {"owner_id": company_id, "address": address, "address_key": address},
            display_name=f"Sales {number}",
            provider_key="custom",
            smtp=SERVER,
            incoming=SERVER,
            credential_kind="PASSWORD",
            status="READY",
            proof="NOT_REFUSED",
            position=number,
            access_mode="SELECTED",
            scope_mode="SELECTED",
            created_at=at,
            updated_at=at,
        )
        here = company | {"account_id": account.id}
        for place, person, project in zip(twice, people, projects, strict=True):
            await models.AccountEmployee.create(**here, employee_id=person.id)
            await models.AccountProject.create(**here, project_id=project.id)
            key = f"{place}{address}"
            await models.SenderAlias.create(
                **here, address=key, address_key=key, proof="OWNED", position=place
            )
        await models.AccountTest.create(
            **here | {"caller": "bench", "owner_id": company_id, "draft": draft, "fingerprint": ""},
            status="PASSED",
            steps=[],
            proofs={},
            started_at=at,
            deadline_at=at,
        )
    return await tokens.create(company_id, "bench", ADMINISTRATOR)


async def profiled(run: Callable[[], Awaitable[Any]], rounds: int) -> None:
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(rounds):
        await run()
    profile.disable()
    pstats.Stats(profile).sort_stats("tottime").print_stats(28)


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--accounts", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    asked = {"count": given.accounts, "rounds": given.rounds, "profile": given.profile}
    with tempfile.TemporaryDirectory() as folder:
        rows = await product(f"sqlite://{folder}/bench.db", "SQLite", **asked)
    try:
        with running_postgres() as server:
            rows += (await product(server.new_database(), "PostgreSQL", **asked))[1:]
    except pytest.skip.Exception as missing:
        print(missing)
    print("| CPU of | graphql-core | compiled | ratio |\n| --- | --- | --- | --- |")
    for row in rows:
        print(row.row())


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
