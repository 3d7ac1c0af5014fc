"""Workers in trouble, told to log all they can: of passwords, keys and what people write nothing is seen."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import trustme
from uuid_utils.compat import uuid7

from api import rows
from faults.conftest import Lab
from faults.sink import Act, Hold, Sink, Step, running_sink
from faults.test_databases import Outage, outage
from faults.workers import eventually
from lab.canaries import found
from letterhead.store import models
from letterhead.store.database import now
from letterhead.webhooks.webhook import webhook_purpose
from letterhead.wire.server import MailServer
from letterhead.wire.stored import server_to_json
from letterhead_providers import Protocol, Security

__all__ = ["outage"]

PASSWORD = "Kanarie/+?&\"'<>\\ 7f3a9c"
SIGNING = "whsec_S2FuYXJpZXZvZ2VsS2FuYXJpZXZvZ2VsS2FuYXJpZXY="
OF_THE_DATABASE = "Kanarie-of-the-database"
TEXT = "Kanarie: nobody else's business"
KEY = "A" * 43 + "="
LOGIN = "anna"


@pytest.fixture(autouse=True)
def told_all(lab: Lab) -> None:
    lab.environment |= {"LETTERHEAD_LOG_LEVEL": "DEBUG", "LETTERHEAD_TRACE_PLUGINS": "1"}
    if not lab.is_sqlite:
        lab.environment["LETTERHEAD_DATABASE_URL"] = with_password(lab.house.settings.database_url)


def with_password(url: str) -> str:
    return url.replace("@", f":{OF_THE_DATABASE}@", 1)


async def waiting_message(lab: Lab, sink: Sink) -> None:
    """From an account with a password; a webhook that nobody answers is to be told."""
    security = Security.TLS if sink.tls else Security.NONE
    smtp = MailServer(
        protocol=Protocol.SMTP, host="127.0.0.1", port=sink.port, security=security, username=LOGIN
    )
    account = await lab.account(sink, secret=PASSWORD, credential_kind="PASSWORD", smtp=server_to_json(smtp))
    webhook_id, url = uuid7(), "https://127.0.0.1:1/events"
    sealed = lab.house.vault.seal(SIGNING, context=webhook_purpose(webhook_id, lab.anna.company_id, url))
    await models.Webhook.create(
        id=webhook_id,
        company_id=lab.anna.company_id,
        url=url,
        events=["MESSAGE", "ACCOUNT"],
        secret_sealed=sealed,
        created_at=now(),
    )
    await lab.send(account, text=TEXT)


async def seen(lab: Lab, *more: str) -> set[tuple[str, str]]:
    logs = "".join(worker.log.read_text() for worker in lab.workers) + "".join(more)
    secrets = (PASSWORD, SIGNING, OF_THE_DATABASE, KEY)
    of_rows = found({"rows": await rows.everything()}, *secrets, user=LOGIN)
    return of_rows | found({"logs": logs}, *secrets, TEXT, user=LOGIN)


@pytest.mark.parametrize(
    ("point", "step"),
    [
        ("AUTH", f"535 5.7.8 No: {PASSWORD}"),
        ("AUTH", f"454 4.7.0 Not now: {PASSWORD}"),
        ("AUTH", Act.RESET),
        ("AUTH", "nonsense"),
        ("RCPT", f"550 5.1.1 No, {PASSWORD}"),
        ("dot", Act.RESET),
        ("dot", f"554 5.7.1 Spam: {PASSWORD}"),
    ],
)
async def test_a_server_that_refuses_or_hangs_up(
    lab: Lab, lab_ca: trustme.CA, point: str, step: Step
) -> None:
    certificate = lab_ca.issue_cert("127.0.0.1")
    async with running_sink(
        extensions=("AUTH PLAIN LOGIN",), certificate=certificate, **{point: [step] * 9}
    ) as sink:
        await waiting_message(lab, sink)
        worker = lab.worker()
        await eventually(models.DeliveryAttempt.exists, "nothing was tried")
        worker.signal(signal.SIGTERM)
        assert await worker.ended() == 0

    assert await seen(lab) == set()


async def test_a_database_that_goes_away(lab: Lab, outage: Outage, lab_ca: trustme.CA) -> None:
    hold = Hold(then=f"535 5.7.8 No: {PASSWORD}")
    certificate = lab_ca.issue_cert("127.0.0.1")
    async with running_sink(extensions=("AUTH PLAIN LOGIN",), certificate=certificate, AUTH=[hold]) as sink:
        await waiting_message(lab, sink)
        worker = lab.worker(url=outage.url if lab.is_sqlite else with_password(outage.url))
        await hold.reached.wait()
        await outage.begin()
        hold.go_on.set()
        await eventually(lambda: "Traceback" in worker.log.read_text(), "it did not notice")
        await outage.end()
        worker.signal(signal.SIGTERM)
        assert await worker.ended() == 0

    assert await seen(lab) == set()


def crashing(environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        command = [sys.executable, "-m", "letterhead", "worker"]
        return subprocess.Popen(command, env=environment, cwd=log.parent, stdout=output, stderr=output)


async def test_one_that_crashes_with_a_password_in_hand(lab: Lab, lab_ca: trustme.CA) -> None:
    """Its dump says where it was. No core is written, which would hold all that it knew."""
    hold, log = Hold(), lab.folder / "crash.log"
    environment = os.environ | lab.environment | {"PYTHONFAULTHANDLER": "1"}
    async with running_sink(
        extensions=("AUTH PLAIN LOGIN",), certificate=lab_ca.issue_cert("127.0.0.1"), AUTH=[hold]
    ) as sink:
        await waiting_message(lab, sink)
        environment["LETTERHEAD_ALLOW_TARGETS"] = f"127.0.0.1/32:{sink.port}"
        process = crashing(environment, log)
        await hold.reached.wait()
        limits = await asyncio.to_thread(Path(f"/proc/{process.pid}/limits").read_text)
        process.send_signal(signal.SIGABRT)
        await eventually(lambda: process.poll() is not None, "it goes on")

    assert "Fatal Python error: Aborted" in log.read_text()
    assert limits.partition("Max core file size")[2].split()[0] == "0"
    assert await seen(lab, log.read_text()) == set()
