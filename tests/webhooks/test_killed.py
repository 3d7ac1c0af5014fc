"""A server that is killed forgets no event."""

from pathlib import Path

import pytest

from api.drafts import Draft
from lab.process import letterhead, served
from lab.product import Caller
from letterhead.sandbox.service import Sandbox
from letterhead.store.database import opened, select
from webhooks.conftest import CREATE, NewSink
from webhooks.sink import SILENCE, Told


@pytest.fixture
def environment(database_url: str, authorities: Path, tmp_path: Path) -> dict[str, str]:
    (tmp_path / "keys").write_text("test:" + "A" * 43 + "=\n")
    return {
        "LETTERHEAD_DATABASE_URL": database_url,
        "LETTERHEAD_KEY_FILE": str(tmp_path / "keys"),
        "LETTERHEAD_CA_FILE": str(authorities),
    }


async def test_between_the_change_and_the_telling(
    environment: dict[str, str], told: Told, sandbox: Sandbox, draft: Draft, tmp_path: Path
) -> None:
    environment |= opened_to(sandbox, told)
    idle = environment | {"LETTERHEAD_WORKER": "0"}
    admin_token = company(environment)
    async with served(idle, tmp_path / "first.log") as first:
        await save_told(Caller(first.address, admin_token), told, draft)
        await first.kill()
    assert told.events == []

    async with served(environment, tmp_path / "second.log"):
        await told.until(1)
    assert told.types == ["account.saved"]


async def test_in_the_middle_of_the_telling(
    environment: dict[str, str],
    new_sink: NewSink,
    sandbox: Sandbox,
    draft: Draft,
    tmp_path: Path,
) -> None:
    admin_token = company(environment)
    async with new_sink(SILENCE) as told:
        environment |= opened_to(sandbox, told)
        async with served(environment, tmp_path / "first.log") as first:
            await save_told(Caller(first.address, admin_token), told, draft)
            await told.until(1)
            await first.kill()
        await end_leases(environment["LETTERHEAD_DATABASE_URL"])

        async with served(environment, tmp_path / "second.log"):
            await told.until(2)
    assert told.types == ["account.saved", "account.saved"]
    assert len({event_id for event_id, _ in told.events}) == 1


def opened_to(sandbox: Sandbox, told: Told) -> dict[str, str]:
    ports = f"{sandbox.smtp_port}+{sandbox.pop3_port}+{told.served.port}"
    return {"LETTERHEAD_ALLOW_TARGETS": f"127.0.0.1/32:{ports}"}


def company(environment: dict[str, str]) -> str:
    letterhead("company", "create", "Acme", environment=environment)
    return letterhead("token", "create", "--company", "Acme", "--admin", environment=environment)


async def save_told(admin: Caller, told: Told, draft: Draft) -> None:
    payload = await admin.do(CREATE, {"url": told.url, "events": ["ACCOUNT"]})
    told.secret = payload["signingSecret"]
    await admin.saved(draft("sales"))
    await admin.http.aclose()


async def end_leases(database_url: str) -> None:
    """As if the time of the dead process's leases had gone by."""
    async with opened(database_url):
        await select("UPDATE webhook_delivery SET lease_until = created_at RETURNING id")
