"""A secret in a setting, the right one or a wrong one, is in nothing that the start says."""

import io
from collections.abc import Iterator

import pytest

from lab.canaries import all_logged, found
from lab.commands import Letterhead
from letterhead.errors import ConfigurationError
from letterhead.serving import serving
from letterhead.settings import Settings, load

TOKEN = "lh_Kanarie-7f3a9c_Vogel"
KEY = "S2FuYXJpZXZvZ2VsS2FuYXJpZXZvZ2VsS2FuYXJpZXY="
PASSWORD = "Kanarie7f3a9c"
ANYWHERE = "postgres://letterhead:{}@127.0.0.1:1/letterhead"
NAMES = {"load_plugins"}
"""Of plugins, which are listed for whoever misspelt one."""

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    with all_logged(Settings()) as written:
        yield written


@pytest.fixture
def environment(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LETTERHEAD_DATABASE_URL", database_url)
    monkeypatch.setenv("LETTERHEAD_PORT", "0")
    monkeypatch.setenv("LETTERHEAD_WORKER", "0")


@on_sqlite
@pytest.mark.parametrize("secret", [TOKEN, f"k1:{KEY}"], ids=["a token", "a key"])
@pytest.mark.parametrize("name", sorted(Settings.model_fields.keys() - NAMES))
async def test_in_a_wrong_variable(
    environment: None, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch, name: str, secret: str
) -> None:
    """The error names the variable. Where anything goes there is none, and the log does not show it."""
    variable, said = f"LETTERHEAD_{name.upper()}", ""
    monkeypatch.setenv(variable, secret)
    try:
        async with serving(load()):
            pass
    except ConfigurationError as exc:
        said = str(exc)
        assert variable in said

    assert found({"the error": said, "the log": logged.getvalue()}, secret, KEY) == set()


@pytest.mark.parametrize(
    "url",
    [
        ANYWHERE.format(PASSWORD),
        ANYWHERE.format(f"{PASSWORD}#x"),
        ANYWHERE.format(f"{PASSWORD}/x"),
        ANYWHERE.format(f"{PASSWORD}?x"),
        ANYWHERE.format(f"x@{PASSWORD}"),
        ANYWHERE.format(f"[{PASSWORD}"),
        f"postgres://letterhead:{PASSWORD}@127.0.0.1:port/letterhead",
        f"postgres://letterhead@127.0.0.1:1/letterhead?password={PASSWORD}",
        f"postgresql+asyncpg://letterhead:{PASSWORD}@127.0.0.1/letterhead",
        f"sqlite:///proc/{PASSWORD}/letterhead.db",
    ],
)
def test_in_the_address_of_a_database(letterhead: Letterhead, url: str) -> None:
    ended = letterhead("worker", DATABASE_URL=url, LOG_LEVEL="DEBUG")

    assert (ended.code, ended.err.count("\n")) == (1, 1)
    assert ended.err.startswith("letterhead: LETTERHEAD_DATABASE_URL")
    assert found({"out": ended.out, "err": ended.err}, PASSWORD) == set()
