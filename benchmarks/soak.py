"""Whether anything is lost, or sent twice without a word, while workers are killed all the time.

python benchmarks/soak.py [--messages 50000] [--accounts 200] [--workers 4] [--seconds 4]
                          [--minutes 60]

Two API processes take the messages in, workers deliver them to a real Postfix, and every few seconds one of
those is killed (SIGKILL) and replaced. In the end the mailboxes are compared with the database. Prints JSON;
fails when something is lost or was repeated silently.
"""

import argparse
import asyncio
import json
import os
import random
import re
import sys
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import count, takewhile
from pathlib import Path
from typing import Any
from uuid import UUID

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import httpx2  # noqa: E402
import trustme  # noqa: E402
from uuid_utils.compat import uuid7  # noqa: E402

from faults.workers import Launch, Worker, launching  # noqa: E402
from lab.mailservers import MailServers, running_mailservers  # noqa: E402
from lab.postgres import running_postgres  # noqa: E402
from lab.process import served  # noqa: E402
from letterhead.accounts.secrets import account_purpose, seal  # noqa: E402
from letterhead.app import open_house  # noqa: E402
from letterhead.house import House  # noqa: E402
from letterhead.identity import tokens  # noqa: E402
from letterhead.identity.actor import EMPLOYEE  # noqa: E402
from letterhead.schema.ids import encode, row_id  # noqa: E402
from letterhead.settings import Settings  # noqa: E402
from letterhead.store import models  # noqa: E402
from letterhead.store.database import migrate, now, select  # noqa: E402
from letterhead.vault.secret import Secret  # noqa: E402
from letterhead.wire.server import MailServer  # noqa: E402
from letterhead.wire.stored import server_to_json  # noqa: E402
from letterhead_providers import Protocol, Security  # noqa: E402

SEND = """
mutation ($input: SendMessageInput!) {
  sendMessage(input: $input) { message { id } errors { message code } }
}
"""
BODY = "Dear Bob,\n\n" + "here is the offer that we spoke about on the telephone.\n" * 15
CLIENTS = 12
MESSAGE_ID = re.compile(rb"^Message-ID:\s*(\S+)", re.MULTILINE | re.IGNORECASE)


@dataclass
class Soak:
    """``accepted``: the ids that callers were told."""

    environment: dict[str, str]
    folder: Path
    launch: Launch
    accepted: set[UUID] = field(default_factory=set)
    kills: int = 0
    repeated_calls: int = 0
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def worker(self) -> Worker:
        return self.launch(self.environment, None, self.folder / f"worker-{next(self.numbers)}.log")

    async def kill_for_ever(self, workers: int, seconds: float) -> None:
        running = [self.worker() for _ in range(workers)]
        while True:
            await asyncio.sleep(random.uniform(seconds / 2, seconds * 3 / 2))
            await running.pop(random.randrange(len(running))).kill()
            running.append(self.worker())
            self.kills += 1


def message(account_id: UUID, key: str, to: str) -> dict[str, Any]:
    return {
        "idempotencyKey": key,
        "context": {"accountId": encode("EmailAccount", account_id)},
        "to": [{"address": to}],
        "subject": "Offer",
        "text": BODY,
    }


async def take_in(
    soak: Soak, *, servers: list[str], token: str, accounts: list[Any], messages: int, minutes: float
) -> None:
    """A caller who gets no answer asks again with the same key."""
    until = time.monotonic() + minutes * 60
    left = takewhile(lambda _: time.monotonic() < until, range(messages))
    headers = {"Authorization": f"Bearer {token}"}

    async def client(address: str) -> None:
        async with httpx2.AsyncClient(base_url=address, headers=headers, timeout=60, verify=False) as http:
            for number in left:
                account = accounts[number % len(accounts)]
                to = accounts[(number * 7 + 1) % len(accounts)].address
                given = message(account.id, f"soak-{number}", to)
                while (found := await _asked(http, given)) is None:
                    soak.repeated_calls += 1
                    await asyncio.sleep(0.5)
                soak.accepted.add(found)

    await asyncio.gather(*(client(servers[n % len(servers)]) for n in range(CLIENTS)))


async def _asked(http: httpx2.AsyncClient, given: dict[str, Any]) -> UUID | None:
    try:
        response = await http.post("/graphql", json={"query": SEND, "variables": {"input": given}})
        answer = response.json()
    except (httpx2.TransportError, ValueError):
        return None
    if not answer.get("data"):
        return None
    payload = answer["data"]["sendMessage"]
    assert not payload["errors"], payload
    return row_id(payload["message"]["id"], "Message")


async def new_account(house: House, employee: models.Employee, address: str, port: int) -> Any:
    smtp = MailServer(protocol=Protocol.SMTP, host="localhost", port=port, security=Security.STARTTLS)
    row = models.EmailAccount(
        id=uuid7(),
        company_id=employee.company_id,
        owner_id=employee.id,
        employee_id=employee.id,
        address=address,
        address_key=address,
        provider_key="custom",
        smtp=server_to_json(smtp),
        credential_kind="PASSWORD",
        status="READY",
        proof="NOT_REFUSED",
        access_mode="ALL",
        scope_mode="ALL",
        position=0,
        created_at=now(),
        updated_at=now(),
    )
    row.secret_sealed = seal(house, Secret("secret"), account_purpose(row, "secret"))
    await row.save(force_create=True)
    return row


