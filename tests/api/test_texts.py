"""Whatever text is asked for, the database is not put out by it."""

import pytest

from api.documents import CANDIDATES, NODE, RESOLVE, SEND
from api.drafts import Draft, at
from api.marks import on_sqlite
from lab.product import Product

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXTS = ["nul \0 here", "100%_!", "'; DROP TABLE company; --", "☃" * 1000, "\u202e", ""]
SEARCH = """
query ($text: String!) {
  emailAccounts(filter: {search: $text, providerKey: $text}) { nodes { id } }
  messages(filter: {recipient: $text}) { nodes { id } }
  company { employees(search: $text) { nodes { id } } groups(search: $text) { nodes { id } } }
  projects: company { projects(search: $text) { nodes { id } } }
  provider(key: $text) { key }
}
"""


@pytest.mark.parametrize("text", TEXTS)
async def test_any_text_can_be_looked_for(acme: Product, text: str) -> None:
    found = await acme.admin.ask(SEARCH, text=text)

    assert found == {
        "emailAccounts": {"nodes": []},
        "messages": {"nodes": []},
        "company": {"employees": {"nodes": []}, "groups": {"nodes": []}},
        "projects": {"projects": {"nodes": []}},
        "provider": None,
    }


@pytest.mark.parametrize("text", TEXTS)
async def test_no_address_of_ours_is_called_that(acme: Product, draft: Draft, text: str) -> None:
    ids = await acme.directory(employees=[{"externalId": "ann", "name": "Ann"}])
    ann = await acme.employee(ids["ann"])
    await acme.admin.saved(draft("sales"))

    chosen = await ann.ask(RESOLVE, **{"for": {"alias": text}})
    answering = await ann.ask(CANDIDATES, **{"for": {"answeringAddress": text}})
    message = {"to": [{"address": at("contact")}], "subject": "Hello", "text": "Hello"}
    sent = await ann.do(SEND, message | {"idempotencyKey": "1", "context": {"alias": text}})

    assert chosen["resolveSender"]["reason"] == "CHOICE_NOT_AVAILABLE"
    assert [node["from"] for node in answering["availableSenders"]["nodes"]] == [at("sales")]
    assert [error["code"] for error in sent["errors"]] == ["SENDER_NOT_AVAILABLE"]


@on_sqlite
@pytest.mark.parametrize("text", [*TEXTS, "RW1haWxBY2NvdW50Og", "RW1haWxBY2NvdW50OgAA", "UHJvdmlkZXI6AA"])
async def test_nothing_has_such_an_id(acme: Product, text: str) -> None:
    assert await acme.admin.ask(NODE, id=text) == {"node": None}
