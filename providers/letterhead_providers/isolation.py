"""Running a plugin's code so that its faults stay its own.

Every call gets a thread of its own, which does not keep the process from ending. A plugin that hangs thus
holds up neither other plugins nor a shutdown. Nothing is promised for code that never lets the interpreter
go.
"""

import asyncio
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Generic, TypeVar

PATIENCE_SECONDS = 1.0

T = TypeVar("T")


@dataclass(frozen=True)
class Came(Generic[T]):
    """The call returned."""

    value: T


@dataclass(frozen=True)
class Failed:
    """The call raised or hung. ``why`` holds no value the code was given, for that may be a secret."""

    why: str
    hung: bool = False


async def run(name: str, call: Callable[[], T], *, seconds: float = PATIENCE_SECONDS) -> Came[T] | Failed:
    """Awaits the call in its own thread."""
    future = _in_thread(name, call)
    waiter = asyncio.wrap_future(future)
    try:
        await asyncio.wait({waiter}, timeout=seconds)
    finally:
        waiter.cancel()
    return future.result() if future.done() else _hung(seconds)


def run_blocking(name: str, call: Callable[[], T], *, seconds: float = PATIENCE_SECONDS) -> Came[T] | Failed:
    """The same before there is an event loop."""
    try:
        return _in_thread(name, call).result(timeout=seconds)
    except TimeoutError:
        return _hung(seconds)


def _in_thread(name: str, call: Callable[[], T]) -> Future[Came[T] | Failed]:
    future: Future[Came[T] | Failed] = Future()
    future.set_running_or_notify_cancel()  # from here on nobody can cancel it under the thread's hands
    Thread(target=lambda: future.set_result(_attempt(call)), name=f"plugin {name}", daemon=True).start()
    return future


def _attempt(call: Callable[[], T]) -> Came[T] | Failed:
    try:
        return Came(call())
    except BaseException as exc:  # noqa: BLE001 - sys.exit() in a plugin is a fault like any other
        return Failed(_place_of(exc))


def _place_of(exc: BaseException) -> str:
    last = traceback.extract_tb(exc.__traceback__)[-1]
    return f"{type(exc).__name__} at {Path(last.filename).name}:{last.lineno} in {last.name}"


def _hung(seconds: float) -> Failed:
    return Failed(f"no answer within {seconds:g} s", hung=True)
