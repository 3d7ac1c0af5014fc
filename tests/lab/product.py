"""The product as its users have it: a real server, and a client that speaks GraphQL over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest

from letterhead import company as companies
from letterhead.identity import tokens
from letterhead.identity.actor import ADMINISTRATOR, EMPLOYEE, Permission
from letterhead.sandbox.service import Sandbox, running_sandbox
from letterhead.schema.ids import row_id
from letterhead.serving import Serving, serving
from letterhead.settings import Settings
from letterhead.wire.targets import AllowedTarget

PATIENCE_SECONDS = 100
"""On a busy machine too, and longer than the lease of a worker that was killed with a message in hand."""

EVERY_PORT = frozenset(range(1, 65536))
LOOPBACK = tuple(AllowedTarget(ip_network(network), EVERY_PORT) for network in ("127.0.0.0/8", "::1/128"))
TEST = """
mutation ($input: TestAccountInput!) {
  testAccount(input: $input) { test { id } errors { message path code } }
}
"""
TEST_AGAIN = """
query ($id: ID!) {
  node(id: $id) {
    ... on AccountTest {
      id status
      steps { leg stage subject status evidence transcript diagnosis { code } }
      diagnosis { code title explanation actor retry reply { code enhancedCode text } }
    }
  }
}
"""
SAVE = """
mutation ($input: SaveEmailAccountInput!) {
  saveEmailAccount(input: $input) {
    emailAccount { id address status addressProof version aliases { address proof problem { code } } }
    errors { message path code }
  }
}
"""
MESSAGE = """
query ($id: ID!) {
  node(id: $id) {
    ... on Message {
      id status finishedAt messageId from rule
      recipients { address kind status diagnosis { code reply { code enhancedCode text } } }
      heldBecause { code title } waitingFor { code title }
    }
  }
}
"""
DIRECTORY = """
mutation ($input: SyncDirectoryInput!) {
  syncDirectory(input: $input) { created updated removed errors { message path code } }
}
"""
PEOPLE = """
{ company {
  id
  employees(first: 100) { nodes { id externalId } }
  groups(first: 100) { nodes { id externalId } }
  projects(first: 100) { nodes { id externalId } }
} }
"""


class Caller:
    """One token's way to the schema."""

    def __init__(self, address: str, token: str) -> None:
        self.address = address
        self.token = token
        headers = {"Authorization": f"Bearer {token}"}
        # There is no TLS between us, and reading the system's authorities takes longer than most tests.
        self.http = httpx2.AsyncClient(base_url=address, headers=headers, timeout=40, verify=False)

    async def answer(self, document: str, **variables: Any) -> dict[str, Any]:
        """The whole answer, errors and all."""
        response = await self.http.post("/graphql", json={"query": document, "variables": variables})
        found: dict[str, Any] = response.json()
        return found

    async def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of an answer that has no errors."""
        answer = await self.answer(document, **variables)
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data

    async def do(self, document: str, given: dict[str, Any]) -> dict[str, Any]:
        """The payload of the one mutation in ``document``."""
        [payload] = (await self.ask(document, input=given)).values()
        result: dict[str, Any] = payload
        return result

    async def tested(self, draft: dict[str, Any], **given: Any) -> dict[str, Any]:
        """A test of ``draft`` that has come to its end."""
        started = await self.do(TEST, {"draft": draft, **given})
        assert started["errors"] == [], started
        return await self.until_tested(started["test"]["id"])

    async def until_tested(self, test_id: str) -> dict[str, Any]:
        return await self.until(TEST_AGAIN, test_id, lambda test: test["status"] != "RUNNING")

    async def saved(
        self, draft: dict[str, Any], given: dict[str, Any] | None = None, **of: Any
    ) -> dict[str, Any]:
        """The account of a draft that passes its test."""
        test = await self.tested(draft, **of)
        assert test["status"] in ("PASSED", "PASSED_WITH_WARNINGS"), test
        payload = await self.do(SAVE, {"testId": test["id"], **(given or {})})
        assert payload["errors"] == [], payload
        account: dict[str, Any] = payload["emailAccount"]
        return account

    async def finished(self, message_id: str) -> dict[str, Any]:
        """A message to which nothing more is to be done."""
        return await self.until(MESSAGE, message_id, lambda message: message["finishedAt"])

    async def message_when(self, message_id: str, is_so: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        return await self.until(MESSAGE, message_id, is_so)

    async def until(
        self, document: str, node_id: str, is_so: Callable[[dict[str, Any]], Any]
    ) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                node: dict[str, Any] = (await self.ask(document, id=node_id))["node"]
                if is_so(node):
                    return node
                await asyncio.sleep(0.02)


@dataclass
class Product:
    """A running server, with a company in it."""

    serving: Serving
    company_id: UUID
    admin: Caller
    callers: list[Caller] = field(default_factory=list)

    async def company(self, name: str) -> Caller:
        """The administrator of another company."""
        return await self._caller(await tokens.create(await companies.create(name), name, ADMINISTRATOR))

    async def administrator(self) -> Caller:
        """A second administrator of this company."""
        return await self._caller(await tokens.create(self.company_id, "colleague", ADMINISTRATOR))

    async def service(self, *permissions: Permission) -> Caller:
        """A tool that is nobody in particular and may do just this."""
        return await self._caller(await tokens.create(self.company_id, "tool", frozenset(permissions)))

    async def directory(self, admin: Caller | None = None, **entries: Any) -> dict[str, str]:
        """Ids by external id, after a synchronisation of ``employees``, ``groups`` and ``projects``."""
        admin = admin or self.admin
        payload = await admin.do(DIRECTORY, entries)
        assert payload["errors"] == [], payload
        found = (await admin.ask(PEOPLE))["company"]
        nodes = [node for kind in ("employees", "groups", "projects") for node in found[kind]["nodes"]]
        return {node["externalId"]: node["id"] for node in nodes} | {"company": found["id"]}

    async def employee(self, employee: str, company_id: UUID | None = None) -> Caller:
        """The caller who is the employee with this opaque id."""
        token = await tokens.create(
            company_id or self.company_id, "employee", EMPLOYEE, employee_id=row_id(employee, "Employee")
        )
        return await self._caller(token)

    async def close(self) -> None:
        for caller in self.callers:
            await caller.http.aclose()

    async def _caller(self, token: str) -> Caller:
        caller = Caller(self.serving.address, token)
        self.callers.append(caller)
        return caller


Start = Callable[..., AbstractAsyncContextManager[Product]]


@pytest.fixture
def start(database_url: str, lab_ca_file: Path, tmp_path: Path) -> Start:
    """Starts the product on this test's database; more than once, one after the other, if need be."""
    key_file = tmp_path / "keys"
    key_file.write_text("test:" + "A" * 43 + "=\n")

    @asynccontextmanager
    async def started(company: str = "Acme", **settings: Any) -> AsyncIterator[Product]:
        defaults = {
            "database_url": database_url,
            "port": 0,
            "key_file": key_file,
            "allow_targets": LOOPBACK,
            "ca_file": lab_ca_file,
        }
        async with serving(Settings(**(defaults | settings))) as server:
            product = await with_company(server, company)
            yield product
            await product.close()

    return started


async def with_company(server: Serving, name: str) -> Product:
    """The company of this name, made if it is not there, and an administrator of it."""
    from letterhead.store.models import Company

    existing = await Company.get_or_none(name=name)
    company_id: UUID = existing.id if existing else await companies.create(name)
    admin = Caller(server.address, await tokens.create(company_id, "administrator", ADMINISTRATOR))
    return Product(server, company_id, admin, [admin])


@pytest.fixture
async def product(start: Start) -> AsyncIterator[Product]:
    async with start() as product:
        yield product


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """The product's sandbox mail service, on ports of its own."""
    async with running_sandbox() as running:
        yield running
