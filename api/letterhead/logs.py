"""Logging: one line an event, no values of variables, so that a traceback cannot carry a secret."""

import json
import logging
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from types import TracebackType
from typing import Any, TextIO, cast

import orjson
import structlog

from letterhead.settings import Settings

access = logging.getLogger("letterhead.access")
OPAQUE = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
"""A dataclass says by its repr what may be shown of it."""
QUOTING = frozenset({"asyncpg", "pydantic_core", "tortoise"})
"""Packages whose exceptions say which value could not be stored or read."""


class Lines(logging.StreamHandler[TextIO]):
    """Takes the lines about requests without a record of ``logging``'s: making one, and copying it, costs
    more than all the rest of such a line."""

    def __init__(
        self,
        stream: TextIO,
        *,
        shared: Sequence[structlog.typing.Processor],
        renderer: structlog.typing.Processor,
    ) -> None:
        super().__init__(stream)
        self._shared, self._renderer = shared, renderer

    def say(self, event: str, facts: Mapping[str, Any]) -> None:
        """As ``emit``, at the level INFO."""
        try:
            told: Any = {"event": event}
            for add in self._shared:
                told = add(access, "info", told)
            line = cast("str", self._renderer(access, "info", told | facts))
            with self.lock or nullcontext():
                self.stream.write(f"{line}{self.terminator}")
                self.flush()
        except Exception:  # noqa: BLE001 - no request fails because nobody reads of it
            self.handleError(logging.makeLogRecord({"name": access.name, "msg": event}))


def said_of_a_request(facts: Mapping[str, Any]) -> None:
    """What can be said of one, among whatever else is logged."""
    if access.isEnabledFor(logging.INFO):
        for handler in logging.getLogger().handlers:
            if isinstance(handler, Lines):
                handler.say("request", facts)


def configure(settings: Settings) -> None:
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(_as_json)
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = Lines(sys.stderr, shared=shared, renderer=renderer)
    formatting: list[structlog.typing.Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.ExceptionRenderer(_traced),
    ]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[*formatting, renderer])
    )
    logging.captureWarnings(True)
    sys.excepthook = _last_words
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    for noisy in ("aiosqlite", "tortoise", "asyncio", "mail.log"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))


def _as_json(told: Any, **given: Any) -> str:
    """In ASCII, whatever encoding the stream has. What is no JSON is shown as its repr shows it."""
    try:
        line = orjson.dumps(told, given["default"], OPAQUE).decode()
    except TypeError:  # such as half of a surrogate pair
        return json.dumps(told, **given)
    return line if line.isascii() else json.dumps(told, **given)


def traced(exc: BaseException) -> str:
    """A traceback as Python writes it, but for the words of those who quote values."""
    return "\n".join(_lines(exc, seen=set()))


def _last_words(_: type[BaseException], exc: BaseException, __: TracebackType | None) -> None:
    """Of a process that ends by what nobody foresaw."""
    sys.stderr.write(traced(exc) + "\n")


def _traced(exc_info: structlog.typing.ExcInfo) -> str:
    return traced(exc_info[1])


def _lines(exc: BaseException, *, seen: set[int]) -> Iterator[str]:
    """What it came from first."""
    seen.add(id(exc))
    before = exc.__cause__ or (None if exc.__suppress_context__ else exc.__context__)
    if before is not None and id(before) not in seen:
        yield from _lines(before, seen=seen)
        yield "\nThis led to another exception:\n" if exc.__cause__ is None else "\nWhich was the cause of:\n"
    for part in exc.exceptions if isinstance(exc, BaseExceptionGroup) else ():
        yield from _lines(part, seen=seen)
        yield ""
    yield "Traceback (most recent call last):"
    yield "".join(traceback.format_tb(exc.__traceback__)).rstrip("\n")
    yield _words(exc)


def _words(exc: BaseException) -> str:
    kind = type(exc)
    if kind.__module__.partition(".")[0] in QUOTING:
        state = getattr(exc, "sqlstate", None)
        return f"{kind.__module__}.{kind.__qualname__}" + (f" ({state})" if state else "")
    return "".join(traceback.format_exception_only(exc)).rstrip("\n")
