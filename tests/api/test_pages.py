"""Every list is read page by page, and what is no place in it is refused."""

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
import pytest_asyncio

from api.documents import ACCOUNTS, CANDIDATES, MESSAGES, SEND
from api.drafts import Draft, at
from api.marks import on_sqlite
from lab.product import Caller, Product, with_company
from letterhead.serving import Serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

INSTANT = "2026-01-31T09:30:00+00:00"
ID = "01a20c31-f2d6-777e-aaf9-6d37acf52132"
LISTS = {
    "{ emailAccounts(ARGS) { PAGE } }": [0, INSTANT, ID],
    "{ emailAccounts(ARGS, orderBy: {field: ADDRESS, direction: DESC}) { PAGE } }": ["a", ID],
    "{ emailAccounts(ARGS, orderBy: {field: CREATED_AT, direction: ASC}) { PAGE } }": [INSTANT, ID],
    "{ emailAccounts(ARGS, orderBy: {field: UPDATED_AT, direction: DESC}) { PAGE } }": [INSTANT, ID],
    "{ messages(ARGS) { PAGE } }": [INSTANT, ID],
    "{ providers(ARGS) { PAGE } }": ["custom"],
    "{ company { employees(ARGS) { PAGE } } }": ["a", ID],
    "{ company { groups(ARGS) { PAGE } } }": ["a", ID],
    "{ company { projects(ARGS) { PAGE } } }": ["a", ID],
    "{ viewer { employee { groups(ARGS) { PAGE } } } }": ["a", ID],
    "{ viewer { employee { emailAccounts(ARGS) { PAGE } } } }": [0, INSTANT, ID],
    "{ availableSenders(for: {}, ARGS) { PAGE } }": ["", "", 0, 0, INSTANT, ID, -1, ""],
    "{ resolveSender(for: {}) { ... on ResolvedSender { candidates(ARGS) { PAGE } } } }": [
        *("", "", 0, 0, INSTANT, ID, -1, "")
    ],
    "{ resolveSender(for: {}) { ... on ResolvedSender { excluded(ARGS) { PAGE } } } }": [
        *(0, INSTANT, ID, -1, "")
    ],
    '{ node(id: "sales") { ... on EmailAccount { access { employees(ARGS) { PAGE } } } } }': ["a", ID],
    '{ node(id: "sales") { ... on EmailAccount { access { groups(ARGS) { PAGE } } } } }': ["a", ID],
    '{ node(id: "sales") { ... on EmailAccount { scope { projects(ARGS) { PAGE } } } } }': ["a", ID],
    '{ node(id: "sales") { ... on EmailAccount { tests(ARGS) { PAGE } } } }': [ID],
    '{ node(id: "hello") { ... on Message { attempts(ARGS) { PAGE } } } }': [INSTANT, ID],
    '{ node(id: "people") { ... on Group { members(ARGS) { PAGE } } } }': ["a", ID],
    '{ node(id: "apollo") { ... on Project { emailAccounts(ARGS) { PAGE } } } }': [0, INSTANT, ID],
}
PAGE = "edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


@dataclass(frozen=True)
class Office:
    """Ann's company, in which everything is there once."""

    ann: Caller
    ids: dict[str, str]

    async def page(self, place: str, first: int = 25, after: str | None = None) -> dict[str, Any]:
        arguments = f"first: {first}, after: {orjson.dumps(after).decode()}"
        document = place.replace("ARGS", arguments).replace("PAGE", PAGE)
        for name, opaque in self.ids.items():
            document = document.replace(f'"{name}"', f'"{opaque}"')
        return await self.ann.answer(document)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(server: Serving, draft: Draft) -> AsyncIterator[Office]:
    acme = await with_company(server, "Office")
    ids = await acme.directory(
        employees=[{"externalId": "ann", "name": "Ann"}],
        groups=[{"externalId": "people", "name": "People", "memberExternalIds": ["ann"]}],
        projects=[{"externalId": "apollo", "name": "Apollo"}],
    )
    ann = await acme.employee(ids["ann"])
    sales = await acme.admin.saved(draft("sales"))
    message = {"to": [{"address": at("contact")}], "subject": "Hello", "text": "Hello"}
    sent = await ann.do(SEND, {"idempotencyKey": "1", "context": {}, **message})
    await ann.finished(sent["message"]["id"])
    yield Office(ann, {**ids, "sales": sales["id"], "hello": sent["message"]["id"]})
    await acme.close()


