"""Whether the process lives, and whether it should be given work. Anybody may ask: no more is told."""

import asyncio
import time

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from letterhead.house import House
from letterhead.store.upgrades import at_odds

log = structlog.get_logger(__name__)
ASK_SECONDS = 5
REMEMBERED_SECONDS = 1.0
READY, CLOSING = "ready", "shutting down"
NO_DATABASE, OTHER_TABLES = "the database does not answer", "the database is of another version"


class Health:
    """``/healthz`` asks nobody. ``/readyz`` asks the database, at most once a second however often it is
    asked itself."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._asking = asyncio.Lock()
        self._known = READY
        self._known_until = 0.0

    def routes(self) -> list[Route]:
        return [Route("/healthz", self._healthz), Route("/readyz", self._readyz)]

    async def _healthz(self, request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def _readyz(self, request: Request) -> Response:
        state = CLOSING if self._house.closing.begun.is_set() else await self._state()
        return JSONResponse({"status": state}, status_code=200 if state == READY else 503)

    async def _state(self) -> str:
        async with self._asking:
            if time.monotonic() >= self._known_until:
                self._known = await _asked()
                self._known_until = time.monotonic() + REMEMBERED_SECONDS
            return self._known


async def _asked() -> str:
    try:
        async with asyncio.timeout(ASK_SECONDS):
            why = await at_odds()
    except Exception as exc:  # noqa: BLE001 - drivers raise what they like when a database is away
        log.warning("the database does not answer", error=type(exc).__name__)
        return NO_DATABASE
    if why:
        log.warning("the database cannot be used", why=why)
    return OTHER_TABLES if why else READY
