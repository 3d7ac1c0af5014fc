"""A page of accounts with all their relations, and the choice of a sender, beside other servers; and an
operation that is not compiled, beside plain Strawberry.

python benchmarks/pages.py [--rounds 5] [--seconds 3] [--sizes 100,100000] [--works page,senders,wide]
"""

import argparse
import asyncio
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from math import ceil
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(1, str(ROOT / "tests"))

import asyncpg  # noqa: E402
import orjson  # noqa: E402
from others import rows  # noqa: E402
from others.asked import Asked  # noqa: E402
from others.load import Measured, load  # noqa: E402
from others.rows import Firm  # noqa: E402
from others.servers import STARTS, Server  # noqa: E402

from lab.postgres import PostgresServer, running_postgres  # noqa: E402
from letterhead.store.database import migrate  # noqa: E402

SETTINGS = ("shared_buffers=512MB", "work_mem=16MB", "jit=off", "max_parallel_workers_per_gather=0")
CONNECTIONS = (1, 8, 64)
ANSWERS_EACH = 2
Results = dict[tuple[str, str, int, int], list[Measured]]
"""By server, work, number of accounts and of connections: a measurement for each round."""


def main() -> None:
    given = _arguments()
    firms = [Firm(size=size) for size in given.sizes]
    with tempfile.TemporaryDirectory() as temporary, running_postgres(*SETTINGS) as postgres:
        home = Path(temporary)
        urls = asyncio.run(_filled(postgres, home, firms))
        with _running(urls, home, given.servers) as servers:
            for server in servers:
                print(f"{server.name} ({server.made_of}): {server.resident_megabytes():.0f} MB at rest")
            for firm in firms:
                for work in given.works:
                    _compare(servers, work, firm)
            results = _measured(servers, firms, given, home)
            memory = {server.name: server.resident_megabytes() for server in servers}
    for work in given.works:
        _print(results, work)
    print("\n" + "\n".join(f"{name}: {megabytes:.0f} MB afterwards" for name, megabytes in memory.items()))


async def _filled(postgres: PostgresServer, home: Path, firms: list[Firm]) -> dict[str, str]:
    urls = {"sqlite": f"sqlite://{home / 'letterhead.db'}", "postgres": postgres.new_database()}
    for url in urls.values():
        await migrate(url)
        await rows.write(url, firms)
    connection = await asyncpg.connect(urls["postgres"])
    await connection.execute((ROOT / "benchmarks/others/senders.sql").read_text())
    await connection.close()
    return urls


@contextmanager
def _running(urls: Mapping[str, str], home: Path, names: Sequence[str]) -> Iterator[list[Server]]:
    with ExitStack() as stack:
        yield [
            stack.enter_context(contextmanager(start)(name, urls[database], home))
            for name, (database, start) in STARTS.items()
            if name in names
        ]


def _compare(servers: Sequence[Server], work: str, firm: Firm) -> None:
    """Raises AssertionError when two of them say different things."""
    said = {}
    for server in servers:
        if work in server.ways:
            asked = server.ways[work](firm)
            body = _answer(server, asked)
            told = orjson.loads(body)
            assert "errors" not in told, (server.name, told["errors"][:3])
            said[server.name] = asked.read(told)
            print(f"{firm.size} accounts, {work}, {server.name}: {len(body)} octets")
    first = next(iter(said.values()), None)
    for name, told in said.items():
        assert told == first, (name, work, _difference(first, told))


def _difference(one: Any, other: Any, path: str = "") -> str:
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return "".join(_difference(one[key], other[key], f"{path}.{key}") for key in one)
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return "".join(
            _difference(a, b, f"{path}[{n}]") for n, (a, b) in enumerate(zip(one, other, strict=True))
        )
    return "" if one == other else f"{path}: {one!r} is {other!r}\n"


