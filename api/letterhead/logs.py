"""Logging: one line an event, no values of variables, so that a traceback cannot carry a secret."""

import logging
import sys
import traceback
from collections.abc import Iterator
from types import TracebackType

import structlog

from letterhead.settings import Settings

ACCESS = ("method", "path", "status", "took_ms")
"""What the lines about requests carry."""
QUOTING = frozenset({"asyncpg", "pydantic_core", "tortoise"})
"""Packages whose exceptions say which value could not be stored or read."""


def configure(settings: Settings) -> None:
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    formatting: list[structlog.typing.Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.ExceptionRenderer(_traced),
    ]
    foreign: list[structlog.typing.Processor] = [*shared, structlog.stdlib.ExtraAdder(allow=ACCESS)]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=foreign, processors=[*formatting, renderer])
    )
    logging.captureWarnings(True)
    sys.excepthook = _last_words
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    for noisy in ("aiosqlite", "tortoise", "asyncio", "mail.log"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))


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
