"""What happens to accounts is followed: nothing is missed or seen twice, and nobody sees too much."""

import asyncio
from contextlib import aclosing
from datetime import timedelta
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from api.documents import DELETE, SET_ACCESS, SET_ENABLED, SET_SCOPE, TEST, UPDATE
from api.drafts import Draft
from api.live import heard, over_sse, over_websocket, say, websocket
from api.marks import on_sqlite
from lab.product import Caller, Product
from letterhead.identity import tokens
from letterhead.identity.actor import ADMINISTRATOR
from letterhead.schema.ids import row_id
from letterhead.store import models
from letterhead.store.database import now
from letterhead.store.pages import cursor

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVENTS = """
subscription ($since: String) {
  accountEvents(since: $since) { cursor at accountId action account { address displayName status } }
}
"""
both_ways = pytest.mark.parametrize("watch", [over_sse, over_websocket])


async def told(caller: Caller, number: int, since: str | None = None, watch: Any = over_sse) -> list[Any]:
    """The first ``number`` events, fewer where an account is deleted."""
    found: list[Any] = []
    async with asyncio.timeout(60), aclosing(watch(caller, EVENTS, since=since)) as events:
        async for event in events:
            assert "errors" not in event, event
            found.append(event["data"]["accountEvents"])
            if len(found) == number or found[-1]["action"] == "ACCOUNT_DELETED":
                break
    return found


async def refused(caller: Caller, since: str | None = None, watch: Any = over_sse) -> dict[str, Any]:
    """The error with which a stream ends, after whatever it told."""
    async with asyncio.timeout(60), aclosing(watch(caller, EVENTS, since=since)) as events:
        async for event in events:
            if "errors" in event:
                error: dict[str, Any] = event["errors"][0]["extensions"]
                return error
    raise AssertionError("it ended well")


async def latest(acme: Product) -> str:
    """The cursor of the latest event."""
    company = await models.Company.get(id=acme.company_id)
    return cursor([company.event_count])


async def rename(caller: Caller, account: str, name: str) -> None:
    payload = await caller.do(UPDATE, {"accountId": account, "displayName": name})
    assert payload["errors"] == []


@both_ways
async def test_each_change_of_an_account_is_told(acme: Product, draft: Draft, watch: Any) -> None:
    since = await latest(acme)
    sales = (await acme.admin.saved(draft("sales")))["id"]
    await rename(acme.admin, sales, "Sales")
    await acme.admin.do(SET_ACCESS, {"accountId": sales, "access": {"mode": "SELECTED"}})
    await acme.admin.do(SET_SCOPE, {"accountId": sales, "scope": {"mode": "SELECTED"}})
    for enabled in (False, True):
        await acme.admin.do(SET_ENABLED, {"accountId": sales, "enabled": enabled})
    await acme.admin.do(DELETE, {"accountId": sales})

    events = await told(acme.admin, 7, since, watch)

    assert [event["action"] for event in events] == [
        "ACCOUNT_SAVED",
        "ACCOUNT_SAVED",
        "ACCESS_CHANGED",
        "SCOPE_CHANGED",
        "STATUS_CHANGED",
        "STATUS_CHANGED",
        "ACCOUNT_DELETED",
    ]
    assert {event["accountId"] for event in events} == {sales}
    assert events[-1]["account"] is None


@both_ways
async def test_the_latest_comes_first_and_then_each_new_one(acme: Product, draft: Draft, watch: Any) -> None:
    sales = (await acme.admin.saved(draft("sales")))["id"]
    names: list[str | None] = []

    async with asyncio.timeout(30), aclosing(watch(acme.admin, EVENTS)) as events:
        async for event in events:
            names.append(event["data"]["accountEvents"]["account"]["displayName"])
            if len(names) == 3:
                break
            await rename(acme.admin, sales, f"name {len(names)}")

    assert names == [None, "name 1", "name 2"]


async def test_that_an_account_is_ready_again_is_told(acme: Product, draft: Draft) -> None:
    sales = (await acme.admin.saved(draft("sales")))["id"]
    since = await latest(acme)
    await models.EmailAccount.filter(id=row_id(sales, "EmailAccount")).update(status="PAUSED")

    await acme.admin.do(TEST, {"accountId": sales})

    [event] = await told(acme.admin, 1, since)
    assert (event["action"], event["account"]["status"]) == ("STATUS_CHANGED", "READY")


async def test_who_leaves_and_what_is_removed_is_told(acme: Product, draft: Draft) -> None:
    people = [{"externalId": name, "name": name} for name in ("ann", "ben")]
    ids = await acme.directory(employees=people, projects=[{"externalId": "p", "name": "P"}])
    own = (await (await acme.employee(ids["ann"])).saved(draft("ann"), ownerId=ids["ann"]))["id"]
    access = {"mode": "SELECTED", "employeeIds": [ids["ann"]]}
    scope = {"mode": "SELECTED", "projectIds": [ids["p"]]}
    sales = (await acme.admin.saved(draft("sales"), {"access": access, "scope": scope}))["id"]
    since = await latest(acme)

    await acme.directory(employees=people[1:], projects=[], removeMissing=True)

    assert [(event["action"], event["accountId"]) for event in await told(acme.admin, 3, since)] == [
        ("STATUS_CHANGED", own),
        ("ACCESS_CHANGED", sales),
        ("SCOPE_CHANGED", sales),
    ]


@on_sqlite
@pytest.mark.parametrize("since", ["", "garbage", "WzEsMl0=", "WyJhIl0=", cursor([-1]), cursor([10**6])])
async def test_what_is_no_cursor_of_an_event_is_refused(acme: Product, since: str) -> None:
    assert await refused(acme.admin, since) == {
        "code": "BAD_INPUT",
        "remedy": "Take it from AccountEvent.cursor, or leave it out and read emailAccounts once you are "
        "subscribed.",
    }


