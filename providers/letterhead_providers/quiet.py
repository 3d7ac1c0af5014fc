"""Hearing whether code reaches out of itself, by Python's audit events (PEP 578)."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

LOUD = frozenset(
    {
        "open",
        "os.exec",
        "os.mkdir",
        "os.posix_spawn",
        "os.remove",
        "os.rename",
        "os.system",
        "socket.bind",
        "socket.connect",
        "socket.getaddrinfo",
        "sqlite3.connect",
        "subprocess.Popen",
        "urllib.Request",
    }
)
READS_CODE = (".py", ".pyc", ".so")

_listening: set[int] = set()
_heard: set[str] = set()
_installed = threading.Event()


@contextmanager
def quiet() -> Iterator[set[str]]:
    """The names of what was reached for while the block ran, in whatever thread. Blocks do not nest."""
    if not _installed.is_set():
        sys.addaudithook(_hear)
        _installed.set()
    heard = _heard
    heard.clear()
    _listening.add(1)
    try:
        yield heard
    finally:
        _listening.clear()


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if _listening and event in LOUD and not _is_import(event, arguments):
        _heard.add(event)


def _is_import(event: str, arguments: tuple[Any, ...]) -> bool:
    return event == "open" and str(arguments[0]).endswith(READS_CODE)
