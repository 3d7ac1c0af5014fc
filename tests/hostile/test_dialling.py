"""A host that somebody names is judged once, and what was judged is what is dialled."""

import asyncio
import json
import os
import struct
import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.rrset
import idna
import pytest

import letterhead
from hostile.stage import Stage, draft, server
from lab.names import NOWHERE, NameServer, naming, serving_names
from letterhead.wire.dial import Dialler
from letterhead.wire.targets import AllowedTarget
from letterhead.wire.trouble import Cause, WireError
from letterhead_providers import Protocol
from wire.scripted import Served, talking, until_left
from wire.test_targets import DENIED, PUBLIC, TRICKS

pytestmark = pytest.mark.asyncio(loop_scope="module")

ONLY_ONE = AllowedTarget(ip_network("127.0.0.1/32"), frozenset(range(1, 65536)))
TEST = """
mutation ($input: TestAccountInput!) { testAccount(input: $input) { test { id } errors { path code } } }
"""


async def refusal(dialler: Dialler, host: str, port: int = 25) -> Cause:
    with pytest.raises(WireError) as caught:
        await dialler.resolve(Protocol.SMTP, host, port)
    return caught.value.cause


@pytest.mark.parametrize("host", [*TRICKS.split()[:9], "127.0.0.1%lo", "[::ffff:7f00:1%lo]", "127。1"])
async def test_an_address_in_disguise_is_no_name(stage: Stage, host: str) -> None:
    given = draft(server("SMTP", 25, host=host), server("POP3", 995, host=host))

    payload = await stage.caller.do(TEST, {"draft": given})

    assert payload["test"] is None
    assert {(error["path"][1], error["path"][2], error["code"]) for error in payload["errors"]} == {
        ("smtp", "host", "INVALID"),
        ("incoming", "host", "INVALID"),
    }


class Changing(NameServer):
    """Says 127.0.0.1 once, and 127.0.0.2 ever after."""

    def datagram_received(self, data: bytes, peer: Any) -> None:
        super().datagram_received(data, peer)
        if len(self.asked) >= 2:
            self.zone = {("mail.test", "A"): ["127.0.0.2"], ("mail.test", "AAAA"): []}


async def welcome(reader: asyncio.StreamReader, _: asyncio.StreamWriter, served: Served) -> None:
    await until_left(reader, served)


async def test_a_name_that_changes_its_mind_is_dialled_where_it_was_judged() -> None:
    names = Changing({("mail.test", "A"): ["127.0.0.1"], ("mail.test", "AAAA"): []})
    async with serving_names(names) as resolver, talking(welcome) as served:
        dialler = Dialler(allowed=(ONLY_ONE,), resolver=resolver, hosts_file=NOWHERE)

        route = await dialler.resolve(Protocol.SMTP, "mail.test", served.port)
        sock = await dialler.connect(Protocol.SMTP, route)
        peer = sock.getpeername()
        sock.close()

        assert (peer, names.asked) == (("127.0.0.1", served.port), ["mail.test", "mail.test"])
        assert await refusal(dialler, "mail.test", served.port) is Cause.TARGET_REFUSED


@pytest.mark.parametrize("last", ["8.8.8.8", "10.0.0.1", "127.0.0.1"])
async def test_two_hundred_records_are_all_judged_and_few_are_dialled(last: str) -> None:
    records = [f"8.8.{number // 100}.{number % 100}" for number in range(199)] + [last]
    async with naming({("mail.test", "A"): records, ("mail.test", "AAAA"): []}) as dialler:
        if last == "8.8.8.8":
            route = await dialler.resolve(Protocol.SMTP, "mail.test", 25)
            assert len(route.addresses) == 16
        else:
            assert await refusal(dialler, "mail.test") is Cause.TARGET_REFUSED


async def test_slow_names_are_waited_for() -> None:
    zone = {("mail.test", "A"): ["8.8.8.8"], ("mail.test", "AAAA"): ["::1"]}
    async with serving_names(NameServer(zone, {"AAAA": 0.2})) as resolver:
        dialler = Dialler(resolver=resolver, hosts_file=NOWHERE)

        assert await refusal(dialler, "mail.test") is Cause.TARGET_REFUSED


class CutShort(NameServer):
    """Says that there is more than the harmless beginning that fits."""

    def _send(self, answer: bytes, peer: Any) -> None:
        beginning = dns.message.from_wire(answer)
        beginning.flags |= dns.flags.TC
        super()._send(beginning.to_wire(), peer)


async def the_whole(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: Served) -> None:
    """By TCP (RFC 1035 section 4.2.2)."""
    (length,) = struct.unpack("!H", await reader.readexactly(2))
    answer = dns.message.make_response(dns.message.from_wire(await reader.readexactly(length)))
    records = dns.rrset.from_text(answer.question[0].name, 60, "IN", "A", "8.8.8.8", "10.0.0.1")
    answer.answer.append(records)
    wire = answer.to_wire()
    writer.write(struct.pack("!H", len(wire)) + wire)
    await writer.drain()


async def test_an_answer_that_was_cut_short_is_not_judged_by_its_beginning() -> None:
    names = CutShort({("mail.test", "A"): ["8.8.8.8"], ("mail.test", "AAAA"): ["2400::1"]})
    async with serving_names(names) as resolver:
        dialler = Dialler(resolver=resolver, hosts_file=NOWHERE)

        assert await refusal(dialler, "mail.test") is Cause.DNS_FAILED
        async with talking(the_whole, port=resolver.port):
            assert await refusal(dialler, "mail.test") is Cause.TARGET_REFUSED


def pythons() -> list[str]:
    """This one, and those of pyenv that we support."""
    others = Path.home().glob(".pyenv/versions/3.1[123].*/bin/python")
    return [sys.executable, *map(str, sorted(others))]


VERDICTS = """
import json, sys
from ipaddress import ip_address
from letterhead.wire.targets import MAIL_PORTS, permitted
print(json.dumps([any(permitted(ip_address(text), port) for port in MAIL_PORTS) for text in sys.argv[1:]]))
"""


@pytest.mark.parametrize("python", pythons())
async def test_every_python_knows_the_same_addresses(python: str) -> None:
    places = (Path(letterhead.__file__).parents[1], Path(idna.__file__).parents[1])
    denied, public = DENIED.split(), PUBLIC.split()

    asked = await asyncio.create_subprocess_exec(
        *(python, "-c", VERDICTS, *denied, *public),
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, places))},
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await asked.communicate()

    assert json.loads(told) == [False] * len(denied) + [True] * len(public)
