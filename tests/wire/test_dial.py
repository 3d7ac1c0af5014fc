import asyncio
import socket
from ipaddress import ip_address
from pathlib import Path

import dns.rcode
import pytest

from lab.names import Zone, naming
from letterhead.errors import ConfigurationError
from letterhead.wire import race
from letterhead.wire.dial import Dialler, Route
from letterhead.wire.trouble import Cause, WireError
from letterhead_providers import LookupOutcome, Protocol, Stage


async def resolve_failure(dialler: Dialler, host: str, port: int = 25) -> WireError:
    with pytest.raises(WireError) as caught:
        await dialler.resolve(Protocol.SMTP, host, port)
    assert caught.value.stage is Stage.RESOLVE
    return caught.value


async def test_families_are_interleaved_and_bounded() -> None:
    v4 = [f"8.8.8.{number}" for number in range(20)]
    async with naming({("mail.test", "A"): v4, ("mail.test", "AAAA"): ["2400::1", "2400::2"]}) as dialler:
        route = await dialler.resolve(Protocol.SMTP, "mail.test", 25)
    assert (route.host, route.port, len(route.addresses)) == ("mail.test", 25, 16)
    families = [address.version for address in route.addresses]
    assert families == [6, 4, 6, 4] + [4] * 12


@pytest.mark.parametrize(
    "zone",
    [
        {("mail.test", "A"): ["8.8.8.8", "127.0.0.1"], ("mail.test", "AAAA"): []},
        {("mail.test", "A"): ["8.8.8.8"], ("mail.test", "AAAA"): ["::1"]},
        {("mail.test", "A"): [f"8.8.8.{n}" for n in range(20)] + ["10.0.0.1"], ("mail.test", "AAAA"): []},
        {("mail.test", "A"): ["169.254.169.254"], ("mail.test", "AAAA"): []},
    ],
)
async def test_one_address_that_is_denied_refuses_the_host(zone: Zone) -> None:
    async with naming(zone) as dialler:
        trouble = await resolve_failure(dialler, "mail.test")
    assert (trouble.cause, str(trouble)) == (Cause.TARGET_REFUSED, "SMTP RESOLVE: TARGET_REFUSED")


@pytest.mark.parametrize(("host", "port"), [("10.0.0.1", 25), ("::1", 25), ("8.8.8.8", 80)])
async def test_a_literal_is_judged_too(host: str, port: int) -> None:
    trouble = await resolve_failure(Dialler(), host, port)
    assert str(trouble) == "SMTP RESOLVE: TARGET_REFUSED"


