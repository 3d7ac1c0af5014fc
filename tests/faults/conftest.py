import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from faults import checker
from faults.sink import Sink
from faults.workers import Launch, Worker, eventually, launching
from lab.postgres import PostgresServer
from letterhead import app
from letterhead.accounts.secrets import account_purpose, seal
from letterhead.app import open_house
from letterhead.house import House
from letterhead.identity.actor import EMPLOYEE, Actor
from letterhead.outbox.compose import RecipientInput, SendMessage
from letterhead.outbox.enqueue import send
from letterhead.senders.rules import SenderContext
from letterhead.settings import Settings
from letterhead.store import models
from letterhead.store.database import is_postgres, migrate, now, select
from letterhead.vault.secret import Secret
from letterhead.webhooks.webhook import seal as seal_webhook
from letterhead.wire.server import MailServer
from letterhead.wire.stored import server_to_json
from letterhead_providers import Protocol, Security
from letterhead_providers.catalogue import load

NUMBERS = count(1)
catalogue = cache(load)
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


@pytest.fixture(scope="session")
def launch() -> Iterator[Launch]:
    with launching() as start:
        yield start


@dataclass
class Lab:
    """A company on a database of its own, and workers that may be harmed."""

    house: House
    anna: Actor
    environment: dict[str, str]
    folder: Path
    launch: Launch
    accepted: list[UUID] = field(default_factory=list)
    workers: list[Worker] = field(default_factory=list)
    ports: set[int] = field(default_factory=set)

    @property
    def is_sqlite(self) -> bool:
        return self.house.settings.database_url.startswith("sqlite")

    def worker(self, *, url: str | None = None, **fault: Any) -> Worker:
        """``fault``: arguments of ``inside.prepare``."""
        ports = "+".join(str(port) for port in self.ports)
        environment = self.environment | {"LETTERHEAD_ALLOW_TARGETS": f"127.0.0.1/32:{ports}"}
        environment |= {"LETTERHEAD_DATABASE_URL": url} if url else {}
        worker = self.launch(environment, fault, self.folder / f"worker-{next(NUMBERS)}.log")
        self.workers.append(worker)
        return worker

    def server(self, port: int) -> Worker:
        """Which takes messages in, and leaves delivering them to others."""
        own = {"LETTERHEAD_PORT": str(port), "LETTERHEAD_WORKER": "false"}
        log = self.folder / f"server-{next(NUMBERS)}.log"
        server = self.launch(self.environment | own, None, log, "serve")
        self.workers.append(server)
        return server

    async def successor(self, **fault: Any) -> Worker:
        """A worker that finds the leases of the one before it at their end."""
        long_ago = now() - timedelta(hours=2)
        await models.Message.filter(lease_token__isnull=False).update(lease_until=long_ago)
        return self.worker(**fault)

    async def account(
        self, sink: Sink, *, secret: str = "correct horse", **columns: Any
    ) -> models.EmailAccount:
        security = Security.TLS if sink.tls else Security.NONE
        smtp = MailServer(protocol=Protocol.SMTP, host="127.0.0.1", port=sink.port, security=security)
        self.ports.add(sink.port)
        address = f"anna{next(NUMBERS)}@example.com"
        row = models.EmailAccount(
            **{
                "id": uuid7(),
                "company_id": self.anna.company_id,
                "owner_id": self.anna.employee_id,
                "employee_id": self.anna.employee_id,
                "address": address,
                "address_key": address,
                "provider_key": "custom",
                "smtp": server_to_json(smtp),
                "credential_kind": "NONE",
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
        row.secret_sealed = seal(self.house, Secret(secret), account_purpose(row, "secret"))
        await row.save(force_create=True)
        return row

    async def send(
        self, account: models.EmailAccount, *to: str, text: str = "Here it is.", key: str = ""
    ) -> UUID:
        message = SendMessage(
            idempotency_key=key or str(uuid7()),
            context=SenderContext(account_id=account.id),
            to=tuple(RecipientInput(address=address) for address in to or ("bob@example.org",)),
            subject="Offer",
            text=text,
        )
        message_id = (await send(self.house, message, by=self.anna)).message_id
        if message_id not in self.accepted:
            self.accepted.append(message_id)
        return message_id

    async def webhook(self) -> None:
        """One that nobody answers, to be told of every message: an outcome then is several statements."""
        webhook_id, url = uuid7(), "https://hooks.example/"
        sealed = seal_webhook(
            self.house, Secret("whsec"), webhook_id=webhook_id, company_id=self.anna.company_id, url=url
        )
        await models.Webhook.create(
            id=webhook_id,
            company_id=self.anna.company_id,
            url=url,
            events=["MESSAGE"],
            secret_sealed=sealed,
            created_at=now(),
        )

    async def policy(self, when_uncertain: str) -> None:
        await models.Company.all().update(when_uncertain=when_uncertain)

    async def is_over(self) -> bool:
        """Nothing is left to do."""
        (row,) = await select(
            """SELECT COUNT(*) AS left FROM message
               WHERE next_attempt_at IS NOT NULL OR lease_token IS NOT NULL"""
        )
        return not row["left"]

    async def nothing_in_hand(self) -> bool:
        return not await models.Message.filter(lease_token__isnull=False).exists()

    async def over(self) -> None:
        await eventually(self.is_over, f"messages are left over; see {self.folder}")

    async def statuses(self, message_id: UUID) -> tuple[str, ...]:
        """The message's state, then its recipients'."""
        message = await models.Message.get(id=message_id)
        recipients = await models.Recipient.filter(message_id=message_id).order_by("position")
        return (message.status, *(recipient.status for recipient in recipients))

    async def check(self, *sinks: Sink) -> None:
        await checker.check(self.accepted, [one for sink in sinks for one in sink.transactions])

    async def close(self) -> None:
        left = [worker for worker in self.workers if not worker.log.with_suffix(".exit").exists()]
        for worker in left:
            worker.signal(signal.SIGKILL)
        for worker in left:
            await worker.ended()


@pytest.fixture
async def lab(database_url: str, launch: Launch, lab_ca_file: Path, tmp_path: Path) -> AsyncIterator[Lab]:
    async with AsyncExitStack() as stack:
        yield await opened_lab(stack, database_url, launch, lab_ca_file, tmp_path)


async def opened_lab(stack: AsyncExitStack, url: str, launch: Launch, ca_file: Path, folder: Path) -> Lab:
    # Reading the plugins takes longer than most of what is tested here.
    stack.enter_context(pytest.MonkeyPatch.context()).setattr(app, "load", lambda *_, **__: catalogue())
    (folder / "keys").write_text("test:" + "A" * 43 + "=\n")
    settings = Settings(database_url=url, key_file=folder / "keys")
    house = await stack.enter_async_context(open_house(settings))
    if is_postgres():
        await select(EMPTIED)
    company = await models.Company.create(name="Example Ltd")
    employee = await models.Employee.create(company_id=company.id, external_id="anna", name="Anna")
    anna = Actor(
        company_id=company.id,
        key=f"employee:{employee.id}",
        name="Anna",
        permissions=EMPLOYEE,
        employee_id=employee.id,
    )
    environment = {
        "LETTERHEAD_DATABASE_URL": url,
        "LETTERHEAD_KEY_FILE": str(folder / "keys"),
        "LETTERHEAD_CA_FILE": str(ca_file),
    }
    lab = Lab(house, anna, environment, folder, launch)
    stack.push_async_callback(lab.close)
    return lab