@on_sqlite
async def test_what_is_kept_no_longer_is_not_passed_over(acme: Product, draft: Draft) -> None:
    await acme.admin.saved(draft("sales"))
    await models.Company.filter(id=acme.company_id).update(event_count=3)

    assert await refused(acme.admin, cursor([1])) == {
        "code": "BAD_INPUT",
        "remedy": "Leave since out, and read emailAccounts once you are subscribed.",
    }


async def test_employees_follow_what_they_may_know_of(acme: Product, draft: Draft) -> None:
    people = [{"externalId": name, "name": name} for name in ("ann", "ben")]
    ids = await acme.directory(employees=people)
    ann, since = await acme.employee(ids["ann"]), await latest(acme)
    access = {"mode": "SELECTED", "employeeIds": [ids["ben"]]}
    bens = (await acme.admin.saved(draft("board"), {"access": access}))["id"]
    open_ = (await acme.admin.saved(draft("sales")))["id"]
    await acme.admin.do(DELETE, {"accountId": bens})
    await acme.admin.do(DELETE, {"accountId": open_})

    [event] = await told(ann, 1, since)

    assert (event["action"], event["accountId"]) == ("ACCOUNT_DELETED", open_)


async def test_another_companys_are_not_told(acme: Product, draft: Draft) -> None:
    await acme.admin.saved(draft("sales"))
    other = await acme.company(f"Other {acme.company_id}")
    theirs = (await other.saved(draft("theirs")))["id"]

    assert [event["accountId"] for event in await told(other, 1)] == [theirs]


@both_ways
async def test_it_ends_when_the_token_does(acme: Product, draft: Draft, watch: Any) -> None:
    sales = (await acme.admin.saved(draft("sales")))["id"]
    token = await tokens.create(acme.company_id, "soon", ADMINISTRATOR)
    soon, ended = Caller(acme.admin.address, token), None

    async with asyncio.timeout(30), aclosing(watch(soon, EVENTS)) as events:
        async for event in events:
            if "errors" in event:
                ended = event["errors"][0]["extensions"]["code"]
                break
            past = now() - timedelta(seconds=1)
            await models.ApiToken.filter(digest=tokens._digest(token)).update(expires_at=past)
            await rename(acme.admin, sales, "unseen")
    await soon.http.aclose()

    assert ended == "UNAUTHENTICATED"


async def test_it_ends_for_who_has_left(acme: Product, draft: Draft) -> None:
    ids = await acme.directory(employees=[{"externalId": "ann", "name": "Ann"}])
    ann = await acme.employee(ids["ann"])
    await acme.admin.saved(draft("sales"))
    seen: list[Any] = []

    async with asyncio.timeout(30):
        async for event in over_websocket(ann, EVENTS):
            seen.append(event.get("errors") or event["data"]["accountEvents"]["action"])
            await acme.directory(employees=[], removeMissing=True)

    [first, [error]] = seen
    assert (first, error["extensions"]["code"]) == ("ACCOUNT_SAVED", "UNAUTHENTICATED")


@on_sqlite
async def test_a_websocket_is_closed_to_who_has_left(acme: Product) -> None:
    ids = await acme.directory(employees=[{"externalId": "ann", "name": "Ann"}])
    ann = await acme.employee(ids["ann"])
    async with websocket(ann, additional_headers={"Authorization": f"Bearer {ann.token}"}) as socket:
        await say(socket, "connection_init")
        await heard(socket)
        await acme.directory(employees=[], removeMissing=True)
        await say(socket, "subscribe", id="1", payload={"query": "{ company { name } }"})

        with pytest.raises(ConnectionClosed) as closed:
            await heard(socket)

    assert closed.value.rcvd
    assert closed.value.rcvd.code == 4403


async def test_who_comes_back_misses_nothing_and_sees_nothing_twice(acme: Product, draft: Draft) -> None:
    accounts = [(await acme.admin.saved(draft(f"many-{number}")))["id"] for number in range(3)]
    since, writers, each = await latest(acme), 6, 8

    async def write(writer: int) -> None:
        for number in range(each):
            account = accounts[(writer + number) % len(accounts)]
            given = {"accountId": account, "displayName": f"{writer} {number}"}
            await acme.admin.do(UPDATE, given)

    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(followed(acme, since))
        writing = [tasks.create_task(write(writer)) for writer in range(writers)]
        writing.append(tasks.create_task(come_and_go(acme, accounts[1])))
        await asyncio.wait(writing)
        await acme.admin.do(DELETE, {"accountId": accounts[0]})  # the end that ``followed`` waits for

    count = (await models.Company.get(id=acme.company_id)).event_count
    assert following.result() == [cursor([number]) for number in range(4, count + 1)]
    assert count > 3 + writers * each / 2


async def come_and_go(acme: Product, account: str) -> None:
    """A group that is chosen for an account and removed again: the directory takes many rows at once."""
    for _ in range(4):
        ids = await acme.directory(groups=[{"externalId": "g", "name": "G", "memberExternalIds": []}])
        access = {"mode": "SELECTED", "groupIds": [ids["g"]]}
        await acme.admin.do(SET_ACCESS, {"accountId": account, "access": access})
        await acme.directory(groups=[], removeMissing=True)


async def followed(acme: Product, since: str) -> list[str]:
    """Cursors until an account is deleted, by streams of which each breaks off after a few."""
    seen, rounds = [since], 0
    while True:
        rounds += 1
        part = await told(acme.admin, 1 + rounds % 4, seen[-1], over_sse if rounds % 2 else over_websocket)
        seen += [event["cursor"] for event in part]
        if part[-1]["action"] == "ACCOUNT_DELETED":
            return seen[1:]
