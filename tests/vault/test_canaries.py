"""The keys themselves: in nothing that a command says, whatever is wrong with them or with their file."""

import base64
from pathlib import Path

import pytest

from api.drafts import draft_in
from lab.canaries import found, traces
from lab.commands import Ended, Letterhead
from lab.product import Start
from letterhead.sandbox.service import Sandbox

RAW = [bytes(range(start, start + 32)) for start in (33, 90)]
OLD, NEW = (base64.b64encode(raw).decode() for raw in RAW)
RING = f"new:{NEW},old:{OLD}"
ALL_FORMS = {trace for raw in RAW for trace in traces(raw.decode())}


def of_keys(ended: Ended) -> set[tuple[str, str]]:
    return found({"out": ended.out, "err": ended.err}, *ALL_FORMS, OLD, NEW)


async def test_while_they_are_changed(
    start: Start, sandbox: Sandbox, database_url: str, letterhead: Letterhead
) -> None:
    async with start(keys=f"old:{OLD}", ca_file=sandbox.ca_file) as product:
        await product.admin.saved(draft_in(sandbox, "sales"))

    loud = {"DATABASE_URL": database_url, "LOG_LEVEL": "DEBUG", "TRACE_PLUGINS": "1"}
    rings = [("check", f"new:{NEW}"), ("check", RING), ("rotate", RING), ("check", f"old:{OLD}")]
    rings.append(("check", f"old:{NEW}"))
    ended = [letterhead("keys", command, KEYS=ring, **loud) for command, ring in rings]

    assert [one.code for one in ended] == [1, 0, 0, 1, 1]
    assert [of_keys(one) for one in ended] == [set()] * 5


MALFORMED = [
    f"new {NEW}",
    f"{NEW}:new",
    NEW,
    f"new:{NEW}=",
    f"new:{NEW[:-5]}",
    f"new:{NEW}\nnew:{OLD}",
    f"new:ü{NEW}",
    f"new:{NEW}:{OLD}",
    f"n-w:{NEW}",
    f"# {NEW}",
]
ROTATE, SERVE, WORK = ("keys", "rotate"), ("serve",), ("worker",)


@pytest.mark.parametrize(
    ("command", "lines"),
    [*((("keys", "check"), lines) for lines in MALFORMED), (ROTATE, NEW), (SERVE, NEW), (WORK, NEW)],
)
def test_when_a_file_is_malformed(
    letterhead: Letterhead, tmp_path: Path, command: tuple[str, ...], lines: str
) -> None:
    (tmp_path / "ring").write_text(lines)

    ended = letterhead(*command, KEY_FILE="ring", LOG_LEVEL="DEBUG", PORT="0")

    assert (ended.code, ended.out, ended.err.count("\n")) == (1, "", 1)
    assert ended.err.startswith("letterhead: LETTERHEAD_KEY_FILE: ")
    assert of_keys(ended) == set()


def test_when_a_file_is_no_text(letterhead: Letterhead, tmp_path: Path) -> None:
    (tmp_path / "ring").write_bytes(b"new:" + RAW[0] + b"\xff")

    ended = letterhead("keys", "check", KEY_FILE="ring")

    assert ended == Ended(1, "", "letterhead: LETTERHEAD_KEY_FILE: the file is not text\n")
