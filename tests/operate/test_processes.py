"""Real processes: several on one port, replaced when they die, and ended in order."""

import asyncio
import json
import os
import signal
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
import trustme
import websockets

from api.drafts import Draft, at
from api.drafts import server as smtp_at
from api.messages import LATER, message, sent
from lab.commands import Letterhead
from lab.process import letterhead as printed
from lab.process import served
from lab.product import DIRECTORY, PEOPLE, Caller
from lab.sinks import Session, counting_smtp_server
from letterhead.news import News
from letterhead.sandbox.service import Sandbox
from letterhead.store.database import opened, select
from operate.conftest import free_port, numbers


@pytest.fixture
def environment(database_url: str, lab_ca_file: Path, sandbox: Sandbox, tmp_path: Path) -> dict[str, str]:
    (tmp_path / "keys").write_text("test:" + "A" * 43 + "=\n")
    (tmp_path / "ca.pem").write_text(sandbox.ca_pem + lab_ca_file.read_text())
    return {
        "LETTERHEAD_DATABASE_URL": database_url,
        "LETTERHEAD_KEY_FILE": str(tmp_path / "keys"),
        "LETTERHEAD_CA_FILE": str(tmp_path / "ca.pem"),
        "LETTERHEAD_LOG_FORMAT": "json",
        "LETTERHEAD_ALLOW_TARGETS": f"127.0.0.1/32:{sandbox.smtp_port}+{sandbox.pop3_port}",
    }


@pytest.fixture
def token(environment: dict[str, str]) -> str:
    printed("company", "create", "Acme", environment=environment)
    return printed("token", "create", "--company", "Acme", "--admin", environment=environment)


def logged(log: Path) -> list[dict[str, object]]:
    """Every line is an event."""
    return [json.loads(line) for line in log.read_text().splitlines()]


async def replaced(parent: int, gone: int) -> list[int]:
    """The children, once there is another one in the place of ``gone``."""
    async with asyncio.timeout(60):
        async for _ in News(look_again_seconds=0.1).about(UUID(int=0)):
            found = await children(parent)
            if len(found) == 2 and gone not in found:
                return found
    raise AssertionError


async def children(pid: int) -> list[int]:
    found = await asyncio.to_thread(Path(f"/proc/{pid}/task/{pid}/children").read_text)
    return [int(one) for one in found.split()]


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
async def test_several_share_a_port_and_one_that_dies_is_replaced(
    environment: dict[str, str], token: str, tmp_path: Path
) -> None:
    port, log = free_port(), tmp_path / "log"
    environment |= {"LETTERHEAD_METRICS_PORT": str(port)}
    async with served(environment, log, "--workers", "2") as server:
        admin = Caller(server.address, token)
        before = await children(server.running.pid)
        os.kill(before[0], signal.SIGKILL)
        after = await replaced(server.running.pid, before[0])
        for _ in range(10):
            await admin.ask("{ company { name } }")
        found = await numbers(port)
        await admin.http.aclose()
        server.running.terminate()
        assert await asyncio.wait_for(server.running.wait(), 60) == 0
    assert before[1] in after
    assert found["letterhead_graphql_operation_seconds_count outcome=ok type=query"] >= 10
    assert [line for line in logged(log) if line["event"] == "a process died and is replaced"]
    assert not any(map(alive, after))


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
async def test_without_their_parent_they_end(environment: dict[str, str], tmp_path: Path) -> None:
    async with served(environment, tmp_path / "log", "--workers", "2") as server:
        orphans = await children(server.running.pid)
        await server.kill()
    async with asyncio.timeout(60):
        async for _ in News(look_again_seconds=0.1).about(UUID(int=0)):
            if not any(map(alive, orphans)):
                return


def alive(pid: int) -> bool:
    """And no zombie that whoever adopted it has not looked after."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({}, "--workers: several processes need PostgreSQL; with SQLite there is one"),
        (
            {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "SANDBOX": "1"},
            "--workers, LETTERHEAD_SANDBOX: the sandbox runs beside one process only",
        ),
    ],
)
def test_where_several_cannot_run_it_says_why(
    letterhead: Letterhead, settings: dict[str, str], why: str
) -> None:
    ended = letterhead("serve", "--workers", "2", **settings)
    assert (ended.code, ended.err) == (1, f"letterhead: {why}\n")


async def test_what_is_in_hand_is_finished(
    environment: dict[str, str], token: str, tmp_path: Path, draft: Draft, lab_ca: trustme.CA
) -> None:
    asked, verdict = asyncio.Event(), asyncio.get_running_loop().create_future()

    def judged(_: Session) -> asyncio.Future[str]:
        asked.set()
        return verdict

    async with counting_smtp_server(
        certificate=lab_ca.issue_cert("localhost"), answers={".": judged}
    ) as sink:
        environment["LETTERHEAD_ALLOW_TARGETS"] += f"+{sink.port}"
        async with served(environment, tmp_path / "log") as server:
            admin = Caller(server.address, token)
            dana = await writer_of(admin)
            await admin.saved(draft("sales", smtp=smtp_at("SMTP", sink.port)))
            for _ in range(3):
                await sent(admin, message("contact@example.com", context=dana))
            await admin.http.aclose()
            await asyncio.wait_for(asked.wait(), 60)
            server.running.terminate()
            await until_closed(server.address)
            assert server.running.returncode is None
            verdict.set_result("250 2.0.0 Taken")
            assert await asyncio.wait_for(server.running.wait(), 60) == 0
    async with opened(environment["LETTERHEAD_DATABASE_URL"]):
        statuses = [row["status"] for row in await select("SELECT status FROM message")]
    assert (statuses.count("SENT"), statuses.count("SENDING")) == (len(sink.messages), 0)


async def until_closed(address: str) -> None:
    async with asyncio.timeout(60), httpx2.AsyncClient() as client:
        while True:
            try:
                await client.get(f"{address}/healthz")
            except httpx2.TransportError:
                return
            await asyncio.sleep(0.05)


async def test_those_who_watch_are_told_goodbye(
    environment: dict[str, str], token: str, tmp_path: Path, draft: Draft
) -> None:
    async with served(environment, tmp_path / "log") as server:
        admin = Caller(server.address, token)
        ann = await writer_of(admin)
        await admin.saved(draft("sales"))
        message_id = await sent(admin, message(at("contact"), **LATER, context=ann))
        await admin.http.aclose()
        address = server.address.replace("http", "ws") + "/graphql"
        async with websockets.connect(
            address,
            subprotocols=["graphql-transport-ws"],
            additional_headers={"Authorization": f"Bearer {token}"},
        ) as socket:
            await socket.send(json.dumps({"type": "connection_init"}))
            query = "subscription ($id: ID!) { messageProgress(messageId: $id) { status } }"
            payload = {"query": query, "variables": {"id": message_id}}
            await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
            told = [json.loads(await socket.recv())["type"] for _ in range(2)]
            server.running.terminate()
            told += [json.loads(one)["type"] async for one in socket]
        assert await asyncio.wait_for(server.running.wait(), 60) == 0
    assert told == ["connection_ack", "next", "complete"]
    assert socket.close_code == 1001


async def writer_of(admin: Caller) -> dict[str, str]:
    await admin.do(DIRECTORY, {"employees": [{"externalId": "dana", "name": "Dana"}]})
    [dana] = (await admin.ask(PEOPLE))["company"]["employees"]["nodes"]
    return {"employeeId": dana["id"]}
