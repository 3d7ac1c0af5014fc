"""Clients that send the head of a request slowly, or without end.

uvicorn waits for a first request for ever and takes as many headers as there come.
"""

import asyncio
from typing import Any

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from letterhead.front.body import WHOLE

log = structlog.get_logger(__name__)
MOST_OCTETS = 64 * 1024


class Patience(HttpToolsProtocol):
    """``seconds``: for the head of each request, from its first octet, and of the first from connecting; and
    for what is left of a body that was answered before its end. It is read and forgotten: whoever closes on a
    client that is still sending takes the answer from it.
    """

    seconds: float = 20

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self._ends: asyncio.TimerHandle | None = None
        self._octets: int | None = 0
        self._body = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._octets is not None:
            self._octets += len(data)
        super().data_received(data)
        if self._octets is not None and self._octets > MOST_OCTETS and not self.transport.is_closing():
            log.info("the head of a request was too long")
            self.send_400_response("The head of the request is too long.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._octets = 0
        if self._ends is None:
            self._wait()

    def on_headers_complete(self) -> None:
        self._stop()
        self._octets, self._body = None, True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._stop()
        self._body = False
        self.scope[WHOLE] = True  # type: ignore[literal-required]  # ASGI lets servers add to it
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._body and self._ends is None:
            self._wait()

    def _wait(self) -> None:
        self._ends = self.loop.call_later(self.seconds, self._give_up)

    def _stop(self) -> None:
        if self._ends is not None:
            self._ends.cancel()
            self._ends = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()


def patient(seconds: float) -> type[Patience]:
    return type("Patience", (Patience,), {"seconds": seconds})
