"""Client secret, codes and tokens are in no answer, no page, no row and no log."""

import io
import logging
from collections.abc import Iterator

import pytest

from api import rows
from lab.canaries import all_logged, found, overheard, unheard
from letterhead.settings import Settings
from oauth2.authority import CLIENT_SECRET
from oauth2.conftest import Lab, SinkMaker
from oauth2.test_grants import an_office, draft
from outbox.conftest import working

CLIENTS_OF_THE_TEST = ("httpx2", "httpcore2")


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    with all_logged(Settings()) as written:
        yield written


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
    assert found(places, *secrets) == set()


async def failing_ways(lab: Lab) -> None:
    """A service that quotes in its refusal what it was given."""
    flow = await lab.begun()
    back = await lab.browser.until(flow["step"]["url"], lab.authority.callback)
    lab.authority.forget_codes()
    await lab.browser.open(back)
    await lab.step(flow["id"])
