"""What is typed behind a link is in no answer, page, row or log, and nor is the link once it was shown."""

import io

import pytest

from api import rows
from lab.canaries import found, overheard, unheard
from links.conftest import Desk, on_sqlite, token_of
from oauth2.test_canaries import logged

__all__ = ["logged"]
CANARY, MISTYPED = "hush", "Canary typed wrong"


@on_sqlite
async def test_nothing_that_is_typed_is_seen_again(
    desk: Desk, logged: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    texts = overheard(desk.admin.http, desk.holder)
    link = await desk.link()
    assert (token_of(link) in texts.pop(), len(texts)) == (True, 0), "shown once"
    secret = f"{CANARY} kanari"
    with unheard("httpx2", "httpcore2"):
        await desk.opens(token_of(link))
        await desk.answers(token_of(link), secret=MISTYPED, another=secret)
        await desk.answers(token_of(link), secret=secret)
        await desk.answers(token_of(link), secret=secret)
    await desk.step(link["flow"]["id"])
    printed = capfd.readouterr()
    places = {
        "answers": "\n".join(texts),
        "rows": await rows.everything(),
        "logs": logged.getvalue() + printed.out + printed.err,
        "the house": repr(desk.product.serving.house),
    }
    assert all(places.values())
    assert found(places, secret, MISTYPED, token_of(link), token_of(link)[33:]) == set()
