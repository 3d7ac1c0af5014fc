"""How fast mail leaves, beside what else sends it: the same server takes it all, in turns.

python benchmarks/delivery.py [--rounds 5] [--messages 2000]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent
sys.path.insert(0, str(ROOT / "tests"))

import certifi  # noqa: E402
import trustme  # noqa: E402

from lab.needs import program  # noqa: E402
from lab.postgres import running_postgres  # noqa: E402

DJANGO = "Django, as it comes"
Rates = defaultdict[tuple[str, str], list[float]]


class Bench:
    """``ports``: of the server, by ``plain`` and ``TLS``."""

    def __init__(self, folder: Path, ports: dict[str, int], postgres: list[str], django: Path) -> None:
        self.folder, self.ports, self.postgres, self.django = folder, ports, postgres, django
        self.rates: Rates = defaultdict(list)

    def run(self, python: Path | str, script: str, *arguments: object) -> str:
        everybody = {**os.environ, "SSL_CERT_FILE": str(self.folder / "all.pem")}
        command = [str(python), str(HERE / script), *map(str, arguments)]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=everybody).stdout

    def others(self, tls: str, count: int) -> None:
        port = self.ports[tls]
        few = max(20, count // 20)
        self.rates[DJANGO, tls].append(float(self.run(self.django, "delivery_django.py", port, tls, few)))
        rate = self.run(sys.executable, "delivery_aiosmtplib.py", port, tls, count)
        self.rates["aiosmtplib, one connection", tls].append(float(rate))
        rate = self.run(sys.executable, "delivery_wire.py", port, tls, count * 5)
        self.rates["the conversations alone, ten connections", tls].append(float(rate))

    def product(self, tls: str, count: int, accounts: int, number: int) -> None:
        for kind in ("SQLite", "PostgreSQL"):
            url = f"sqlite://{self.folder}/{tls}-{accounts}-{number}.db" if kind == "SQLite" else None
            url = url or self.postgres.pop()
            told = self.run(
                sys.executable,
                "delivery_product.py",
                url,
                self.ports[tls],
                tls,
                accounts,
                count,
                self.folder / "ca.pem",
            )
            found = json.loads(told)
            plural = "s" if accounts > 1 else ""
            self.rates[f"queued to delivered, {kind}, {accounts} account{plural}", tls] += found["delivered"]
            self.rates[f"queueing, {kind}", tls] += found["queued"]

    def postfix(self, count: int) -> None:
        """Its own client and its own server, without TLS, which neither of them speaks."""
        source, sink = program("smtp-source", of="Postfix"), program("smtp-sink", of="Postfix")
        with subprocess.Popen([sink, "-u", "nobody", "-c", "127.0.0.1:2599", "200"], stdout=-3) as server:
            subprocess.run(["/bin/sleep", "0.5"], check=True)
            for many in (True, False):
                self.rates[
                    f"smtp-source, ten connections{'' if many else ', one message each'}", "plain"
                ].append(timed_source(source, count * 5, keep=many))
            rate = self.run(sys.executable, "delivery_wire.py", 2599, "plain", count * 5)
            self.rates["the conversations alone, to smtp-sink", "plain"].append(float(rate))
            server.terminate()


def timed_source(source: str, count: int, *, keep: bool) -> float:
    command = [source, *(["-d"] if keep else []), "-s", "10", "-m", str(count), "-l", "1000"]
    command += ["-f", "anna@example.com", "-t", "bob@example.org", "127.0.0.1:2599"]
    timing = f"import subprocess, time\nt = time.perf_counter()\nsubprocess.run({command!r}, check=True)\n"
    timing += f"print({count} / (time.perf_counter() - t))"
    return float(subprocess.run([sys.executable, "-c", timing], check=True, capture_output=True).stdout)


@contextmanager
def sink(*certificate: Path) -> Iterator[int]:
    command = [sys.executable, str(HERE / "delivery_sink.py"), *map(str, certificate)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin
        assert server.stdout
        yield int(server.stdout.readline())
        server.stdin.close()


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
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "django"], check=True, stderr=subprocess.DEVNULL
    )
    return python


def show(rates: Rates) -> None:
    names = list(dict.fromkeys(name for name, _ in rates))
    print("| messages a second | plain | TLS | of Django's, TLS |\n| --- | ---: | ---: | ---: |")
    for name in names:
        plain, tls = (rates.get((name, way), []) for way in ("plain", "TLS"))
        base = rates.get((DJANGO, "TLS"))
        ratio = f"{median(tls) / median(base):.1f}" if tls and base else ""
        cells = [f"{median(some):,.0f}" if some else "" for some in (plain, tls)]
        print(f"| {name} | {cells[0]} | {cells[1]} | {ratio} |")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--messages", type=int, default=2000)
    chosen = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="delivery-")))
        write_certificates(folder)
        plain = stack.enter_context(sink())
        tls = stack.enter_context(sink(folder / "cert.pem", folder / "key.pem"))
        server = stack.enter_context(running_postgres())
        databases = [server.new_database() for _ in range(chosen.rounds * 4)]
        bench = Bench(folder, {"plain": plain, "TLS": tls}, databases, with_django(folder / "django"))
        for number in range(chosen.rounds):
            for way in ("plain", "TLS"):
                bench.others(way, chosen.messages)
                for accounts in (1, 10):
                    bench.product(way, chosen.messages, accounts, number)
            bench.postfix(chosen.messages)
            print(f"round {number + 1} of {chosen.rounds}", file=sys.stderr, flush=True)
        show(bench.rates)


if __name__ == "__main__":
    main()
