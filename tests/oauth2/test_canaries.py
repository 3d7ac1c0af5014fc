"""Client secret, codes and tokens are in no answer, no page, no row and no log."""

import base64
import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest
import structlog

from api import rows
from letterhead import logs
from letterhead.settings import Settings
from oauth2.authority import CLIENT_SECRET
from oauth2.conftest import Lab, SinkMaker
from oauth2.test_grants import an_office, draft
from outbox.conftest import working

CLIENTS_OF_THE_TEST = ("httpx2", "httpcore2")


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What the product logs when it logs all it can."""
    root, written = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    logs.configure(Settings(log_level="DEBUG"))
    structlog.configure(cache_logger_on_first_use=False)
    assert isinstance(root.handlers[0], logging.StreamHandler)
    root.handlers[0].setStream(written)
    logging.getLogger("tests").debug("the test begins")
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)
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


def traces(secret: str) -> set[str]:
    return {secret, base64.b64encode(secret.encode()).decode().rstrip("=")}


async def test_nothing_secret_is_seen_again(lab: Lab, sink: SinkMaker, logged: io.StringIO) -> None:
    admin = lab.admin
    texts = overheard(admin.http, lab.browser.client)
    with unheard(*CLIENTS_OF_THE_TEST):
        async with an_office(lab, sink) as office:
            await failing_ways(lab)
            logging.getLogger("httpcore2").setLevel(logging.DEBUG)  # from here on only the product's
            await office.runs_out()
            message = await office.sent()
            async with working(lab.house):
                await admin.finished(message)
            await office.runs_out()
            lab.authority.refresh_tokens.clear()
            await admin.tested(draft(keepExisting=True), accountId=office.account)
    secrets = [CLIENT_SECRET, *lab.authority.issued, *lab.authority.codes]
    places = {
        "answers": "\n".join(texts),
        "rows": await rows.everything(),
        "logs": logged.getvalue(),
        "the house": repr(lab.house),
    }
    assert "is signed in" in places["answers"]
    assert "no such code or token: ***" in places["answers"], "the service's own words are shown"
    for place, text in places.items():
        assert [secret for secret in secrets for trace in traces(secret) if trace in text] == [], place


async def failing_ways(lab: Lab) -> None:
    """A service that quotes in its refusal what it was given."""
    flow = await lab.begun()
    back = await lab.browser.until(flow["step"]["url"], lab.authority.callback)
    lab.authority.forget_codes()
    await lab.browser.open(back)
    await lab.step(flow["id"])
