"""How fast mail leaves, beside what else sends it: the same server takes it all, in turns.

python benchmarks/delivery.py [--rounds 5] [--messages 2000] [--only django --only "1 account"] [--into FILE]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent
sys.path.insert(0, str(ROOT / "tests"))

import certifi  # noqa: E402
import trustme  # noqa: E402

from lab.needs import program  # noqa: E402
from lab.postgres import PostgresServer, running_postgres  # noqa: E402

WAYS = ("plain", "TLS")
DJANGO = "Django, as it comes, a connection each"
SOURCE = "smtp-source, ten connections"
LONGEST_SECONDS = 600
"""For one subject in one round; whoever needs more has failed."""

Rates = dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Place:
    """``ports``: of the server that takes everything, by way; ``smtp_sink``: of Postfix's. ``fresh``: the URL
    of a new database, by its kind."""

    folder: Path
    ports: dict[str, int]
    smtp_sink: int
    django: Path
    fresh: Callable[[str], str]

    def run(self, python: Path | str, script: str, *arguments: object) -> str:
        everybody = {**os.environ, "SSL_CERT_FILE": str(self.folder / "all.pem")}
        return output([str(python), str(HERE / script), *map(str, arguments)], everybody)


@dataclass(frozen=True, kw_only=True)
class Subject:
    """``measure``: one round, as messages a second by what they are the rate of."""

    name: str
    way: str
    measure: Callable[[], Rates]


def subjects(place: Place, count: int) -> list[Subject]:
    found = []
    for way in WAYS:
        others = {
            DJANGO: partial(other, place, place.django, "delivery_django.py", way, max(20, count // 20)),
            "aiosmtplib, one connection": partial(
                other, place, sys.executable, "delivery_aiosmtplib.py", way, count
            ),
            "the conversations alone, ten connections": partial(
                other, place, sys.executable, "delivery_wire.py", way, count * 5
            ),
        }
        found += [
            Subject(name=name, way=way, measure=partial(named, name, run)) for name, run in others.items()
        ]
        for kind in ("SQLite", "PostgreSQL"):
            for accounts in (1, 10, 50):
                measure = partial(product, place, kind, way, accounts, count)
                found.append(Subject(name=delivered_name(kind, accounts), way=way, measure=measure))
    for kind in ("SQLite", "PostgreSQL"):
        name = f"sendMessage over HTTP, {kind}"
        found.append(Subject(name=name, way="plain", measure=partial(requests, place, name, kind, count)))
    alone = "the conversations alone, to smtp-sink"
    found.append(
        Subject(name=SOURCE, way="plain", measure=partial(named, SOURCE, partial(source, place, count)))
    )
    found.append(
        Subject(name=alone, way="plain", measure=partial(named, alone, partial(to_smtp_sink, place, count)))
    )
    return found


def delivered_name(kind: str, accounts: int) -> str:
    return f"queued to delivered, {kind}, {accounts} account{'s' * (accounts > 1)}"


def named(name: str, run: Callable[[], float]) -> Rates:
    return {name: run()}


def other(place: Place, python: Path | str, script: str, way: str, count: int) -> float:
    return float(place.run(python, script, place.ports[way], way, count))


def product(place: Place, kind: str, way: str, accounts: int, count: int) -> Rates:
    url, ca_file = place.fresh(kind), place.folder / "ca.pem"
    told = place.run(
        sys.executable, "delivery_product.py", url, place.ports[way], way, accounts, count, ca_file
    )
    found = json.loads(told)
    return {
        delivered_name(kind, accounts): median(found["delivered"]),
        f"queueing in its process, {kind}": median(found["queued"]),
    }


def requests(place: Place, name: str, kind: str, count: int) -> Rates:
    return {name: float(place.run(sys.executable, "delivery_requests.py", place.fresh(kind), count))}


def source(place: Place, count: int) -> float:
    """Postfix's own client, without TLS, which neither it nor its server speaks."""
    command = [program("smtp-source", of="Postfix"), "-d", "-s", "10", "-m", str(count * 5), "-l", "1000"]
    command += ["-f", "anna@example.com", "-t", "bob@example.org", f"127.0.0.1:{place.smtp_sink}"]
    timing = f"import subprocess, time\nt = time.perf_counter()\nsubprocess.run({command!r}, check=True)\n"
    timing += f"print({count * 5} / (time.perf_counter() - t))"
    return float(output([sys.executable, "-c", timing]))