async def until_over(mail: MailServers, say: bool = True) -> None:
    """Nothing is due, and Postfix has delivered what it took."""
    spool, last = mail.postfix_log.parent / "spool", 0.0
    while True:
        (row,) = await select("SELECT COUNT(*) AS left FROM message WHERE next_attempt_at IS NOT NULL")
        waiting = sum(
            len(names)
            for queue in ("active", "incoming", "deferred", "maildrop")
            for _, _, names in os.walk(spool / queue)
        )
        if not row["left"] and not waiting:
            return
        if say and time.monotonic() - last > 15:
            last = time.monotonic()
            print(f"{row['left']} due, {waiting} in Postfix's queue", file=sys.stderr, flush=True)
        await asyncio.sleep(1)


def arrived(mail: MailServers) -> Counter[str]:
    """Copies by Message-ID. Bounces and the like would be here too, under ids of their own."""
    found: Counter[str] = Counter()
    for path in (mail.postfix_log.parent / "mail").glob("*/new/*"):
        ours = MESSAGE_ID.search(path.read_bytes())
        found[ours[1].decode() if ours else str(path)] += 1
    return found


async def compared(soak: Soak, copies: Counter[str]) -> dict[str, Any]:
    rows = await select("SELECT id, message_id, status, uncertain_count FROM message")
    attempts = await select(
        """SELECT COUNT(*) AS wrong FROM message m WHERE attempt_count <> (SELECT COUNT(*)
           FROM delivery_attempt a WHERE a.company_id = m.company_id AND a.message_id = m.id)"""
    )
    twice = [row for row in rows if copies[row["message_id"]] > 1]
    return {
        "accepted": len(soak.accepted),
        "in the database": len(rows),
        "states": Counter(row["status"] for row in rows),
        "lost by the database": len(soak.accepted - {row["id"] for row in rows}),
        "called sent, not arrived": sum(
            row["status"] == "SENT" and not copies[row["message_id"]] for row in rows
        ),
        "arrived, called something else": sum(
            row["status"] not in ("SENT", "UNCERTAIN") and copies[row["message_id"]] > 0 for row in rows
        ),
        "doubts after a kill": Counter(row["uncertain_count"] for row in rows if row["uncertain_count"]),
        "doubts that meant a second copy": len(twice),
        "more than two copies": sum(copies[row["message_id"]] > 2 for row in rows),
        "second copies without a doubt": sum(not row["uncertain_count"] for row in twice),
        "attempts not written down": attempts[0]["wrong"],
        "in mailboxes, sent by nobody": len(copies.keys() - {row["message_id"] for row in rows}),
        "workers killed": soak.kills,
        "calls repeated with their key": soak.repeated_calls,
    }


MUST_BE_NOTHING = (
    "lost by the database",
    "called sent, not arrived",
    "arrived, called something else",
    "more than two copies",
    "second copies without a doubt",
    "attempts not written down",
    "in mailboxes, sent by nobody",
)


def environment_of(url: str, folder: Path, submission: int) -> dict[str, str]:
    return {
        "LETTERHEAD_DATABASE_URL": url,
        "LETTERHEAD_KEY_FILE": str(folder / "keys"),
        "LETTERHEAD_CA_FILE": str(folder / "ca.pem"),
        "LETTERHEAD_ALLOW_TARGETS": f"127.0.0.1/32:{submission},[::1/128]:{submission}",
        "LETTERHEAD_COST_PER_MINUTE": "0",
    }


async def run(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    ca = trustme.CA()
    ca_file = folder / "ca.pem"
    ca.cert_pem.write_to_path(str(ca_file))
    (folder / "keys").write_text("soak:" + "A" * 43 + "=\n")
    addresses = [f"anna{number}@lab.example" for number in range(arguments.accounts)]
    async with AsyncExitStack() as stack:
        mail = stack.enter_context(running_mailservers(ca, ca_file, dict.fromkeys(addresses, "secret")))
        url = stack.enter_context(running_postgres()).new_database()
        await migrate(url)
        environment = environment_of(url, folder, mail.submission)
        house = await stack.enter_async_context(
            open_house(Settings(database_url=url, key_file=folder / "keys"))
        )
        company = await models.Company.create(name="Example Ltd")
        employee = await models.Employee.create(company_id=company.id, external_id="anna", name="Anna")
        accounts = [await new_account(house, employee, one, mail.submission) for one in addresses]
        token = await tokens.create(company.id, "soak", EMPLOYEE, employee_id=employee.id)
        soak = Soak(environment, folder, stack.enter_context(launching()))
        quiet = environment | {"LETTERHEAD_WORKER": "false"}
        servers = [
            (await stack.enter_async_context(served(quiet, folder / f"serve-{n}.log"))).address
            for n in range(2)
        ]
        started = time.monotonic()
        killing = asyncio.create_task(soak.kill_for_ever(arguments.workers, arguments.seconds))
        await take_in(
            soak,
            servers=servers,
            token=token,
            accounts=accounts,
            messages=arguments.messages,
            minutes=arguments.minutes,
        )
        taken_in = time.monotonic() - started
        await until_over(mail)
        over = time.monotonic() - started
        killing.cancel()
        found = await compared(soak, arrived(mail))
        return found | {"seconds to take in": round(taken_in), "seconds in all": round(over)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--messages", type=int, default=50_000)
    parser.add_argument("--accounts", type=int, default=200)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--minutes", type=float, default=60, help="after which no more are taken in")
    parser.add_argument("--seconds", type=float, default=4, help="between two kills, on average")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        found = asyncio.run(run(arguments, Path(folder)))
    print(json.dumps(found, indent=1))
    sys.exit(any(found[what] for what in MUST_BE_NOTHING))


if __name__ == "__main__":
    main()
