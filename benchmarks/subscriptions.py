"""What many open subscriptions cost one server, and how soon one change has reached them all.

python benchmarks/subscriptions.py [--number 2000] [--database sqlite|postgres]
"""

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import orjson  # noqa: E402
from uuid_utils.compat import uuid7  # noqa: E402
from websockets.asyncio.client import connect  # noqa: E402
from websockets.typing import Subprotocol  # noqa: E402

from lab.postgres import running_postgres  # noqa: E402
from lab.process import Process, served  # noqa: E402
from lab.product import Caller  # noqa: E402
from letterhead import company as companies  # noqa: E402
from letterhead.identity import tokens  # noqa: E402
from letterhead.identity.actor import ADMINISTRATOR, EMPLOYEE  # noqa: E402
from letterhead.schema.ids import encode  # noqa: E402
from letterhead.store import models  # noqa: E402
from letterhead.store.database import migrate, now, opened  # noqa: E402

EVENTS = "subscription { accountEvents { cursor accountId action account { displayName } } }"
RENAME = """
mutation ($input: UpdateEmailAccountInput!) {
  updateEmailAccount(input: $input) { emailAccount { id } errors { message } }
}
"""
CHANGES = 5
OPENED_AT_ONCE = 50


class Watchers:
    """Clients that count what they have seen."""

    def __init__(self, process: Process, callers: list[str]) -> None:
        self.address = process.address
        self.callers = callers
        self.seen: dict[int, int] = dict.fromkeys(range(len(callers)), 0)
        self.wanted = 1
        self.all_have = asyncio.Event()

    def saw(self, watcher: int) -> None:
        self.seen[watcher] += 1
        if all(seen >= self.wanted for seen in self.seen.values()):
            self.all_have.set()

    async def until_all_have(self, wanted: int) -> None:
        self.wanted = wanted
        if not all(seen >= wanted for seen in self.seen.values()):
            self.all_have.clear()
            await asyncio.wait_for(self.all_have.wait(), 300)

    async def over_websocket(self, watcher: int, turn: asyncio.Semaphore) -> None:
        async with turn:
            socket = await connect(
                self.address.replace("http:", "ws:") + "/graphql",
                subprotocols=[Subprotocol("graphql-transport-ws")],
                additional_headers={"Authorization": f"Bearer {self.callers[watcher]}"},
                compression=None,
            )
            await socket.send('{"type": "connection_init"}')
            await socket.recv()
            subscribe = {"type": "subscribe", "id": "1", "payload": {"query": EVENTS}}
            await socket.send(orjson.dumps(subscribe).decode())
            await socket.recv()
            self.saw(watcher)
        async for _ in socket:
            self.saw(watcher)

    async def over_sse(self, watcher: int, turn: asyncio.Semaphore) -> None:
        host, _, port = self.address.removeprefix("http://").partition(":")
        async with turn:
            reader, writer = await asyncio.open_connection(host, int(port))
            body = orjson.dumps({"query": EVENTS})
            lines = (
                "POST /graphql HTTP/1.1",
                f"Host: {host}:{port}",
                f"Authorization: Bearer {self.callers[watcher]}",
                "Accept: text/event-stream",
                "Content-Type: application/json",
                f"Content-Length: {len(body)}",
            )
            writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            await reader.readuntil(b"event: next")
            self.saw(watcher)
        try:
            while await reader.readuntil(b"event: next"):
                self.saw(watcher)
        finally:
            writer.close()


def memory(process: Process, field: str = "VmRSS") -> int:
    """In MB."""
    status = Path(f"/proc/{process.running.pid}/status").read_text()
    return int(status.partition(f"{field}:")[2].split()[0]) // 1024


@contextmanager
def database(kind: str, home: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite://{home / 'letterhead.db'}"
        return
    with running_postgres() as server:
        yield server.new_database()


async def company_of(people: int) -> tuple[str, list[str], Any]:
    """An administrator's token, one for each of ``people``, and the id of an account open to all of them."""
    company_id = await companies.create("Acme")
    employees = [
        models.Employee(id=uuid7(), company_id=company_id, external_id=str(number), name=f"Employee {number}")
        for number in range(people)
    ]
    await models.Employee.bulk_create(employees, batch_size=500)
    account = await models.EmailAccount.create(
        company_id=company_id,
        owner_id=company_id,
        address="sales@acme.example",
        address_key="sales@acme.example",
        provider_key="generic",
        smtp={
            "protocol": "SMTP",
            "host": "mail.acme.example",
            "port": 465,
            "security": "TLS",
            "username": "sales",
        },
        credential_kind="NONE",
        status="READY",
        proof="NOT_REFUSED",
        access_mode="ALL",
        scope_mode="ALL",
        position=0,
        created_at=now(),
        updated_at=now(),
    )
    given = [
        await tokens.create(company_id, "employee", EMPLOYEE, employee_id=employee.id)
        for employee in employees
    ]
    admin = await tokens.create(company_id, "administrator", ADMINISTRATOR)
    return admin, given, encode("EmailAccount", account.id)


async def rename(admin: Caller, account: str, name: str) -> None:
    payload = await admin.do(RENAME, {"accountId": account, "displayName": name})
    assert payload["errors"] == [], payload


@asynccontextmanager
async def server(url: str, home: Path) -> AsyncIterator[Process]:
    environment = {
        "LETTERHEAD_DATABASE_URL": url,
        "LETTERHEAD_KEYS": "test:" + "A" * 43 + "=",
        "LETTERHEAD_WORKER": "false",
        "LETTERHEAD_CONNECTIONS": "5000",
        "LETTERHEAD_WEBSOCKETS_PER_CALLER": "100",
    }
    async with served(environment, home / "log") as process:
        yield process


async def measure(kind: str, way: str, number: int, home: Path) -> str:
    with database(kind, home) as url:
        await migrate(url)
        async with opened(url):
            admin_token, given, account = await company_of(number)
        async with server(url, home) as process:
            admin = Caller(process.address, admin_token)
            await rename(admin, account, "first")
            before = memory(process)
            watchers, turn = Watchers(process, given), asyncio.Semaphore(OPENED_AT_ONCE)
            watch = watchers.over_sse if way == "SSE" else watchers.over_websocket
            began = time.perf_counter()
            tasks = [asyncio.create_task(watch(watcher, turn)) for watcher in range(number)]
            await watchers.until_all_have(1)
            opening = time.perf_counter() - began
            open_ = memory(process)
            latencies = []
            for change in range(CHANGES):
                began = time.perf_counter()
                await rename(admin, account, f"name {change}")
                await watchers.until_all_have(2 + change)
                latencies.append(time.perf_counter() - began)
            after = memory(process)
            await admin.http.aclose()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    each = (after - before) * 1024 / number
    return (
        f"| {kind} | {way} | {opening:.1f} s | {before} MB | {open_} MB | {after} MB | {each:.0f} kB "
        f"| {sorted(latencies)[CHANGES // 2]:.2f} s |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=2000)
    parser.add_argument("--database", choices=["sqlite", "postgres"], action="append")
    parser.add_argument("--way", choices=["websocket", "SSE"], action="append")
    given = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    print("| database | way | opened in | before | open | after changes | each | one change reaches all |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for kind in given.database or ["sqlite", "postgres"]:
        for way in given.way or ["websocket", "SSE"]:
            with tempfile.TemporaryDirectory(prefix="subscriptions-") as home:
                print(asyncio.run(measure(kind, way, given.number, Path(home))), flush=True)


if __name__ == "__main__":
    main()