@pytest.mark.parametrize(
    ("a", "aaaa", "cause"),
    [
        (dns.rcode.NXDOMAIN, dns.rcode.NXDOMAIN, Cause.HOST_NOT_FOUND),
        ([], [], Cause.HOST_NOT_FOUND),
        (dns.rcode.SERVFAIL, dns.rcode.SERVFAIL, Cause.DNS_FAILED),
        ([], dns.rcode.SERVFAIL, Cause.DNS_FAILED),
        (None, None, Cause.DNS_FAILED),
    ],
)
async def test_no_address_has_a_cause(a, aaaa, cause: Cause, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("letterhead.wire.names._LIFETIME", 0.2)
    async with naming({("mail.test", "A"): a, ("mail.test", "AAAA"): aaaa}) as dialler:
        assert (await resolve_failure(dialler, "mail.test")).cause is cause


async def test_one_family_is_enough() -> None:
    async with naming(
        {("mail.test", "A"): ["8.8.8.8"], ("mail.test", "AAAA"): dns.rcode.SERVFAIL}
    ) as dialler:
        route = await dialler.resolve(Protocol.SMTP, "mail.test", 25)
    assert route.addresses == (ip_address("8.8.8.8"),)


async def test_the_hosts_file_comes_first(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("# mail.test\n8.8.4.4  Other mail.Test # ours\n2400::1 mail.test\nfe80::1%lo0 lo\n")
    route = await Dialler(hosts_file=hosts).resolve(Protocol.POP3, "mail.test", 995)
    assert route.addresses == (ip_address("2400::1"), ip_address("8.8.4.4"))


async def test_a_slow_name_server_does_not_outlast_the_caller() -> None:
    async with naming({("mail.test", "A"): None, ("mail.test", "AAAA"): None}) as dialler:
        before = len(asyncio.all_tasks())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await dialler.resolve(Protocol.SMTP, "mail.test", 25)
        assert len(asyncio.all_tasks()) == before


async def test_the_second_address_is_tried_when_the_first_refuses(dialler: Dialler) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    route = Route(host="x", port=port, addresses=(ip_address("127.0.0.9"), ip_address("127.0.0.1")))
    sock = await dialler.connect(Protocol.SMTP, route)
    assert (sock.getpeername()[0], sock.getblocking()) == ("127.0.0.1", False)
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    sock.close()
    server.close()


async def never(address, port: int, opened: list[socket.socket]) -> socket.socket:
    sock = socket.socket()
    opened.append(sock)
    try:
        await asyncio.sleep(60)
    finally:
        sock.close()
    return sock


async def test_a_deaf_address_is_overtaken_and_closed(
    dialler: Dialler, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[socket.socket] = []
    dial = race._dial

    async def some(address, port: int) -> socket.socket:
        return await (never(address, port, opened) if str(address) == "127.0.0.9" else dial(address, port))

    monkeypatch.setattr(race, "_dial", some)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    route = Route(host="x", port=port, addresses=(ip_address("127.0.0.9"), ip_address("127.0.0.1")))
    started = asyncio.get_running_loop().time()
    sock = await dialler.connect(Protocol.SMTP, route)
    assert 0.2 < asyncio.get_running_loop().time() - started < 30
    await asyncio.sleep(0.01)
    assert (sock.getpeername()[0], [loser.fileno() for loser in opened]) == ("127.0.0.1", [-1])
    sock.close()
    server.close()


async def test_a_cancelled_connect_leaves_no_socket(
    dialler: Dialler, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[socket.socket] = []
    monkeypatch.setattr(race, "_dial", lambda address, port: never(address, port, opened))
    route = Route(host="x", port=25, addresses=(ip_address("127.0.0.1"), ip_address("127.0.0.2")))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await dialler.connect(Protocol.SMTP, route)
    await asyncio.sleep(0.01)
    assert [sock.fileno() for sock in opened] == [-1, -1]


@pytest.mark.parametrize(
    ("address", "cause"),
    [("127.0.0.1", Cause.CONNECTION_REFUSED), ("255.255.255.255", Cause.UNREACHABLE)],
)
async def test_no_connection_has_a_cause(dialler: Dialler, address: str, cause: Cause) -> None:
    route = Route(host="x", port=1, addresses=(ip_address(address),))
    with pytest.raises(WireError) as caught:
        await dialler.connect(Protocol.SMTP, route)
    assert (caught.value.stage, caught.value.cause) == (Stage.CONNECT, cause)


async def test_lookup_answers_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("letterhead.wire.names._LOOKUP_LIFETIME", 0.1)
    zone: Zone = {
        ("mail.test", "MX"): ["10 mx.test."],
        ("mail.test", "TXT"): [f'"{number}"' for number in range(60)],
        ("mail.test", "SRV"): [],
        ("slow.test", "TXT"): None,
        ("broken.test", "TXT"): dns.rcode.SERVFAIL,
    }
    async with naming(zone) as dialler:
        assert await dialler.lookup("mail.test", "MX") == LookupOutcome(records=("10 mx.test.",))
        assert len((await dialler.lookup("mail.test", "TXT")).records) == 50
        assert await dialler.lookup("mail.test", "SRV") == LookupOutcome()
        assert await dialler.lookup("nowhere.test", "TXT") == LookupOutcome()
        assert await dialler.lookup("slow.test", "TXT") == LookupOutcome(error="DNS did not answer in time")
        for name in ("broken.test", "a..b", "x" * 64, "\ud800"):
            assert await dialler.lookup(name, "TXT") == LookupOutcome(error="DNS could not answer")
        assert await dialler.lookup("mail.test", "ANY") == LookupOutcome(error="ANY cannot be looked up")


@pytest.mark.parametrize(("content", "words"), [(None, "cannot be read"), ("hello", "holds no certificate")])
def test_a_wrong_ca_file_names_its_setting(tmp_path: Path, content: str | None, words: str) -> None:
    path = tmp_path / "ca.pem"
    if content:
        path.write_text(content)
    with pytest.raises(ConfigurationError, match=f"^LETTERHEAD_CA_FILE: .*{words}"):
        Dialler(ca_file=path)
