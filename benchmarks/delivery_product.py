"""This product, from ``sendMessage`` to delivered.

``python delivery_product.py DATABASE PORT TLS ACCOUNTS N CA`` queues N messages of so many accounts, then
lets a worker empty the outbox. Prints as JSON: messages a second queued and delivered, seconds of CPU a
message, and the memory in MB after each part of a long run.
"""

import asyncio
import json
import resource
import sys
import time
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import uvloop
from uuid_utils.compat import uuid7

from letterhead.accounts.secrets import account_purpose, seal
from letterhead.diagnosis.explain import Explainer
from letterhead.house import House
from letterhead.identity.actor import EMPLOYEE, Actor
from letterhead.news import News
from letterhead.outbox.compose import RecipientInput, SendMessage
from letterhead.outbox.enqueue import send
from letterhead.outbox.worker import run_worker
from letterhead.running import Running
from letterhead.senders.rules import SenderContext
from letterhead.settings import Settings
from letterhead.store import models
from letterhead.store.database import migrate, now, opened, select
from letterhead.vault.secret import Secret
from letterhead.vault.vault import Vault
from letterhead.wire.dial import Dialler
from letterhead.wire.server import MailServer
from letterhead.wire.stored import server_to_json
from letterhead.wire.targets import AllowedTarget
from letterhead_providers import Protocol, Security
from letterhead_providers.catalogue import Catalogue

BODY = "Dear Bob,\n\n" + "here is the offer that we spoke about on the telephone.\n" * 15


def made_house(url: str, ca_file: Path | None) -> House:
    catalogue = Catalogue()
    here = AllowedTarget(ip_network("127.0.0.0/8"), frozenset(range(1, 65536)))
    return House(
        settings=Settings(database_url=url),
        catalogue=catalogue,
        vault=Vault({"k1": b"0" * 32}),
        dialler=Dialler(allowed=(here,), ca_file=ca_file),
        explainer=Explainer(catalogue),
        news=News(look_again_seconds=0.05),
        running=Running(),
    )


async def new_account(house: House, anna: Actor, number: int, port: int, tls: bool) -> models.EmailAccount:
    smtp = MailServer(
        protocol=Protocol.SMTP, host="127.0.0.1", port=port, security=Security.TLS if tls else Security.NONE
    )
    address = f"anna{number}@example.com"
    row = models.EmailAccount(
        id=uuid7(),
        company_id=anna.company_id,
        owner_id=anna.employee_id,
        employee_id=anna.employee_id,
        address=address,
        address_key=address,
        provider_key="custom",
        smtp=server_to_json(smtp),
        credential_kind="PASSWORD" if tls else "NONE",
        status="READY",
        proof="NOT_REFUSED",
        access_mode="ALL",
        scope_mode="ALL",
        position=number,
        created_at=now(),
        updated_at=now(),
    )
    row.secret_sealed = seal(house, Secret("secret"), account_purpose(row, "secret"))
    await row.save(force_create=True)
    return row


async def queued(house: House, anna: Actor, accounts: list[models.EmailAccount], count: int) -> float:
    """Eight at a time, as a server has requests."""
    left = iter(range(count))

    async def client() -> None:
        for number in left:
            account = accounts[number % len(accounts)]
            message = SendMessage(
                idempotency_key=str(uuid7()),
                context=SenderContext(account_id=account.id),
                to=(RecipientInput(address="bob@example.org"),),
                subject="Offer",
                text=BODY,
            )
            await send(house, message, by=anna)

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(8)))
    return count / (time.perf_counter() - started)


def memory() -> int:
    """MB this process has now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 2**20


async def delivered(house: House, count: int, before: int = 0) -> tuple[float, float]:
    stop, started, cpu = asyncio.Event(), time.perf_counter(), time.process_time()
    worker = asyncio.create_task(run_worker(house, stop=stop, name="benchmark"))
    while True:
        await asyncio.sleep(0.05)
        (row,) = await select("SELECT COUNT(*) AS left FROM message WHERE next_attempt_at IS NOT NULL")
        if not row["left"]:
            break
    took, cpu = time.perf_counter() - started, time.process_time() - cpu
    stop.set()
    await worker
    (row,) = await select("SELECT COUNT(*) AS sent FROM message WHERE status = 'SENT'")
    assert row["sent"] == before + count, f"{row['sent']} of {before + count}"
    return count / took, cpu / count


async def main(url: str, *given: str) -> dict[str, Any]:
    port, tls, accounts, count, ca_file = given
    await migrate(url)
    async with opened(url):
        house = made_house(url, Path(ca_file))
        company = await models.Company.create(name=str(uuid7()))
        employee = await models.Employee.create(company_id=company.id, external_id="anna", name="Anna")
        key = f"employee:{employee.id}"
        anna = Actor(
            company_id=company.id, key=key, name="Anna", permissions=EMPLOYEE, employee_id=employee.id
        )
        rows = [await new_account(house, anna, n, int(port), tls == "TLS") for n in range(int(accounts))]
        enqueuing, delivering, memories, cpus = [], [], [memory()], []
        parts = 10 if int(count) >= 50_000 else 1
        for part in range(parts):
            some = int(count) // parts
            enqueuing.append(await queued(house, anna, rows, some))
            rate, cpu = await delivered(house, some, part * some)
            delivering.append(rate)
            cpus.append(cpu)
            memories.append(memory())
    return {"queued": enqueuing, "delivered": delivering, "memory": memories, "cpu": cpus}


if __name__ == "__main__":
    print(json.dumps(uvloop.run(main(*sys.argv[1:]))))
