"""Secrets that are looked for wherever they must not be, in every form in which they might be there."""

import base64
import html
import io
import json
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import quote, quote_plus

import httpx2
import structlog

from letterhead import logs
from letterhead.settings import Settings

b64, b64url = base64.b64encode, base64.urlsafe_b64encode


def traces(secret: str, user: str = "") -> set[str]:
    """Every form in which it might be found. ``user``: with whom it may be joined for SASL PLAIN."""
    raw = secret.encode()
    plain = [f"\0{user}\0{secret}".encode(), raw, b" " + raw, b"  " + raw]
    in_base64 = {text[4:-4] for one in plain for text in map(bytes.decode, (b64(one), b64url(one)))}
    escaped = {
        json.dumps(secret)[1:-1],
        repr(secret)[1:-1],
        html.escape(secret),
        quote(secret),
        quote_plus(secret),
    }
    return {secret, raw.hex(), *in_base64, *escaped, json.dumps(json.dumps(secret))[3:-3]}


def found(places: Mapping[str, str], *secrets: str, user: str = "") -> set[tuple[str, str]]:
    """Where a trace of any is, and the trace."""
    forms = {trace for secret in secrets for trace in traces(secret, user)}
    return {(place, trace) for place, text in places.items() for trace in forms if trace in text}


@contextmanager
def all_logged(settings: Settings) -> Iterator[io.StringIO]:
    """What the product logs when it logs all it can."""
    root, written = logging.getLogger(), io.StringIO()
    handlers, level, hook = root.handlers[:], root.level, sys.excepthook
    logs.configure(settings.model_copy(update={"log_level": "DEBUG"}))
    structlog.configure(cache_logger_on_first_use=False)
    assert isinstance(root.handlers[0], logging.StreamHandler)
    root.handlers[0].setStream(written)
    logging.getLogger("tests").debug("the test begins")
    try:
        yield written
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        sys.excepthook = hook
        structlog.reset_defaults()


@contextmanager
def unheard(*names: str) -> Iterator[None]:
    """Without what these loggers say: the browser's addresses hold what only the browser may know."""
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def overheard(*clients: httpx2.AsyncClient) -> list[str]:
    """Everything these are answered, from now on."""
    texts: list[str] = []

    async def hear(response: httpx2.Response) -> None:
        texts.append((await response.aread()).decode())

    for client in clients:
        client.event_hooks["response"].append(hear)
    return texts
