"""Load, by wrk: one thread in C, which takes about a hundredth of what the servers do."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import orjson

from others.asked import Asked

SCRIPT = """
wrk.method = "POST"
wrk.body = {body}
{headers}
function done(summary, latency, requests)
  io.write(string.format("measured %d %d %f %f %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    summary.errors.status + summary.errors.timeout + summary.errors.read + summary.errors.connect))
end
"""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """``rate``: answers in a second. ``p50``, ``p99``: milliseconds."""

    rate: float
    p50: float
    p99: float


def load(port: int, asked: Asked, *, connections: int, seconds: int, home: Path) -> Measured:
    """Raises RuntimeError for an answer that is an error."""
    script = home / "ask.lua"
    headers = {"Content-Type": "application/json", **asked.headers}
    script.write_text(
        SCRIPT.format(
            body=_quoted(orjson.dumps(asked.body).decode()),
            headers="\n".join(f"wrk.headers[ {_quoted(k)} ] = {_quoted(v)}" for k, v in headers.items()),
        )
    )
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "120s", "-s", script,
         f"http://127.0.0.1:{port}{asked.path}"],
        check=True,
        capture_output=True,
        text=True,
    )  # fmt: skip
    numbers = re.search(r"measured (\d+) (\d+) ([\d.]+) ([\d.]+) (\d+)", done.stdout)
    if numbers is None or int(numbers[5]):
        raise RuntimeError(f"not all of it was answered: {done.stdout}")
    answered, micros, p50, p99 = (float(number) for number in numbers.groups()[:4])
    return Measured(rate=answered / (micros / 1e6), p50=p50 / 1000, p99=p99 / 1000)


def _quoted(text: str) -> str:
    """As Lua reads it."""
    return f"[==[{text}]==]"
