"""A line for each request, and nothing in it that is nobody's business."""

import errno
import json
import logging
import sys
from dataclasses import dataclass, field
from datetime import date
from io import StringIO
from uuid import uuid4

import pytest
import structlog
from tortoise.exceptions import IntegrityError

from lab.product import Product
from letterhead import logs
from letterhead.front.access import shown_path
from letterhead.settings import Settings
from operate.conftest import on_sqlite

QUERY = "query Canary($canary: ID!) { node(id: $canary) { id } company { name } }"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What is written to the log as JSON, undone at the end."""
    written, root = StringIO(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setattr(sys, "stderr", written)
    before = structlog.get_config()
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    logs.configure(Settings(log_format="json"))
    yield written
    structlog.configure(**before)
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)


def events(lines: StringIO, event: str) -> list[dict[str, object]]:
    return [found for line in lines.getvalue().splitlines() if (found := json.loads(line))["event"] == event]


@on_sqlite
async def test_a_request_has_one_line(product: Product, lines: StringIO) -> None:
    await product.admin.http.post(
        "/graphql",
        json={"query": QUERY, "variables": {"canary": "canary-value"}},
        headers={"X-Request-Id": "from-the-proxy-1"},
    )

    [line] = events(lines, "request")
    assert line.pop("took_ms") >= 0
    assert line.pop("timestamp")
    assert line.pop("caller").startswith("token:")
    assert line == {
        "event": "request",
        "level": "info",
        "method": "POST",
        "path": "/graphql",
        "status": 200,
        "operation": "Canary",
        "request_id": "from-the-proxy-1",
    }
    assert "canary" not in lines.getvalue()
    assert product.admin.token not in lines.getvalue()


@on_sqlite
async def test_no_request_fails_because_its_line_cannot_be_written(
    product: Product, lines: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(lines, "write", full)
    assert (await product.admin.http.get("/healthz")).status_code == 200


@on_sqlite
async def test_a_request_is_silent_below_the_level(product: Product, lines: StringIO) -> None:
    logging.getLogger().setLevel("WARNING")
    await product.admin.http.get("/healthz")
    assert events(lines, "request") == []


def test_what_is_no_json_is_shown_as_its_repr_shows_it(lines: StringIO) -> None:
    @dataclass
    class Hides:
        secret: str = field(default="canary", repr=False)

    found = {"hides": Hides(), "text": "grüße", "half": "\ud83d", "large": 2**70, "at": date(2026, 1, 2)}
    structlog.get_logger("letterhead.test").warning("odd", **found)

    [line] = events(lines, "odd")
    assert lines.getvalue().isascii()
    assert {name: line[name] for name in found} == found | {
        "hides": f"{Hides.__qualname__}()",
        "at": "datetime.date(2026, 1, 2)",
    }


@on_sqlite
@pytest.mark.parametrize("given", ["short", "with space in it", "ünïcödé-ünïcödé", "x" * 65])
async def test_an_id_that_is_none_is_replaced(product: Product, given: str) -> None:
    answer = await product.admin.http.get("/healthz", headers={"X-Request-Id": given.encode()})
    assert len(answer.headers["X-Request-Id"]) == 32


@on_sqlite
async def test_a_query_by_get_is_not_written_down(product: Product, lines: StringIO) -> None:
    await product.admin.http.get("/graphql", params={"query": "{ company { name } }"})
    [line] = events(lines, "request")
    assert (line["path"], line["operation"]) == ("/graphql", "query")


def test_a_fault_is_one_line_without_values(lines: StringIO) -> None:
    def fails(password: str) -> None:
        raise ValueError("no good")

    secret = f"canary-{uuid4()}"
    try:
        fails(secret)
    except ValueError:
        structlog.get_logger("letterhead.test").exception("it failed")
        logging.getLogger("uvicorn.error").exception("it failed")
    assert len(events(lines, "it failed")) == 2
    assert all("ValueError: no good" in str(line["exception"]) for line in events(lines, "it failed"))
    assert secret not in lines.getvalue()


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/graphql", "/graphql"),
        ("/sign-in/secret-ticket", "/sign-in/…"),
        ("/sign-in/callback", "/sign-in/callback"),
        ("/sign-in/link/open", "/sign-in/link/open"),
        ("/a\nb\x1b", "/a?b?"),
        ("/" + "x" * 500, "/" + "x" * 199),
    ],
)
def test_a_path_that_lets_somebody_in_is_cut(path: str, shown: str) -> None:
    assert shown_path(path) == shown


def failing(secret: str) -> None:
    raise IntegrityError(f"Key (subject)=({secret}) already exists")


def test_a_process_that_ends_by_a_fault_shows_no_values(
    lines: StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = f"canary-{uuid4()}"
    try:
        failing(secret)
    except IntegrityError as exc:
        sys.excepthook(type(exc), exc, exc.__traceback__)

    said = lines.getvalue() + capsys.readouterr().err
    assert "in failing" in said
    assert said.endswith("tortoise.exceptions.IntegrityError\n")
    assert secret not in said