def cursor(*key: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode()


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer.get("errors", [])]


@on_sqlite
@pytest.mark.parametrize("place", LISTS)
async def test_a_page_has_one_to_a_hundred_entries(office: Office, place: str) -> None:
    answers = [codes(await office.page(place, first)) for first in (-1, 0, 1, 100, 101)]

    assert answers == [["BAD_INPUT"], ["BAD_INPUT"], [], [], ["BAD_INPUT"]]


@pytest.mark.parametrize("place", LISTS)
async def test_a_place_of_another_list_is_refused(office: Office, place: str) -> None:
    key = LISTS[place]
    bad = [cursor(*key[:-1], f"{key[-1]}\0"), cursor(*([2**63] * len(key))), cursor(*(["b"] * len(key)))]

    answers = {after: codes(await office.page(place, after=after)) for after in (*bad, cursor(*key))}

    assert answers == {after: ["BAD_INPUT"] for after in bad} | {cursor(*key): []}


@on_sqlite
@pytest.mark.parametrize("place", ["{ emailAccounts(ARGS) { PAGE } }", "{ providers(ARGS) { PAGE } }"])
async def test_what_is_no_place_is_refused(office: Office, place: str) -> None:
    key = LISTS[place]
    bad = ["", "garbage", "☃", "W", cursor(), cursor(*key, 1), cursor(*key[1:])]
    bad += [cursor(*([part] * len(key))) for part in (None, True, 0.5, [1], {"a": 1})]

    answers = {after: codes(await office.page(place, after=after)) for after in bad}

    assert answers == {after: ["BAD_INPUT"] for after in bad}


async def test_accounts_are_read_to_their_end(acme: Product, draft: Draft) -> None:
    accounts = [await acme.admin.saved(draft(name)) for name in "abc"]
    expected = [account["address"] for account in accounts]

    for field in ("POSITION", "ADDRESS", "CREATED_AT", "UPDATED_AT"):
        for direction, order in (("ASC", expected), ("DESC", expected[::-1])):
            by = {"field": field, "direction": direction}
            found = await to_the_end(acme.admin, ACCOUNTS, "emailAccounts", orderBy=by)
            assert [node["address"] for node in found] == order


async def test_messages_are_read_to_their_end_newest_first(office: Office) -> None:
    for number in "234":
        message = {"to": [{"address": at("contact")}], "subject": number, "text": "Hello"}
        await office.ann.do(SEND, {"idempotencyKey": number, "context": {}, **message})

    found = await to_the_end(office.ann, MESSAGES, "messages")

    assert [node["subject"] for node in found] == ["4", "3", "2", "Hello"]


async def test_addresses_to_choose_are_read_to_their_end(acme: Product, draft: Draft) -> None:
    ids = await acme.directory(employees=[{"externalId": "ann", "name": "Ann"}])
    ann = await acme.employee(ids["ann"])
    aliases = [{"address": at(f"help+{name}")} for name in ("one", "two")]
    await acme.admin.saved(draft("help", aliases=aliases))
    await ann.saved(draft("ann"), ownerId=ids["ann"])

    found = await to_the_end(ann, CANDIDATES, "availableSenders", **{"for": {}})

    assert [node["from"] for node in found] == [
        *(at("ann"), at("help"), at("help+one"), at("help+two")),
    ]


async def to_the_end(caller: Caller, document: str, name: str, **variables: Any) -> list[dict[str, Any]]:
    """All nodes of a list, two at a time."""
    found: list[dict[str, Any]] = []
    after = None
    while True:
        page = (await caller.ask(document, first=2, after=after, **variables))[name]
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        assert len(page["nodes"]) == 2
        after = page["pageInfo"]["endCursor"]
