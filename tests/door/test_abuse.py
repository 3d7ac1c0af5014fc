"""Clients that mean harm: each is refused early, and everybody else goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from api.documents import START_SIGN_IN
from api.live import heard, say, websocket
from api.marks import on_sqlite
from door.asking import VIEWER, asked, codes, refused
from lab.product import Caller, Product
from letterhead.settings import Settings

pytestmark = [pytest.mark.asyncio(loop_scope="module"), on_sqlite]

HEAD = "POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n"
FOREVER = "subscription ($id: ID!) { signInProgress(flowId: $id) { id } }"
DISCOVER = 'discover(address: "a@b.example") { address }'
CREDENTIAL = "credential: {none: true}"
DRAFT = f'{{address: "a@b.example", providerKey: "custom", {CREDENTIAL}}}'
TEST = f"testAccount(input: {{draft: {DRAFT}}}) {{ test {{ id }} }}"
TEST_CODES = f"testAccount(input: {{draft: {DRAFT}}}) {{ errors {{ code }} }}"
PEOPLE_OF_GROUPS_OF_PEOPLE = """
{ company { employees(first: 100) { nodes {
  groups(first: 100) { nodes { members(first: 100) { nodes { id } } } }
} } } }
"""


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """Little patience, so that a test need not have much."""
    few = {
        "request_seconds": 0.5,
        "websockets_per_caller": 3,
        "streams_per_caller": 4,
        "operation_seconds": 1,
    }
    return settings.model_copy(update=few)


async def heard_by(product: Product, data: bytes) -> bytes:
    """What a client hears who sends just this, until the server closes the connection."""
    host, _, port = product.admin.address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(data)
    async with asyncio.timeout(20):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""
        finally:
            writer.close()


@pytest.mark.parametrize("octets", [3 * 2**20, 20 * 2**20])
async def test_a_body_without_end_is_not_read(acme: Product, octets: int) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(octets // 2**16):
            yield b" " * 2**16

    json = {"Content-Type": "application/json"}
    said = await acme.admin.http.post("/graphql", content=b" " * octets, headers=json)
    unsaid = await acme.admin.http.post("/graphql", content=parts(), headers=json)

    assert refused(said) == refused(unsaid) == (413, ["TOO_LARGE"], False)
    assert (await asked(acme.admin, VIEWER)).status_code == 200


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{" + " ".join(f"a{n}: __typename" for n in range(10_000)) + "}", "TOO_LARGE"),
        ("{" + "#\n" * 5000 + "viewer { permissions } }", "TOO_LARGE"),
        ("{ viewer { permissions } }" + " " * 300_000, "TOO_LARGE"),
        ("{ company { " * 1200 + "id" + "}" * 2400, "BAD_REQUEST"),
        ("{ company " * 150 + "{ id }" + "}" * 150, "TOO_DEEP"),
        ("{ company { ...A } } fragment A on Company { id ...A }", "BAD_REQUEST"),
        (
            "{ company { ...A } } fragment A on Company { ...B } fragment B on Company { ...A }",
            "BAD_REQUEST",
        ),
        (
            "{ ...F0 } "
            + " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(30))
            + " fragment F30 on Query { viewer { permissions } }",
            "TOO_COMPLEX",
        ),
        (PEOPLE_OF_GROUPS_OF_PEOPLE, "TOO_COMPLEX"),
        ("{ " + " ".join(f"d{n}: {DISCOVER}" for n in range(100)) + "}", "TOO_COMPLEX"),
        ("mutation { " + " ".join(f"t{n}: {TEST}" for n in range(100)) + "}", "TOO_COMPLEX"),
    ],
)
async def test_a_document_that_is_too_much_is_refused(acme: Product, document: str, code: str) -> None:
    assert refused(await asked(acme.admin, document)) == (400, [code], False)


async def test_of_many_looks_at_servers_in_one_operation_one_is_done(acme: Product) -> None:
    """As many as a document may hold."""
    several = "{ " + " ".join(f"d{n}: {DISCOVER}" for n in range(10)) + "}"
    tests = "mutation { " + " ".join(f"t{n}: {TEST_CODES}" for n in range(10)) + "}"

    looked, tested = await asked(acme.admin, several), await asked(acme.admin, tests)

    assert codes(looked) == ["RATE_LIMITED"] * 9
    found = [error["code"] for one in tested.json()["data"].values() for error in one["errors"]]
    assert found.count("TOO_MANY_TESTS") == 9


async def test_nothing_looks_at_servers_by_get(acme: Product) -> None:
    params = {"query": '{ discover(address: "a@b.example") { address } }'}

    assert codes(await acme.admin.http.get("/graphql", params=params)) == ["BAD_INPUT"]


async def test_what_takes_too_long_is_given_up(acme: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    cancelled = asyncio.Event()

    async def endless(*_: object, **__: object) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    with monkeypatch.context() as patch:
        patch.setattr("letterhead.schema.query.accounts_listed", endless)
        answer = await asked(acme.admin, "{ emailAccounts { nodes { id } } }")

    assert refused(answer) == (503, ["TIMEOUT"], False)
    assert cancelled.is_set()
    assert (await acme.admin.ask("{ emailAccounts { nodes { id } } }")) == {"emailAccounts": {"nodes": []}}


@pytest.mark.parametrize("sent", [b"", b"POST /graphql HTTP/1.1\r\nHost: x\r\nX-Slow: "])
async def test_a_head_that_never_ends_is_not_waited_for(acme: Product, sent: bytes) -> None:
    assert await heard_by(acme, sent) == b""


async def test_a_head_is_no_longer_than_it_may_be(acme: Product) -> None:
    head = b"".join(b"X-%d: %s\r\n" % (number, b"x" * 1000) for number in range(400))

    heard = await heard_by(acme, b"GET / HTTP/1.1\r\n" + head)

    assert heard[:13] in {b"", b"HTTP/1.1 400 "}


async def test_a_body_that_never_ends_is_not_waited_for(acme: Product) -> None:
    head = HEAD.format(acme.admin.token) + "Content-Length: 100\r\n\r\n"

    assert (await heard_by(acme, head.encode() + b'{"query": ')).startswith(b"HTTP/1.1 408 ")


async def connected(stack: AsyncExitStack, caller: Caller) -> ClientConnection:
    socket = await stack.enter_async_context(websocket(caller))
    await say(socket, "connection_init", payload={"Authorization": f"Bearer {caller.token}"})
    return socket


async def test_a_caller_has_so_many_websockets(acme: Product) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(3):
            assert (await heard(await connected(stack, acme.admin)))["type"] == "connection_ack"
        colleague = await connected(stack, await acme.administrator())
        assert (await heard(colleague))["type"] == "connection_ack"
        with pytest.raises(ConnectionClosed) as closed:
            await heard(await connected(stack, acme.admin))

    assert closed.value.rcvd
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "RATE_LIMITED")


async def test_an_address_has_so_many_websockets_of_nobody(acme: Product) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(3):
            await stack.enter_async_context(websocket(acme.admin))
        with pytest.raises(InvalidStatus) as refusal:
            await stack.enter_async_context(websocket(acme.admin))

    assert refusal.value.response.status_code == 403


async def test_a_caller_watches_so_much(acme: Product) -> None:
    started = {"address": "ann@gmail.com", "providerKey": "gmail", "authMethod": "app-password"}
    flow = (await acme.admin.do(START_SIGN_IN, started))["flow"]
    watch = {"query": FOREVER, "variables": {"id": flow["id"]}}
    async with AsyncExitStack() as stack:
        socket = await connected(stack, acme.admin)
        await heard(socket)
        for number in range(5):
            await say(socket, "subscribe", id=str(number), payload=watch)
        answers = [await heard(socket) for _ in range(5)]

    assert sorted(answer["type"] for answer in answers) == ["error", "next", "next", "next", "next"]


async def test_a_flood_of_messages_keeps_nobody_else_waiting(acme: Product) -> None:
    """Whoever sends without reading is not read any more, and everybody else is answered."""
    colleague, sent = await acme.administrator(), 0
    async with AsyncExitStack() as stack:
        socket = await connected(stack, acme.admin)
        await heard(socket)
        flood = asyncio.create_task(flooding(socket))
        for _ in range(20):
            assert (await asked(colleague, VIEWER)).status_code == 200
        flood.cancel()
        while sent < 50:
            sent += (await heard(socket))["type"] == "pong"

    assert (await asked(acme.admin, VIEWER)).status_code == 200


async def flooding(socket: ClientConnection) -> None:
    while True:
        await say(socket, "ping", payload={"much": "x" * 10_000})


async def test_who_does_not_read_an_answer_keeps_nobody_else_waiting(acme: Product) -> None:
    head = HEAD.format(acme.admin.token) + "Content-Length: {}\r\n\r\n"
    body = b'{"query": "{ providers(first: 100) { nodes { key name domains } } }"}'
    host, _, port = acme.admin.address.removeprefix("http://").partition(":")
    writers = [(await asyncio.open_connection(host, int(port)))[1] for _ in range(30)]
    for writer in writers:
        writer.transport.pause_reading()  # type: ignore[attr-defined] # of a socket's transport
        writer.write((head.format(len(body)).encode() + body) * 20)

    answers = [await asked(acme.admin, VIEWER) for _ in range(10)]
    for writer in writers:
        writer.transport.abort()

    assert {answer.status_code for answer in answers} == {200}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ('{"type": "subscribe"}', 4400),
        ('{"type": "subscribe", "id": []}', 4400),
        ('{"type": "subscribe", "id": "1", "payload": []}', 4400),
        ('{"type": "subscribe", "id": "1", "payload": {"query": {}}}', 4400),
        ('{"type": []}', 4400),
        ('{"id": "1"}', 4400),
        ('{"type": "%s"}' % ("x" * 5000), 4400),
        ('{"a": "' + "x" * 3 * 2**20 + '"}', 1009),
    ],
)
async def test_nonsense_closes_the_socket(acme: Product, message: str, code: int) -> None:
    async with AsyncExitStack() as stack:
        socket = await connected(stack, acme.admin)
        await heard(socket)
        await socket.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            await heard(socket)

    assert closed.value.rcvd
    assert closed.value.rcvd.code == code
