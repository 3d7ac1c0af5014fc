"""The keys an issuer publishes (RFC 7517), fetched when needed and kept for a while."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from letterhead.identity.issuers import Issuer
from letterhead.wire.dial import Dialler
from letterhead.wire.http import exchange
from letterhead_providers import Fetch

log = structlog.get_logger(__name__)

FRESH_SECONDS = 600.0
LONGEST_SECONDS = 24 * 3600.0
"""For which keys are believed while the issuer cannot be asked."""

AT_MOST_EVERY = 30.0
"""However many tokens name keys that are not known."""

PATIENCE_SECONDS = 10.0


@dataclass
class PublishedKeys:
    """Of one issuer. A key that is not known is looked for once more: issuers change their keys."""

    issuer: Issuer
    dialler: Dialler
    clock: Callable[[], float] = time.monotonic
    _keys: KeySet | None = None
    _fetched: float = float("-inf")
    _asked: float = float("-inf")
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def named(self, kid: str | None) -> KeySet | None:
        """The keys, as fresh as they should be and with the one that is named if it can be had."""
        if not self._is_known(kid) or self.clock() - self._fetched > FRESH_SECONDS:
            async with self._turn:
                if not self._is_known(kid) or self.clock() - self._fetched > FRESH_SECONDS:
                    await self._refresh()
        return self._keys if self.clock() - self._fetched <= LONGEST_SECONDS else None

    def _is_known(self, kid: str | None) -> bool:
        if self._keys is None:
            return False
        return kid is None or any(key.kid == kid for key in self._keys)

    async def _refresh(self) -> None:
        if self.clock() - self._asked < AT_MOST_EVERY:
            return
        self._asked = self.clock()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                keys = await self._fetch()
        except (JoseError, TimeoutError, ValueError, KeyError, TypeError) as exc:
            log.warning(
                "an issuer's keys could not be had", issuer=self.issuer.issuer, error=type(exc).__name__
            )
        else:
            self._keys, self._fetched = keys, self.clock()

    async def _fetch(self) -> KeySet:
        url = self.issuer.keys_url
        if not url:
            about = await self._get(f"{self.issuer.issuer.rstrip('/')}/.well-known/openid-configuration")
            if about["issuer"] != self.issuer.issuer:
                raise ValueError("it describes another issuer")
            url = about["jwks_uri"]
        found = await self._get(url)
        usable = [key for key in found["keys"] if key.get("use", "sig") == "sig" and key.get("kty") != "oct"]
        return KeySet.import_key_set({"keys": usable})

    async def _get(self, url: str) -> Any:
        answer = await exchange(self.dialler, Fetch(method="GET", url=url))
        if answer.status != 200:
            raise ValueError(answer.error or f"HTTP status {answer.status}")
        return orjson.loads(answer.content)
