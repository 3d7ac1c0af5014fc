"""A server that is killed has lost nothing that it had taken in."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lab.process import letterhead, served
from lab.product import DIRECTORY, PEOPLE, Caller
from letterhead.sandbox.mailboxes import SANDBOX_DOMAIN, SANDBOX_PASSWORD
from letterhead.sandbox.service import Sandbox

SEND = """
mutation ($input: SendMessageInput!) {
  sendMessage(input: $input) { message { id status } errors { message path code } }
}
"""


@pytest.fixture
def environment(database_url: str, sandbox: Sandbox, tmp_path: Path) -> dict[str, str]:
    (tmp_path / "keys").write_text("test:" + "A" * 43 + "=\n")
    return {
        "LETTERHEAD_DATABASE_URL": database_url,
        "LETTERHEAD_KEY_FILE": str(tmp_path / "keys"),
        "LETTERHEAD_CA_FILE": str(sandbox.ca_file),
        "LETTERHEAD_ALLOW_TARGETS": f"127.0.0.1/32:{sandbox.smtp_port}+{sandbox.pop3_port}",
    }


async def test_a_message_survives_the_server(
    environment: dict[str, str], sandbox: Sandbox, tmp_path: Path
) -> None:
    letterhead("company", "create", "Acme", environment=environment)
    token = letterhead("token", "create", "--company", "Acme", "--admin", environment=environment)

    async with served(environment, tmp_path / "first.log") as first:
        admin = Caller(first.address, token)
        message_id = await _queued(admin, sandbox)
        await first.kill()
        await admin.http.aclose()

    async with served(environment, tmp_path / "second.log") as second:
        admin = Caller(second.address, token)
        message = await admin.finished(message_id)
        await admin.http.aclose()
    assert message["status"] == "SENT"


async def _queued(admin: Caller, sandbox: Sandbox) -> str:
    """A message that is due only when the server has been killed."""
    await admin.do(DIRECTORY, {"employees": [{"externalId": "dana", "name": "Dana"}]})
    [dana] = (await admin.ask(PEOPLE))["company"]["employees"]["nodes"]
    server = {"host": "localhost", "security": "STARTTLS"}
    await admin.saved(
        {
            "address": f"sales@{SANDBOX_DOMAIN}",
            "providerKey": "custom",
            "smtp": {"protocol": "SMTP", "port": sandbox.smtp_port, **server},
            "incoming": {"protocol": "POP3", "port": sandbox.pop3_port, **server},
            "credential": {"password": SANDBOX_PASSWORD},
        }
    )
    payload = await admin.do(
        SEND,
        {
            "idempotencyKey": "survivor",
            "context": {"employeeId": dana["id"]},
            "to": [{"address": f"contact@{SANDBOX_DOMAIN}"}],
            "subject": "Still here",
            "text": "Yes.",
            "notBefore": (datetime.now(UTC) + timedelta(seconds=3)).isoformat(),
        },
    )
    assert payload["message"]["status"] == "QUEUED", payload
    message_id: str = payload["message"]["id"]
    return message_id
