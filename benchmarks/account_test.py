"""How long an account test takes beside what the network asks of it, and what many of them cost at once.

python benchmarks/account_test.py [--milliseconds 25] [--runs 9] [--tests 200]
"""

import argparse
import asyncio
import gc
import json
import os
import resource
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import pytest  # noqa: E402
import trustme  # noqa: E402

from api.live import over_sse  # noqa: E402
from lab import mailservers as lab  # noqa: E402
from lab.product import LOOPBACK, Caller, Product, with_company  # noqa: E402
from letterhead.house import TESTS_AT_ONCE  # noqa: E402
from letterhead.sandbox.mailboxes import SANDBOX_PASSWORD  # noqa: E402
from letterhead.serving import serving  # noqa: E402
from letterhead.settings import Settings  # noqa: E402
from letterhead.store.database import migrate  # noqa: E402

TEST = """
mutation ($input: TestAccountInput!) { testAccount(input: $input) { test { id } errors { message } } }
"""
PROGRESS = """
subscription ($id: ID!) { accountTestProgress(testId: $id) { status steps { leg stage tookMs } } }
"""
A_COMPANY = 10


@dataclass(frozen=True)
class Way:
    """A server and how it is spoken to."""

    protocol: str
    port: int
    security: str

    def shown(self) -> dict[str, Any]:
        return {"protocol": self.protocol, "host": "localhost", "port": self.port, "security": self.security}


@dataclass(frozen=True)
class Mail:
    """Mail servers. ``ways``: by the name that their row in the table has."""

    name: str
    address: str
    password: str
    ways: dict[str, Way]
    pairs: tuple[tuple[str, str], ...]

    def draft(self, smtp: Way, incoming: Way) -> dict[str, Any]:
        return {
            "address": self.address,
            "providerKey": "custom",
            "smtp": smtp.shown(),
            "incoming": incoming.shown(),
            "credential": {"password": self.password},
        }


@contextmanager
def real_servers(authority: trustme.CA, ca_file: Path) -> Iterator[Mail]:
    """Postfix and Dovecot, as the laboratory runs them."""
    certificate = authority.issue_cert("localhost", "127.0.0.1")
    with lab._started(lab._installed(), certificate, ca_file) as servers:
        ways = {
            "SMTP, STARTTLS": Way("SMTP", servers.submission, "STARTTLS"),
            "SMTP, TLS": Way("SMTP", servers.submissions, "TLS"),
            "POP3, TLS": Way("POP3", servers.pop3s, "TLS"),
            "POP3, STARTTLS": Way("POP3", servers.pop3, "STARTTLS"),
            "IMAP, TLS": Way("IMAP", servers.imaps, "TLS"),
        }
        pairs = tuple(
            (smtp, incoming)
            for incoming in ("POP3, TLS", "POP3, STARTTLS", "IMAP, TLS")
            for smtp in ("SMTP, STARTTLS", "SMTP, TLS")
        )
        user = "sales@lab.example"
        yield Mail("Postfix and Dovecot", user, servers.users[user], ways, pairs)


@asynccontextmanager
async def sandbox(ca_file: Path) -> AsyncIterator[Mail]:
    """The product's own, in a process of its own. It offers no PIPELINING over SMTP."""
    program = (
        "import asyncio, json, sys\n"
        "from letterhead.sandbox.service import running_sandbox\n"
        "async def main():\n"
        "    async with running_sandbox() as it:\n"
        "        print(json.dumps([it.smtp_port, it.pop3_port, it.ca_pem]), flush=True)\n"
        "        await asyncio.to_thread(sys.stdin.read)\n"
        "asyncio.run(main())\n"
    )
    async with child("-c", program) as process:
        assert process.stdout
        smtp, pop3, ca_pem = json.loads(await process.stdout.readline())
        with ca_file.open("a") as authorities:
            authorities.write(ca_pem)
        ways = {
            "SMTP, STARTTLS": Way("SMTP", smtp, "STARTTLS"),
            "POP3, STARTTLS": Way("POP3", pop3, "STARTTLS"),
        }
        pairs = (("SMTP, STARTTLS", "POP3, STARTTLS"),)
        yield Mail("the sandbox", "sales@sandbox.letterhead.example", SANDBOX_PASSWORD, ways, pairs)


@asynccontextmanager
async def child(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdin=pipe, stdout=pipe)
    try:
        yield process
    finally:
        assert process.stdin
        process.stdin.close()
        await process.wait()


