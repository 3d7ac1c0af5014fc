"""What a page of accounts with its relations costs to execute: graphql-core beside compiled operations.

python benchmarks/compiled.py [--accounts 50] [--rounds 40] [--postgres URL] [--profile]

In memory: the whole schema and its resolvers over loaders that have everything at hand. The product: requests
in process, without a socket, over SQLite and, where a URL of an empty database is given, PostgreSQL.
"""

import argparse
import asyncio
import cProfile
import gc
import pstats
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from uuid import UUID

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import orjson  # noqa: E402
from graphql import ExecutionResult, execute, parse  # noqa: E402
from strawberry.dataloader import DataLoader  # noqa: E402
from strawberry.execution import optimized_is_awaitable  # noqa: E402
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext  # noqa: E402
from uuid_utils.compat import uuid7  # noqa: E402

from letterhead.accounts import reading  # noqa: E402
from letterhead.accounts.account import Account, Alias, CredentialState, Proof, Selection, Status  # noqa: E402
from letterhead.directory.people import Employee, Project  # noqa: E402
from letterhead.identity.actor import ADMINISTRATOR, Actor  # noqa: E402
from letterhead.schema.execution import Execution  # noqa: E402
from letterhead.schema.schema import schema  # noqa: E402
from letterhead.store.pages import Page  # noqa: E402
from letterhead.trials.trial import Trial, TrialStatus  # noqa: E402
from letterhead.wire.server import MailServer  # noqa: E402
from letterhead_providers import CredentialKind, Protocol, Security  # noqa: E402

PAGE = """
query Page($first: Int!) { emailAccounts(first: $first) { edges { cursor node {
  id address displayName status updatedAt smtp { host port security }
  aliases { address displayName proof }
  access { mode employees(first: 10) { nodes { id name } } }
  scope { mode projects(first: 10) { nodes { id name } } }
  lastTest { id status finishedAt }
} } pageInfo { hasNextPage endCursor } } }
"""
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def accounts(count: int) -> list[Account]:
    server = MailServer(
        protocol=Protocol.SMTP, host="mail.acme.example", port=587, security=Security.STARTTLS
    )
    company = uuid7()
    return [
        Account(
            id=uuid7(),
            company_id=company,
            owner_id=company,
            employee_id=None,
            address=f"sales{number}@acme.example",
            display_name=f"Sales {number}",
            reply_to=None,
            provider_key="custom",
            smtp=server,
            incoming=server,
            credential=CredentialState(kind=CredentialKind.PASSWORD, present=True),
            incoming_credential=None,
            status=Status.READY,
            problem=None,
            proof=Proof.NOT_REFUSED,
            access_mode=Selection.SELECTED,
            scope_mode=Selection.SELECTED,
            position=number,
            version=1,
            settings_version=1,
            test_id=None,
            created_at=NOW,
            updated_at=NOW,
        )
        for number in range(count)
    ]


def one_page(*items: Any) -> Page[Any]:
    return Page(items, tuple(f"cursor{number}" for number in range(len(items))))


def loaded(answer: Callable[[Any], Any]) -> Any:
    async def load(keys: list[Any]) -> list[Any]:
        return [answer(key) for key in keys]

    return DataLoader(load_fn=load)


def trial(account_id: UUID, server: MailServer) -> Trial:
    return Trial(
        id=uuid7(),
        company_id=account_id,
        account_id=account_id,
        status=TrialStatus.PASSED,
        address="sales@acme.example",
        provider_key="custom",
        smtp=server,
        incoming=server,
        steps=(),
        diagnosis=None,
        suggestion=None,
        started_at=NOW,
        finished_at=NOW,
        usable_until=None,
    )


class InMemory:
    """The schema's resolvers, asked for a page that is at hand."""

    def __init__(self, count: int) -> None:
        self.found = accounts(count)
        self.page = one_page(*self.found)
        self.by = Actor(company_id=uuid7(), key="token:1", name="bench", permissions=ADMINISTRATOR)
        people = one_page(*(Employee(id=uuid7(), external_id=n, name=n, address=None) for n in ("Ann", "Bo")))
        projects = one_page(*(Project(id=uuid7(), external_id=n, name=n) for n in ("Apollo", "Borealis")))
        aliases = [Alias(address=f"{n}@acme.example", display_name=None, proof=Proof.OWNED) for n in "ab"]
        tests = {account.id: trial(account.id, account.smtp) for account in self.found}
        self.answers = {
            "aliases": lambda _key: aliases,
            "employees_with_access": lambda _key: people,
            "projects_of_account": lambda _key: projects,
            "latest_tests": tests.get,
        }
        self.document = parse(PAGE)

    async def __call__(self, executor: type) -> ExecutionResult:
        loaders = SimpleNamespace(**{name: loaded(answer) for name, answer in self.answers.items()})
        context = SimpleNamespace(by=self.by, loaders=loaders)
        result: Any = execute(
            schema._schema,
            self.document,
            context_value=context,
            variable_values={"first": len(self.found)},
            is_awaitable=optimized_is_awaitable,
            executor_class=executor,
            operation_extensions=None,
        )
        answer: ExecutionResult = await result if optimized_is_awaitable(result) else result
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
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        await run()
        taken.append((time.perf_counter() - began) * 1000)
    return median(taken)


async def in_memory(count: int, rounds: int, *, profile: bool) -> Measured:
    asked = InMemory(count)

    async def found(*_args: Any, **_given: Any) -> Page[Account]:
        return asked.page

    with patch.object(reading, "accounts", found):
        expected = await asked(StrawberryGraphQLCoreExecutionContext)
        answer = await asked(Execution)
        assert orjson.dumps(answer.data) == orjson.dumps(expected.data), "the answers differ"
        print(f"{len(orjson.dumps(answer.data))} bytes")
        interpreted = await milliseconds(lambda: asked(StrawberryGraphQLCoreExecutionContext), rounds)
        compiled = await milliseconds(lambda: asked(Execution), rounds)
        if profile:
            await profiled(lambda: asked(Execution), rounds)
    return Measured("in memory", interpreted, compiled)


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
    gc.freeze()
    rows = [await in_memory(given.accounts, given.rounds, profile=given.profile)]
    print("| where | graphql-core | compiled | ratio |\n| --- | --- | --- | --- |")
    for row in rows:
        print(row.row())


if __name__ == "__main__":
    asyncio.run(main())