def _answer(server: Server, asked: Asked) -> bytes:
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}{asked.path}",
        orjson.dumps(asked.body),
        {"Content-Type": "application/json", **asked.headers},
    )
    try:
        with urllib.request.urlopen(request) as response:
            body: bytes = response.read()
            return body
    except urllib.error.HTTPError as no:
        raise RuntimeError(f"{server.name} refused: {no.read()[:500]!r}") from no


def _measured(
    servers: Sequence[Server], firms: Sequence[Firm], given: argparse.Namespace, home: Path
) -> Results:
    """Each round asks every server the same once, so that all share what else the machine has to do."""
    results: Results = {}
    for number in range(given.rounds + 1):
        for work in given.works:
            for firm, connections in _loads(firms, given.connections):
                for server in servers:
                    if work not in server.ways:
                        continue
                    asked = server.ways[work](firm)
                    seconds = max(given.seconds, _patience(server, asked, connections)) if number else 1
                    found = load(server.port, asked, connections=connections, seconds=seconds, home=home)
                    if number:  # the first round only warms them up
                        key = (server.name, work, firm.size, connections)
                        results.setdefault(key, []).append(found)
                        print(".", end="", file=sys.stderr, flush=True)
    return results


def _patience(server: Server, asked: Asked, connections: int) -> int:
    """Seconds in which every connection has a few answers: with 64 of them a slow server takes longer for
    the first ones than is measured otherwise."""
    began = time.perf_counter()
    _answer(server, asked)
    return ceil((time.perf_counter() - began) * connections * ANSWERS_EACH)


def _loads(firms: Sequence[Firm], connections: Sequence[int]) -> Iterator[tuple[Firm, int]]:
    """Every number of connections for the smallest company, and the middle one for all others."""
    for count in connections:
        yield firms[0], count
    for firm in firms[1:]:
        yield firm, connections[len(connections) // 2]


HEADINGS = ("accounts", "connections", "server", "answers/s", "p50 ms", "p99 ms")
BESIDE = ("plain Strawberry, same resolvers", "Strawberry + Tortoise", "PostGraphile 5", "by hand")


def _print(results: Results, work: str) -> None:
    found = {key: several for key, several in results.items() if key[1] == work}
    asked = {key[0] for key in found}
    others = [name for name in BESIDE if name in asked]
    headings = [*HEADINGS, *(f"beside {name}" for name in others)]
    print(f"\n## {work}\n")
    print(_line(headings), _line(["---"] * 3 + ["---:"] * (len(headings) - 3)), sep="\n")
    for (name, _, size, connections), several in sorted(found.items(), key=lambda one: one[0][2:]):
        middle = _middle(several)
        numbers = [f"{middle.rate:.0f}", f"{middle.p50:.1f}", f"{middle.p99:.1f}"]
        beside = [_ratio(several, found.get((other, work, size, connections))) for other in others]
        print(_line([f"{size:,}", str(connections), name, *numbers, *beside]))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _ratio(found: Sequence[Measured], others: Sequence[Measured] | None) -> str:
    """Of what was measured in the same round."""
    if not others:
        return ""
    return f"{median(a.rate / b.rate for a, b in zip(found, others, strict=True)):.2f}"


def _middle(found: Sequence[Measured]) -> Measured:
    return replace(
        found[0],
        rate=median(one.rate for one in found),
        p50=median(one.p50 for one in found),
        p99=median(one.p99 for one in found),
    )


def _arguments() -> argparse.Namespace:
    def numbers(text: str) -> list[int]:
        return [int(part) for part in text.split(",")]

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--sizes", type=numbers, default=[100, 1_000, 10_000, 100_000])
    parser.add_argument("--connections", type=numbers, default=list(CONNECTIONS))
    parser.add_argument("--works", type=lambda text: text.split(","), default=["page", "senders", "wide"])
    parser.add_argument("--servers", nargs="+", choices=STARTS, default=list(STARTS))
    return parser.parse_args()


if __name__ == "__main__":
    main()
