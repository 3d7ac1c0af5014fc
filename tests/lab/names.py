"""A name server that says what a test writes down, and diallers that ask it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from socket import socket
from typing import Any

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
from dns.asyncresolver import Resolver

from letterhead.wire.dial import Dialler, Route
from letterhead.wire.targets import AllowedTarget

Zone = Mapping[tuple[str, str], list[str] | dns.rcode.Rcode | None]
NOWHERE = Path("/nowhere")


class NameServer(asyncio.DatagramProtocol):
    """Answers from ``zone``: records, an rcode, or (None) nothing at all; NXDOMAIN for what is not there.

    ``delays``: seconds by kind of record. ``asked``: every name.
    """

    def __init__(self, zone: Zone, delays: Mapping[str, float] | None = None) -> None:
        self.zone = zone
        self.delays = delays or {}
        self.asked: list[str] = []

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, peer: Any) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)
        self.asked.append(name)
        known = self.zone.get((name, kind), dns.rcode.NXDOMAIN)
        if known is None:
            return
        answer = dns.message.make_response(query)
        if isinstance(known, list):
            answer.answer = [dns.rrset.from_text(question.name, 60, "IN", kind, *known)] if known else []
        else:
            answer.set_rcode(known)
        delay = self.delays.get(kind, 0)
        asyncio.get_running_loop().call_later(delay, self._send, answer.to_wire(), peer)

    def _send(self, answer: bytes, peer: Any) -> None:
        if not self.transport.is_closing():
            self.transport.sendto(answer, peer)


@asynccontextmanager
async def serving_names(server: NameServer) -> AsyncIterator[Resolver]:
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: server, ("127.0.0.1", 0))
    resolver = Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = transport.get_extra_info("sockname")[1]
    try:
        yield resolver
    finally:
        transport.close()


@asynccontextmanager
async def naming(zone: Zone, *allowed: AllowedTarget) -> AsyncIterator[Dialler]:
    async with serving_names(NameServer(zone)) as resolver:
        yield Dialler(allowed=allowed, resolver=resolver, hosts_file=NOWHERE)


class Rerouted(Dialler):
    """Judges like any dialler, and then goes to the ports where a test's stand-ins are.

    ``ports``: by the well-known port; where there is none, nobody answers.
    """

    def __init__(self, ports: dict[int, int], **of_dialler: Any) -> None:
        super().__init__(**of_dialler)
        self.ports = ports

    async def _reach(self, route: Route) -> socket:
        return await super()._reach(replace(route, port=self.ports.get(route.port, 1)))
