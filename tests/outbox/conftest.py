import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import trustme
from uuid_utils.compat import uuid7

from lab.postgres import PostgresServer
from lab.sinks import Sink, counting_smtp_server
from letterhead.accounts.secrets import account_purpose, seal
from letterhead.diagnosis.explain import Explainer
from letterhead.house import House
from letterhead.identity.actor import EMPLOYEE, Actor
from letterhead.news import News
from letterhead.outbox.compose import RecipientInput, SendMessage
from letterhead.outbox.worker import run_worker
from letterhead.running import Running
from letterhead.senders.rules import SenderContext
from letterhead.settings import Settings
from letterhead.store import models
from letterhead.store.database import is_postgres, migrate, now, select
from letterhead.vault.secret import Secret
from letterhead.vault.vault import Vault
from letterhead.wire.dial import Dialler
from letterhead.wire.server import MailServer
from letterhead.wire.stored import server_to_json
from letterhead.wire.targets import AllowedTarget
from letterhead_providers import Protocol, Security
from letterhead_providers.catalogue import Catalogue

HERE = AllowedTarget(ip_network("127.0.0.0/8"), frozenset(range(1, 65536)))


PATIENCE_SECONDS = 45
"""On a busy machine too; whoever waits is told as soon as it is so."""

EMPTIED = """DO 'BEGIN
    SET LOCAL session_replication_role = replica;
    TRUNCATE company CASCADE;
END'"""
"""A replica's triggers are off, or the audit log would not let go of its entries."""


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: PostgresServer) -> str:
    """One for all tests here, emptied before each: they are many."""
    url = postgres_server.new_database()
    asyncio.run(migrate(url))
    return url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        return request.getfixturevalue("migrated_postgres")
    copy = tmp_path / "letterhead.db"
    copy.write_bytes(request.getfixturevalue("empty_sqlite").read_bytes())
    return f"sqlite://{copy}"


@pytest.fixture
async def house(database: None, database_url: str, lab_ca_file: Path) -> House:
    if is_postgres():
        await select(EMPTIED)
    catalogue = Catalogue()
    return House(
        settings=Settings(database_url=database_url, public_hostname="client.lab.example"),
        catalogue=catalogue,
        vault=Vault({"k1": b"0" * 32}),
        dialler=Dialler(allowed=(HERE,), ca_file=lab_ca_file),
        explainer=Explainer(catalogue),
        news=News(look_again_seconds=0.02),
        running=Running(),
    )


@pytest.fixture
async def company(house: House) -> models.Company:
    return await models.Company.create(name="Example Ltd")


@pytest.fixture
async def anna(company: models.Company) -> Actor:
    employee = await models.Employee.create(company_id=company.id, external_id="anna", name="Anna")
    return Actor(
        company_id=company.id,
        key=f"employee:{employee.id}",
        name="Anna",
        permissions=EMPLOYEE,
        employee_id=employee.id,
    )


AccountMaker = Callable[..., Awaitable[models.EmailAccount]]


@pytest.fixture
def new_account(house: House, anna: Actor) -> AccountMaker:
    """A ready account of Anna's whose server is at a port of this machine."""

    async def make(port: int = 1, address: str = "anna@example.com", **columns: Any) -> models.EmailAccount:
        smtp = MailServer(
            protocol=Protocol.SMTP, host="127.0.0.1", port=port, security=Security.STARTTLS, username=address
        )
        row = models.EmailAccount(
            **{
                "id": uuid7(),
                "company_id": anna.company_id,
                "owner_id": anna.employee_id,
                "employee_id": anna.employee_id,
                "address": address,
                "address_key": address,
                "display_name": "Anna Example",
                "provider_key": "custom",
                "smtp": server_to_json(smtp),
                "credential_kind": "PASSWORD",
                "status": "READY",
                "proof": "NOT_REFUSED",
                "access_mode": "ALL",
                "scope_mode": "ALL",
                "position": 0,
                "created_at": now(),
                "updated_at": now(),
                **columns,
            }
        )
        row.secret_sealed = seal(house, Secret("correct horse"), account_purpose(row, "secret"))
        await row.save(force_create=True)
        return row

    return make


@pytest.fixture
def sink(lab_ca: trustme.CA) -> Callable[..., AbstractAsyncContextManager[Sink]]:
    """A mail server with TLS that answers as it is told."""
    certificate = lab_ca.issue_cert("127.0.0.1", "localhost")
    return lambda **answers: counting_smtp_server(certificate=certificate, answers=answers)


def mail(key: str = "k-1", *, to: tuple[str, ...] = ("bob@example.org",), **fields: Any) -> SendMessage:
    return SendMessage(
        **{
            "idempotency_key": key,
            "context": SenderContext(),
            "to": tuple(RecipientInput(address=address) for address in to),
            "subject": "Offer",
            "text": "Dear Bob,\nhere it is.\n",
            **fields,
        }
    )


@asynccontextmanager
async def working(house: House, name: str = "worker") -> AsyncIterator[None]:
    stop = asyncio.Event()
    worker = asyncio.create_task(run_worker(house, stop=stop, name=name))
    try:
        yield
    finally:
        stop.set()
        await worker


async def statuses(message_id: UUID) -> tuple[str, ...]:
    """The message's state, then its recipients'."""
    message = await models.Message.get(id=message_id)
    recipients = await models.Recipient.filter(message_id=message_id).order_by("position")
    return (message.status, *(recipient.status for recipient in recipients))


async def until(message_id: UUID, *wanted: str) -> None:
    """Until ``statuses`` is so."""
    await eventually(lambda: statuses(message_id), wanted)


async def eventually(look: Callable[[], Awaitable[Any]], wanted: Any) -> None:
    """Until ``look`` answers with ``wanted``."""
    seen: Any = None
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for _ in News(look_again_seconds=0.01).about(UUID(int=0)):
                if (seen := await look()) == wanted:
                    return
    assert seen == wanted


async def deliver_until(house: House, message_id: UUID, *wanted: str) -> None:
    async with working(house):
        await until(message_id, *wanted)


async def make_due(message_id: UUID) -> None:
    await models.Message.filter(id=message_id).update(next_attempt_at=now() - timedelta(seconds=1))
