"""Messages to send, and what is shown of them."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from api.documents import SEND
from api.drafts import at
from lab.product import Caller, Product
from letterhead.outbox.queue import TOPIC
from letterhead.schema.ids import row_id
from letterhead.store import models
from letterhead.store.database import now

LATER = {"notBefore": (datetime.now(UTC) + timedelta(days=30)).isoformat()}
SHOW = """
query ($id: ID!) {
  node(id: $id) {
    ... on Message {
      status rule account { address status problem { code } } author { externalId } project { externalId }
      recipients { address kind status addressIsBad diagnosis { code title actor retry reply { code text } } }
      attempts { nodes { reply { code } diagnosis { code } } }
      heldBecause { title } waitingFor { code } nextAttemptAt finishedAt
    }
  }
}
"""


def message(to: str, **changes: Any) -> dict[str, Any]:
    content = {"to": [{"address": to}], "subject": "Hello", "text": "How are you?"}
    return {"idempotencyKey": secrets.token_hex(8), "context": {}, **content, **changes}


async def writer(acme: Product) -> Caller:
    ids = await acme.directory(
        employees=[{"externalId": "ann", "name": "Ann"}],
        projects=[{"externalId": "apollo", "name": "Apollo"}],
    )
    return await acme.employee(ids["ann"])


async def sent(caller: Caller, given: dict[str, Any]) -> str:
    payload = await caller.do(SEND, given)
    assert payload["errors"] == []
    message_id: str = payload["message"]["id"]
    return message_id


async def shown(caller: Caller, message_id: str) -> dict[str, Any]:
    node: dict[str, Any] = (await caller.ask(SHOW, id=message_id))["node"]
    return node


def fresh(name: str) -> str:
    return at(f"{name}-{secrets.token_hex(4)}")


async def due(acme: Product, message_id: str) -> None:
    """As if the time that it was to wait for had come."""
    rows = models.Message.filter(id=row_id(message_id, "Message"))
    assert await rows.update(next_attempt_at=now(), not_before=None) == 1
    acme.serving.house.news.changed(TOPIC)