class Distance:
    """The mail servers, so many milliseconds away in each direction."""

    def __init__(self, process: asyncio.subprocess.Process, ways: dict[str, Way]) -> None:
        self.ways = ways
        self._process = process

    async def round_trips(self, *ways: Way) -> list[int]:
        """Of the connections there since this was asked before, without the goodbyes nobody waits for."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(b"\n")
        waits = json.loads(await self._process.stdout.readline())
        return [sum(waits[str(way.port)]) - len(waits[str(way.port)]) for way in ways]


@asynccontextmanager
async def far_away(mail: Mail, milliseconds: float) -> AsyncIterator[Distance]:
    near = list(mail.ways.values())
    script = str(Path(__file__).with_name("far_away.py"))
    async with child(script, str(milliseconds), *(str(way.port) for way in near)) as process:
        assert process.stdout
        ports = json.loads(await process.stdout.readline())
        far = (Way(way.protocol, port, way.security) for way, port in zip(near, ports, strict=True))
        yield Distance(process, dict(zip(mail.ways, far, strict=True)))


async def one_test(caller: Caller, draft: dict[str, Any]) -> dict[str, Any]:
    """The end of a test, as whoever watches it sees it."""
    begun = await caller.do(TEST, {"draft": draft})
    assert not begun["errors"], begun
    events = [event async for event in over_sse(caller, PROGRESS, id=begun["test"]["id"])]
    test: dict[str, Any] = events[-1]["data"]["accountTestProgress"]
    return test


async def timed(product: Product, mail: Mail, distance: Distance, runs: int, milliseconds: float) -> None:
    print(f"\n{mail.name}, {2 * milliseconds:.0f} ms round trip, median of {runs}\n")
    print(
        "| sending | receiving | round trips of each | in a row | whole test | to slowest leg | to the row |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for pair in mail.pairs:
        smtp, incoming = (distance.ways[name] for name in pair)
        took, trips, rows = [], [], []
        for _ in range(runs + 1):  # the first one warms up
            company = await with_company(product.serving, f"{pair} {time.monotonic_ns()}")
            await distance.round_trips()
            gc.collect()
            started = time.perf_counter()
            test = await one_test(company.admin, mail.draft(smtp, incoming))
            took.append((time.perf_counter() - started) * 1000)
            assert test["status"] == "PASSED", test
            await asyncio.sleep(0.1 + milliseconds / 200)
            trips.append(await distance.round_trips(smtp, incoming))
            rows.append(in_a_row(test, 2 * milliseconds))
            await company.close()
        sending, receiving = (round(median(leg)) for leg in zip(*trips[1:], strict=True))
        slowest, whole = max(sending, receiving), median(took[1:])
        row = max(slowest, round(median(rows[1:])))
        print(
            f"| {pair[0]} | {pair[1]} | {sending} and {receiving} | {row} | {whole:.0f} ms "
            f"| {whole / slowest / milliseconds / 2:.2f} | {whole / row / milliseconds / 2:.2f} |"
        )


def in_a_row(test: dict[str, Any], round_trip: float) -> int:
    """Where both servers take one secret, the second is shown it when the first has accepted it."""
    before = ("CONNECT", "TLS", "GREETING", "CAPABILITIES", "SIGN_IN")
    sending = sum(s["tookMs"] for s in test["steps"] if s["leg"] == "SMTP" and s["stage"] in before)
    receiving = sum(
        s["tookMs"]
        for s in test["steps"]
        if s["leg"] in ("POP3", "IMAP") and s["stage"] in ("SIGN_IN", "MAILBOX")
    )
    return int(sending / round_trip + 0.2) + int(receiving / round_trip + 0.2)


async def many(product: Product, mail: Mail, distance: Distance, count: int) -> None:
    pair = mail.pairs[0]
    draft = mail.draft(*(distance.ways[name] for name in pair))
    ports = {way.port for way in distance.ways.values()}
    companies = [await with_company(product.serving, f"many {n}") for n in range(-(-count // A_COMPANY))]
    callers = [companies[number // A_COMPANY].admin for number in range(count)]
    gc.collect()
    before, most = resident(), 0

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, sockets_to(ports))
            await asyncio.sleep(0.1)

    watching = asyncio.create_task(watch())
    started = time.perf_counter()
    tests = await asyncio.gather(*(one_test(caller, draft) for caller in callers))
    took = time.perf_counter() - started
    watching.cancel()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    await asyncio.sleep(1.2)
    passed = sum(test["status"] == "PASSED" for test in tests)
    print(f"\n{count} tests at once ({pair[0]} and {pair[1]}), at most {TESTS_AT_ONCE} on the network\n")
    print("| passed | wall time | a test | memory before | at its peak | open sockets at once | left over |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    times, memory = f"{took:.1f} s | {took / count * 1000:.0f} ms", f"{before:.0f} MB | {peak:.0f} MB"
    print(f"| {passed} | {times} | {memory} | {most} | {sockets_to(ports)} |")
    for company in companies:
        await company.close()


def resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


def sockets_to(ports: set[int]) -> int:
    """How many sockets of this process lead to one of ``ports``."""
    return sum(_peer(link) in ports for link in Path("/proc/self/fd").iterdir())


def _peer(link: Path) -> int | None:
    with suppress(OSError):
        if link.is_socket():
            with socket.socket(fileno=os.dup(int(link.name))) as one:
                peer = one.getpeername()
                return int(peer[1]) if isinstance(peer, tuple) else None
    return None


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--milliseconds", type=float, default=25, help="in each direction")
    parser.add_argument("--runs", type=int, default=9, help="of each pair of servers")
    parser.add_argument("--tests", type=int, default=200, help="at once")
    chosen = parser.parse_args()
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmark-")))
        os.chmod(home, 0o755)  # noqa: PTH101 - the mail servers' own users come here
        authority, ca_file = trustme.CA(), home / "ca.pem"
        authority.cert_pem.write_to_path(str(ca_file))
        mails = [await stack.enter_async_context(sandbox(ca_file))]
        try:
            mails.append(stack.enter_context(real_servers(authority, ca_file)))
        except pytest.skip.Exception as missing:
            print(f"Without Postfix and Dovecot: {missing}")
        settings = Settings(
            database_url=f"sqlite://{home}/letterhead.db",
            port=0,
            allow_targets=LOOPBACK,
            ca_file=ca_file,
        )
        await migrate(settings.database_url)
        server = await stack.enter_async_context(serving(settings))
        product = await with_company(server, "Benchmark")
        for mail in mails:
            async with far_away(mail, chosen.milliseconds) as distance:
                await timed(product, mail, distance, chosen.runs, chosen.milliseconds)
        async with far_away(mails[-1], chosen.milliseconds) as distance:
            await many(product, mails[-1], distance, chosen.tests)
        await product.close()


if __name__ == "__main__":
    asyncio.run(main())
