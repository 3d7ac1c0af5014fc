"""One account test with a bad server on one leg and a good one on the other, and what came of it."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from api.test_secrets import CANARY
from lab.product import Caller
from wire.scripted import IMAP, POP3, SMTP, Answer, Served, scripted

SALES = "sales@lab.example"
SCRIPTS: Mapping[str, Mapping[str, Answer]] = {"SMTP": SMTP, "POP3": POP3, "IMAP": IMAP}
WITH_SECRETS = {"AUTH", "AUTHENTICATE", "LOGIN", "USER", "PASS"}


def server(protocol: str, port: int, security: str = "TLS", **changes: Any) -> dict[str, Any]:
    return {"protocol": protocol, "host": "localhost", "port": port, "security": security, **changes}


def draft(smtp: dict[str, Any], incoming: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "address": SALES,
        "providerKey": "custom",
        "smtp": smtp,
        "incoming": incoming,
        "credential": {"password": CANARY},
        **changes,
    }


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """``bad``, ``good``: what the servers of the two legs have heard."""

    test: dict[str, Any]
    bad: Served
    good: Served

    @property
    def status(self) -> str:
        return str(self.test["status"])

    @property
    def troubles(self) -> list[tuple[str, str, str]]:
        """Leg, stage and diagnosis of each step that failed or warned."""
        return troubles(self.test)


def troubles(test: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (step["leg"], step["stage"], step["diagnosis"]["code"]) for step in test["steps"] if step["diagnosis"]
    ]


async def in_time(is_so: Callable[[], bool]) -> None:
    """For what nobody tells us of."""
    async with asyncio.timeout(5):
        while not is_so():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.01)


def sign_ins(served: Served) -> list[str]:
    """The lines that had to do with signing in."""
    return [line for line in served.heard if WITH_SECRETS & set(line.upper().split(" ")[:2])]


@dataclass(frozen=True, kw_only=True)
class Stage:
    caller: Caller
    tls: ssl.SSLContext

    def serving(
        self,
        protocol: str,
        security: str = "TLS",
        *,
        tls: ssl.SSLContext | None = None,
        **answers: Answer,
    ) -> AbstractAsyncContextManager[Served]:
        """A friendly server but for ``answers``. ``tls``: where it has another certificate."""
        tls = tls or self.tls
        begins, upgrades = (tls, None) if security == "TLS" else (None, tls)
        return scripted(SCRIPTS[protocol], tls=begins, upgrade=upgrades, **answers)

    async def against(
        self,
        protocol: str,
        security: str = "TLS",
        *,
        tls: ssl.SSLContext | None = None,
        address: str = SALES,
        **answers: Answer,
    ) -> Outcome:
        """The test of an account whose server for ``protocol`` gives these ``answers``."""
        async with self.serving(protocol, security, tls=tls, **answers) as bad:
            return await self.beside(bad, protocol, security, address=address)

    async def beside(
        self, bad: Served, protocol: str, security: str = "TLS", *, address: str = SALES
    ) -> Outcome:
        """The test of an account with a server that is already there, and a good one for the other leg."""
        other = "POP3" if protocol == "SMTP" else "SMTP"
        async with self.serving(other) as good:
            one, another = server(protocol, bad.port, security), server(other, good.port)
            smtp, incoming = (one, another) if protocol == "SMTP" else (another, one)
            test = await self.caller.tested(draft(smtp, incoming, address=address))
        assert {step["status"] for step in test["steps"]} <= {"PASSED", "WARNED", "FAILED", "SKIPPED"}
        return Outcome(test=test, bad=bad, good=good)
