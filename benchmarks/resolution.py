"""How long it takes to say who writes as whom, and how many statements, for companies of every size.

python benchmarks/resolution.py [--sizes 100,1000,10000,100000] [--runs 200]
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).parents[1]
sys.path.insert(1, str(ROOT / "tests"))

from others import rows  # noqa: E402
from others.rows import Firm  # noqa: E402

from lab.databases import counted  # noqa: E402
from lab.postgres import running_postgres  # noqa: E402
from letterhead.senders.rules import SenderContext  # noqa: E402
from letterhead.senders.verbs import decide  # noqa: E402
from letterhead.store.database import migrate, opened  # noqa: E402

HEADINGS = ("accounts", "shape", "database", "asked", "statements", "median ms", "nine in ten ms")


def main() -> None:
    given = _arguments()
    firms = [Firm(size=size, crowded=crowded) for size in given.sizes for crowded in (False, True)]
    with tempfile.TemporaryDirectory() as temporary, running_postgres("jit=off") as postgres:
        urls = {"SQLite": f"sqlite://{temporary}/letterhead.db", "PostgreSQL": postgres.new_database()}
        _print(HEADINGS, ("---",) * len(HEADINGS))
        for database, url in urls.items():
            asyncio.run(_measure(database, url, firms, given.runs))


async def _measure(database: str, url: str, firms: list[Firm], runs: int) -> None:
    await migrate(url)
    await rows.write(url, firms)
    async with opened(url):
        for firm in firms:
            shape = "one project, one group for all" if firm.crowded else "typical"
            for asked, context in _contexts(firm):
                statements, taken = await _resolved(firm, context, runs)
                times = [f"{one * 1000:.1f}" for one in (median(taken), quantiles(taken, n=10)[-1])]
                _print((f"{firm.size:,}", shape, database, asked, str(statements), *times))


def _contexts(firm: Firm) -> Iterator[tuple[str, SenderContext]]:
    in_project = {"employee_id": firm.id("employee"), "project_id": firm.id("project")}
    yield "in a project", SenderContext(**in_project)
    yield "outside any", SenderContext(employee_id=firm.id("employee"))
    last = f"account{firm.size - 1}@acme.example"
    yield "by an address", SenderContext(**in_project, alias=last)


async def _resolved(firm: Firm, context: SenderContext, runs: int) -> tuple[int, list[float]]:
    employee_id, company_id = firm.id("employee"), firm.id("company")
    with counted() as sent:
        await decide(context, company_id=company_id, employee_id=employee_id)
    taken = []
    for _ in range(runs):
        begun = time.perf_counter()
        await decide(context, company_id=company_id, employee_id=employee_id)
        taken.append(time.perf_counter() - begun)
    return len(sent), taken


def _print(*lines: tuple[str, ...]) -> None:
    for cells in lines:
        print(f"| {' | '.join(cells)} |", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    sizes = [100, 1_000, 10_000, 100_000]
    parser.add_argument("--sizes", type=lambda text: [int(part) for part in text.split(",")], default=sizes)
    parser.add_argument("--runs", type=int, default=200)
    return parser.parse_args()


if __name__ == "__main__":
    main()
