"""Making, seeing and deleting webhooks."""

import re
from typing import Any

import pytest

from lab.product import Product, Start
from letterhead.identity.actor import Permission
from letterhead.store import models
from webhooks.conftest import CREATE, listen
from webhooks.sink import Told

SHOW = """
{ company { webhooks { nodes { id url events lastDeliveredAt problem { title } } } } }
"""
PAGE = """
query ($after: String) {
  company { webhooks(first: 2, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }
}
"""
NODE = "query ($id: ID!) { node(id: $id) { id ... on Webhook { url } } }"
DELETE = """
mutation ($input: DeleteWebhookInput!) {
  deleteWebhook(input: $input) { deletedId errors { message path code } }
}
"""


async def test_the_signing_secret_is_shown_once(product: Product, told: Told) -> None:
    payload = await product.admin.do(CREATE, {"url": told.url, "events": ["TEST", "MESSAGE", "TEST"]})
    made = payload["webhook"]

    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", payload["signingSecret"])
    assert made == {
        "id": made["id"],
        "url": told.url,
        "events": ["TEST", "MESSAGE"],
        "lastDeliveredAt": None,
        "problem": None,
    }
    assert (await product.admin.ask(SHOW))["company"]["webhooks"]["nodes"] == [made]
    assert (await product.admin.ask(NODE, id=made["id"]))["node"] == {"id": made["id"], "url": told.url}
    assert payload["signingSecret"] not in (await models.Webhook.get()).secret_sealed


async def test_a_deleted_one_is_gone_and_the_log_tells_of_both(product: Product, told: Told) -> None:
    webhook_id = await listen(product, told, "MESSAGE")

    assert await product.admin.do(DELETE, {"webhookId": webhook_id}) == {
        "deletedId": webhook_id,
        "errors": [],
    }

    assert (await product.admin.ask(NODE, id=webhook_id))["node"] is None
    log = await models.AuditEntry.filter(action="WEBHOOK_CHANGED").order_by("at", "id")
    assert [entry.summary for entry in log] == [
        "Made a webhook to 127.0.0.1",
        "Deleted the webhook to 127.0.0.1",
    ]


async def test_only_who_manages_webhooks_sees_and_changes_them(product: Product, told: Told) -> None:
    webhook_id = await listen(product, told, "MESSAGE")
    tool = await product.service(*set(Permission) - {Permission.MANAGE_WEBHOOKS})

    refusal = {"message": "This needs the permission MANAGE_WEBHOOKS.", "path": [], "code": "NOT_PERMITTED"}
    made = await tool.do(CREATE, {"url": told.url, "events": ["MESSAGE"]})
    assert (made["webhook"], made["signingSecret"], made["errors"]) == (None, None, [refusal])
    assert (await tool.do(DELETE, {"webhookId": webhook_id}))["errors"] == [refusal]
    assert (await tool.ask(SHOW))["company"]["webhooks"]["nodes"] == []
    assert (await tool.ask(NODE, id=webhook_id))["node"] is None


async def test_another_companys_is_not_there(product: Product, told: Told) -> None:
    webhook_id = await listen(product, told, "MESSAGE")
    stranger = await product.company("Other")

    assert (await stranger.ask(SHOW))["company"]["webhooks"]["nodes"] == []
    assert (await stranger.ask(NODE, id=webhook_id))["node"] is None
    missing = {"message": "There is no such webhook.", "path": ["webhookId"], "code": "NOT_FOUND"}
    assert (await stranger.do(DELETE, {"webhookId": webhook_id}))["errors"] == [missing]


async def test_there_are_twenty_at_most_in_pages(product: Product, told: Told) -> None:
    ids = [await listen(product, told, "MESSAGE") for _ in range(20)]

    one_more = await product.admin.do(CREATE, {"url": told.url, "events": ["MESSAGE"]})

    assert [error["code"] for error in one_more["errors"]] == ["TOO_MANY"]
    seen: list[str] = []
    after = None
    while after or not seen:
        page = (await product.admin.ask(PAGE, after=after))["company"]["webhooks"]
        seen += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    assert seen == ids


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "Write a web address such as https://crm.example/events."),
        ("crm.example/events", "Write a web address such as https://crm.example/events."),
        ("ftp://crm.example/", "Write a web address such as https://crm.example/events."),
        ("https://me:secret@crm.example/", "Leave out what stands before @ and after #."),
        ("https://crm.example/#part", "Leave out what stands before @ and after #."),
        ("https://crm.example/é", "Write path and query in ASCII, other characters as %XX."),
        ("https://crm.example/a b", "Write path and query in ASCII, other characters as %XX."),
        (
            "https://crm.example:99999/",
            "This is not a web address; write it such as https://crm.example/events.",
        ),
        ("https://127.1/", "Write a numeric address in full, such as 192.0.2.25."),
        ("https://127.0.0.1/", "This server may not be reached from here."),
        ("https://[::1]/", "This server may not be reached from here."),
        ("https://[::ffff:10.0.0.1]/", "This server may not be reached from here."),
        ("https://169.254.169.254/latest/meta-data/", "This server may not be reached from here."),
        ("https://10.1.2.3/", "This server may not be reached from here."),
        ("https://9.9.9.9:25/", "This server may not be reached from here."),
        ("http://9.9.9.9/", "This server may not be reached from here. Use https."),
        ("https://crm.example/" + "a" * 2000, "An address has at most 2000 characters."),
    ],
)
async def test_an_address_that_cannot_be_used_says_why(start: Start, url: str, message: str) -> None:
    async with start(allow_targets=()) as product:
        payload: dict[str, Any] = await product.admin.do(CREATE, {"url": url, "events": ["MESSAGE"]})
    assert payload == {
        "webhook": None,
        "signingSecret": None,
        "errors": [{"message": message, "path": ["url"], "code": "INVALID"}],
    }


async def test_it_is_told_of_something(product: Product) -> None:
    payload = await product.admin.do(CREATE, {"url": "https://127.0.0.1:4/", "events": []})
    assert payload["errors"] == [
        {"message": "Say which events it is to be told of.", "path": ["events"], "code": "REQUIRED"}
    ]


async def test_plain_http_is_taken_where_the_operator_opened_the_network(product: Product) -> None:
    payload = await product.admin.do(CREATE, {"url": "HTTP://LOCALHOST:8080", "events": ["TEST"]})
    assert payload["webhook"]["url"] == "http://localhost:8080/"