def to_smtp_sink(place: Place, count: int) -> float:
    return float(place.run(sys.executable, "delivery_wire.py", place.smtp_sink, "plain", count * 5))


def output(command: Sequence[str], environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env=environment, timeout=LONGEST_SECONDS
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["without a word"]
        raise RuntimeError(f"it ended with {done.returncode}: {lines[-1]}")
    return done.stdout


@contextmanager
def sink(*certificate: Path) -> Iterator[int]:
    command = [sys.executable, str(HERE / "delivery_sink.py"), *map(str, certificate)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin
        assert server.stdout
        yield int(server.stdout.readline())
        server.stdin.close()


@contextmanager
def smtp_sink() -> Iterator[int]:
    command = [program("smtp-sink", of="Postfix"), "-u", "nobody", "-c", "127.0.0.1:2599", "200"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        yield 2599
        server.terminate()


def write_certificates(folder: Path) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    (folder / "cert.pem").write_bytes(b"".join(part.bytes() for part in certificate.cert_chain_pems))
    system = Path("/etc/ssl/certs/ca-certificates.crt")
    known = system if system.exists() else Path(certifi.where())
    (folder / "all.pem").write_bytes(known.read_bytes() + authority.cert_pem.bytes())


def with_django(folder: Path) -> Path:
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    output([str(python), "-m", "pip", "install", "--quiet", "django"])
    return python


class Results:
    """Each is kept as it comes: messages a second, by name and way, as JSON lines, where a file is given."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self.rates: defaultdict[tuple[str, str], list[float]] = defaultdict(list)

    def add(self, subject: Subject, number: int, found: Rates) -> None:
        load = os.getloadavg()[0]
        for name, rate in found.items():
            self.rates[name, subject.way].append(rate)
            row = {"round": number, "name": name, "way": subject.way, "rate": round(rate, 1), "load": load}
            print(f"{name}, {subject.way}: {rate:,.0f} (load {load:.0f})", file=sys.stderr, flush=True)
            if self.file:
                with self.file.open("a") as lines:
                    lines.write(json.dumps(row) + "\n")

    def show(self) -> None:
        print("| messages a second (from, to) | plain | TLS | of Django's, TLS |")
        print("| --- | ---: | ---: | ---: |")
        base = self.rates.get((DJANGO, "TLS"))
        for name in dict.fromkeys(name for name, _ in self.rates):
            both = [self.rates.get((name, way), []) for way in WAYS]
            cells = [
                f"{median(some):,.0f} ({min(some):,.0f}, {max(some):,.0f})" if some else "" for some in both
            ]
            ratio = f"{median(both[1]) / median(base):.1f}" if both[1] and base else ""
            print(f"| {name} | {cells[0]} | {cells[1]} | {ratio} |", flush=True)


def play(chosen: Sequence[Subject], rounds: int, results: Results) -> int:
    """How many failed: they are reported and left out."""
    failed = 0
    for number in range(1, rounds + 1):
        for subject in chosen:
            try:
                results.add(subject, number, subject.measure())
            except Exception as exc:  # noqa: BLE001 - the others can be measured all the same
                failed += 1
                print(f"{subject.name}, {subject.way}: left out, {exc}", file=sys.stderr, flush=True)
        print(f"round {number} of {rounds}", file=sys.stderr, flush=True)
    return failed


def fresh(folder: Path, server: PostgresServer, kind: str) -> str:
    if kind == "PostgreSQL":
        return server.new_database()
    return f"sqlite://{tempfile.mkdtemp(dir=folder)}/letterhead.db"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--only", action="append", help="a part of a subject's name; may be given again")
    parser.add_argument("--way", choices=WAYS)
    parser.add_argument("--into", type=Path, help="a file for each round's figures, as JSON lines")
    given = parser.parse_args()
    results = Results(given.into)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="delivery-")))
        write_certificates(folder)
        place = Place(
            folder=folder,
            ports={
                "plain": stack.enter_context(sink()),
                "TLS": stack.enter_context(sink(folder / "cert.pem", folder / "key.pem")),
            },
            smtp_sink=stack.enter_context(smtp_sink()),
            django=with_django(folder / "django"),
            fresh=partial(fresh, folder, stack.enter_context(running_postgres())),
        )
        chosen = [
            one
            for one in subjects(place, given.messages)
            if (not given.only or any(part.lower() in one.name.lower() for part in given.only))
            and given.way in (None, one.way)
        ]
        failed = play(chosen, given.rounds, results)
        results.show()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
