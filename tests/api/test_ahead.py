"""What is read ahead changes how often the database is asked, and nothing of what is answered."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest

from api.drafts import Draft
from api.growing import grown
from lab.databases import counted
from lab.idle import idle
from lab.product import Product
from letterhead.accounts.account import Account
from letterhead.accounts.listing import AccountFilter, AccountOrder, accounts
from letterhead.schema.context import Info
from letterhead.schema.ids import row_id
from letterhead.schema.loaders import Loaders
from letterhead.settings import Settings
from letterhead.store import models
from letterhead.store.database import now
from letterhead.store.pages import Page, PageRequest
from letterhead.trials.trial import Trial

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGE = """
query ($few: Int! = 1, $all: Boolean! = true) { emailAccounts(first: 50) {
  nodes {
    id owner { __typename ... on Company { id name policy { precedence retestAfterDays } } }
    aliases { address proof } ...Shared @include(if: $all)
    lastTest { id status startedAt }
  }
  edges { cursor node {
    viewerCan access { some: employees(first: $few) { nodes { name } } } lastTest { steps { status } }
  } }
  pageInfo { endCursor }
} }
fragment Shared on EmailAccount {
  access { mode employees { nodes { id name address } pageInfo { hasNextPage } } groups { nodes { name } } }
  scope { mode projects(first: 1) { edges { cursor node { id } } } }
}
"""
TOO_MANY = "{ emailAccounts { nodes { access { employees(first: 1000) { nodes { id } } } } } }"


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Iterator[Settings]:
    with idle():
        yield settings


async def nothing_ahead(
    info: Info, wanted: AccountFilter, order: AccountOrder, request: PageRequest
) -> Page[Account]:
    return await accounts(wanted, order, request, by=info.context.by)


@pytest.mark.parametrize("variables", [{}, {"few": 2, "all": False}])
async def test_answers_are_the_same_in_fewer_statements(
    acme: Product, draft: Draft, monkeypatch: pytest.MonkeyPatch, variables: dict[str, Any]
) -> None:
    sales = row_id((await acme.admin.saved(draft("sales")))["id"], "EmailAccount")
    assert sales
    await grown(acme, sales, range(3))

    ahead = [await acme.admin.answer(PAGE, **variables) for _ in range(3)][-1]
    with counted() as sent:
        await acme.admin.answer(PAGE, **variables)
    monkeypatch.setattr("letterhead.schema.query.accounts_listed", nothing_ahead)
    with counted() as sent_otherwise:
        otherwise = await acme.admin.answer(PAGE, **variables)

    assert "errors" not in ahead
    assert ahead == otherwise
    assert len(sent) == 2 < len(sent_otherwise)  # the token, and the accounts with all that is asked of them


NARROW = {
    "names": """owner { ... on Employee { id name } } access { employees { nodes { id name } } }
        scope { projects { nodes { name } } }""",
    "who has left": "viewerCan owner { ... on Employee { name } }",
    "more of people": """owner { ... on Employee { address } } access { employees { nodes { externalId } }
        groups { nodes { externalId name } } } scope { projects { edges { node { externalId } } } }""",
    "within others": """owner { ... on Employee { name emailAccounts { nodes { address aliases { address } } }
        groups { nodes { name members { nodes { name } } } } } }""",
    "aliases": "aliases { displayName problem { title } }",
    "when tests were": "lastTest { id finishedAt }",
    "servers": "smtp { host } incoming { host } lastTest { status smtp { host } }",
    "the rest": "createdAt replyTo credential { kind } incomingCredential { kind } usage { sentToday }",
}


@pytest.mark.parametrize("asked", NARROW.values(), ids=NARROW)
async def test_what_is_left_out_is_missed_by_nobody(
    acme: Product, draft: Draft, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    saved = row_id((await acme.admin.saved(draft("sales")))["id"], "EmailAccount")
    assert saved
    await grown(acme, saved, range(3))
    ids = await acme.directory(
        employees=[{"externalId": "ann", "name": "Ann", "address": "ann@acme.example"}]
    )
    ann = await acme.employee(ids["ann"])
    await ann.saved(draft("ann"), ownerId=ids["ann"])
    await models.Employee.filter(company_id=acme.company_id, external_id="ann").update(removed_at=now())
    document = f"{{ viewer {{ employee {{ name }} }} emailAccounts {{ nodes {{ id {asked} }} }} }}"

    narrow = [await acme.admin.answer(document) for _ in range(3)][-1]
    monkeypatch.setattr("letterhead.schema.query.accounts_listed", nothing_ahead)

    assert "errors" not in narrow
    assert narrow == await acme.admin.answer(document)


PAGES = """
query ($order: EmailAccountOrder, $after: String) {
  emailAccounts(first: 2, orderBy: $order, after: $after) {
    nodes { address %s } pageInfo { hasNextPage endCursor }
  }
}
"""


@pytest.mark.parametrize("field", ["POSITION", "ADDRESS", "CREATED_AT", "UPDATED_AT"])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_pages_go_on_alike_whatever_is_read_with_them(
    acme: Product, draft: Draft, field: str, direction: str
) -> None:
    for name in ("sales", "billing", "support", "press", "jobs"):
        await acme.admin.saved(draft(name))

    async def walked(asked: str) -> list[str]:
        found: list[str] = []
        after, goes_on = None, True
        while goes_on:
            order = {"field": field, "direction": direction}
            page = (await acme.admin.ask(PAGES % asked, order=order, after=after))["emailAccounts"]
            found += [node["address"] for node in page["nodes"]]
            info = page["pageInfo"]
            after, goes_on = info["endCursor"], info["hasNextPage"]
        return found

    alone = await walked("")

    assert len(alone) == len(set(alone)) == 5
    assert await walked("aliases { address } lastTest { status } owner { __typename }") == alone


async def test_a_wrong_page_is_refused_where_it_was_asked_for(acme: Product, draft: Draft) -> None:
    await acme.admin.saved(draft("sales"))

    answer = await acme.admin.answer(TOO_MANY)

    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [
        (["emailAccounts", "nodes", 0, "access", "employees"], "BAD_INPUT")
    ]


async def test_what_was_read_does_not_wait_for_the_garbage_collector(acme: Product, draft: Draft) -> None:
    await acme.admin.saved(draft("sales"))
    for _ in range(3):
        await acme.admin.answer(PAGE)
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        await acme.admin.answer(PAGE)
        gc.collect()
        kept = {type(one) for one in gc.garbage}
    finally:
        gc.set_debug(0)
        gc.garbage.clear()

    assert kept.isdisjoint({Account, Trial, Page, Loaders})
