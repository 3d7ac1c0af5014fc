"""Held messages, let go: from the address chosen now, once, and only for those who cannot have it yet."""

import asyncio
import secrets
from datetime import timedelta
from typing import Any

import pytest

from api.documents import DELETE, SEND, SET_ACCESS, SET_ENABLED, SET_SCOPE
from api.drafts import Draft, at
from api.mailbox import arrived
from api.marks import on_sqlite
from api.messages import LATER, due, fresh, message, sent, writer
from lab.product import Caller, Product
from letterhead.identity.actor import Permission
from letterhead.sandbox.service import Sandbox
from letterhead.schema.ids import row_id
from letterhead.store import models
from letterhead.store.database import now

pytestmark = pytest.mark.asyncio(loop_scope="module")

RELEASE = """
mutation ($input: ReleaseMessagesInput!) {
  releaseMessages(input: $input) { released hasMore errors { message path code } }
}
"""
CHOICES = """
query ($id: ID!) {
  node(id: $id) { ... on Message { releaseChoices { nodes { from ready account { id } } } } }
}
"""
SHOW = """
query ($id: ID!) {
  node(id: $id) {
    ... on Message {
      status from rule messageId formerMessageIds heldBecause { title }
      account { address } recipients { address status }
    }
  }
}
"""
DONE = {"hasMore": False, "errors": []}


async def held(
    acme: Product, ann: Caller, account: dict[str, Any], to: str | None = None, **changes: Any
) -> str:
    """A message that its account, switched off, cannot send."""
    await acme.admin.do(SET_ENABLED, {"accountId": account["id"], "enabled": True})
    given = message(to or fresh("to"), **{"context": {"accountId": account["id"]}, **changes})
    message_id = await sent(ann, given | LATER)
    await acme.admin.do(SET_ENABLED, {"accountId": account["id"], "enabled": False})
    await due(acme, message_id)
    await ann.message_when(message_id, lambda message: message["status"] == "HELD")
    return message_id


async def shown(caller: Caller, message_id: str) -> dict[str, Any]:
    node: dict[str, Any] = (await caller.ask(SHOW, id=message_id))["node"]
    return node


async def row(message_id: str) -> models.Message:
    return await models.Message.get(id=row_id(message_id, "Message"))


async def test_it_leaves_from_the_address_chosen_now(acme: Product, draft: Draft, mail: Sandbox) -> None:
    ann, to = await writer(acme), fresh("to")
    sales = await acme.admin.saved(draft("sales"), {"displayName": "Sales", "replyTo": at("sales-answers")})
    help_desk = await acme.admin.saved(draft("help"), {"displayName": "Help", "replyTo": at("help-answers")})
    message_id = await held(acme, ann, sales, to, subject="Grüße", html="<p>Hi</p>")
    before = await shown(ann, message_id)

    choices = (await ann.ask(CHOICES, id=message_id))["node"]["releaseChoices"]["nodes"]
    payload = await ann.do(RELEASE, {"messageIds": [message_id], "accountId": help_desk["id"]})
    done = await ann.finished(message_id)

    assert choices == [{"from": at("help"), "ready": True, "account": {"id": help_desk["id"]}}]
    assert payload == {"released": 1, **DONE}
    after = await shown(ann, message_id)
    assert (done["status"], after["from"], after["rule"]) == ("SENT", at("help"), "CHOSEN")
    assert after["formerMessageIds"] == [before["messageId"]]
    [letter] = await arrived(mail, to)
    assert (letter["From"], letter["Reply-To"]) == (f"Help <{at('help')}>", at("help-answers"))
    assert (letter["Message-ID"], letter["Subject"]) == (after["messageId"], "Grüße")
    assert "sales" not in letter.as_string()
    entry = await models.AuditEntry.filter(
        action="MESSAGE_RELEASED", subject_id=row_id(message_id, "Message")
    ).get()
    assert entry.changes == [
        {"field": "from", "before": at("sales"), "after": at("help")},
        {"field": "status", "before": "HELD", "after": "QUEUED"},
    ]


@on_sqlite
async def test_the_answers_that_its_author_wanted_elsewhere_still_go_there(
    acme: Product, draft: Draft, mail: Sandbox
) -> None:
    ann, to = await writer(acme), fresh("to")
    sales, help_desk = [await acme.admin.saved(draft(name)) for name in ("sales", "help")]
    message_id = await held(acme, ann, sales, to, replyTo=at("case-1"))

    await ann.do(RELEASE, {"messageIds": [message_id], "accountId": help_desk["id"]})
    await ann.finished(message_id)

    [letter] = await arrived(mail, to)
    assert letter.get_all("Reply-To") == [at("case-1")]


async def test_only_those_get_it_who_cannot_have_it_yet(acme: Product, draft: Draft, mail: Sandbox) -> None:
    ann = await writer(acme)
    sales, help_desk = [await acme.admin.saved(draft(name)) for name in ("sales", "help")]
    names = {status: fresh(status.lower()) for status in ("ACCEPTED", "UNCERTAIN", "DEFERRED", "QUEUED")}
    message_id = await held(
        acme, ann, sales, to=names["ACCEPTED"], cc=[{"address": a} for a in names.values()]
    )
    rows = models.Recipient.filter(message_id=row_id(message_id, "Message"))
    for status, address in names.items():
        await rows.filter(address=address).update(status=status)
    await models.Message.filter(id=row_id(message_id, "Message")).update(uncertain_count=1)

    payload = await ann.do(RELEASE, {"messageIds": [message_id], "accountId": help_desk["id"]})
    done = await ann.finished(message_id)

    assert payload["released"] == 1
    assert {one["address"]: one["status"] for one in done["recipients"]} == {
        names["ACCEPTED"]: "ACCEPTED",
        names["UNCERTAIN"]: "UNCERTAIN",
        names["DEFERRED"]: "ACCEPTED",
        names["QUEUED"]: "ACCEPTED",
    }
    assert {address: len(await arrived(mail, address)) for address in names.values()} == {
        **{names[status]: 0 for status in ("ACCEPTED", "UNCERTAIN")},
        **{names[status]: 1 for status in ("DEFERRED", "QUEUED")},
    }


async def test_without_a_choice_it_leaves_from_its_own_address_once_that_is_available(
    acme: Product, draft: Draft, mail: Sandbox
) -> None:
    ann, to = await writer(acme), fresh("to")
    sales = await acme.admin.saved(draft("sales"))
    message_id = await held(acme, ann, sales, to)
    before = await shown(ann, message_id)

    early = await ann.do(RELEASE, {"messageIds": [message_id]})
    await acme.admin.do(SET_ENABLED, {"accountId": sales["id"], "enabled": True})
    payload = await ann.do(RELEASE, {"messageIds": [message_id]})
    await ann.finished(message_id)

    assert [(e["path"], e["code"]) for e in early["errors"]] == [
        (["messageIds", "0"], "SENDER_NOT_AVAILABLE")
    ]
    assert payload == {"released": 1, **DONE}
    [letter] = await arrived(mail, to)
    assert (letter["From"], letter["Message-ID"]) == (at("sales"), before["messageId"])
    assert (await shown(ann, message_id))["formerMessageIds"] == []


async def test_two_at_once_release_once(acme: Product, draft: Draft, mail: Sandbox) -> None:
    ann, to = await writer(acme), fresh("to")
    sales, help_desk, desk = [await acme.admin.saved(draft(name)) for name in ("sales", "help", "desk")]
    message_id = await held(acme, ann, sales, to)

    payloads = await asyncio.gather(
        *(
            ann.do(RELEASE, {"messageIds": [message_id], "accountId": account["id"]})
            for account in (help_desk, desk) * 3
        )
    )
    await ann.finished(message_id)

    assert sum(payload["released"] for payload in payloads) == 1
    codes = {error["code"] for payload in payloads for error in payload["errors"]}
    assert codes == {"NOT_POSSIBLE_NOW"}
    assert len(await arrived(mail, to)) == 1
    assert len((await shown(ann, message_id))["formerMessageIds"]) == 1


@pytest.mark.parametrize("how", ["access", "group", "project", "deleted"])
async def test_nothing_is_sent_from_elsewhere_by_itself(
    acme: Product, draft: Draft, mail: Sandbox, how: str
) -> None:
    groups = [{"externalId": "team", "name": "Team", "memberExternalIds": ["ann"]}]
    people = [{"externalId": "ann", "name": "Ann"}]
    projects = [{"externalId": "apollo", "name": "Apollo"}]
    ids = await acme.directory(employees=people, groups=groups, projects=projects)
    ann, to = await acme.employee(ids["ann"]), fresh("to")
    given = {
        "access": {"mode": "SELECTED", "groupIds": [ids["team"]]},
        "scope": {"mode": "SELECTED", "projectIds": [ids["apollo"]]},
    }
    sales = await acme.admin.saved(draft("sales"), given)
    help_desk = await acme.admin.saved(draft("help"))
    context = {"projectId": ids["apollo"]}
    message_id = await sent(ann, message(to, context=context) | LATER)
    assert (await shown(ann, message_id))["from"] == at("sales")

    account = {"accountId": sales["id"]}
    match how:
        case "access":
            await acme.admin.do(SET_ACCESS, account | {"access": {"mode": "SELECTED"}})
        case "group":
            await acme.directory(groups=[], removeMissing=True)
        case "project":
            await acme.admin.do(SET_SCOPE, account | {"scope": {"mode": "SELECTED"}})
        case "deleted":
            await acme.admin.do(DELETE, account)
    await due(acme, message_id)
    await ann.message_when(message_id, lambda message: message["status"] == "HELD")

    waiting = await shown(ann, message_id)
    choices = (await ann.ask(CHOICES, id=message_id))["node"]["releaseChoices"]["nodes"]
    own = await ann.do(RELEASE, {"messageIds": [message_id]})
    assert waiting["heldBecause"]["title"]
    assert await arrived(mail, to) == []
    assert [choice["from"] for choice in choices] == [at("help")]
    assert [error["code"] for error in own["errors"]] == ["SENDER_NOT_AVAILABLE"]

    released = await ann.do(RELEASE, {"messageIds": [message_id], "accountId": help_desk["id"]})
    await ann.finished(message_id)
    assert released["released"] == 1
    assert [letter["From"] for letter in await arrived(mail, to)] == [at("help")]


async def test_many_are_released_by_a_filter_and_what_is_not_is_told(
    acme: Product, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("letterhead.outbox.release.BATCH", 3)
    ann = await writer(acme)
    sales = await acme.admin.saved(draft("sales"))
    help_desk = await acme.admin.saved(draft("help"))
    first = await held(acme, ann, sales)
    source = await row(first)
    copies = [await _copy(source) for _ in range(10)]
    gone = copies[:2]
    await models.Message.filter(id__in=gone).update(author_id=None)
    given = {"filter": {"accountId": sales["id"]}, "accountId": help_desk["id"]}

    payload = await acme.admin.do(RELEASE, given)

    [error] = payload["errors"]
    assert (payload["released"], payload["hasMore"]) == (9, False)
    assert (error["path"], error["code"]) == (["filter"], "NOT_POSSIBLE_NOW")
    assert error["message"].startswith("2 messages: ")
    assert await models.Message.filter(id__in=copies, status="HELD").count() == 2


async def _copy(source: models.Message) -> Any:
    columns = {name: getattr(source, name) for name in source._meta.db_fields - {"id"}}
    mark = secrets.token_hex(8)
    copy = await models.Message.create(**columns | {"idempotency_key": mark, "message_id": f"<{mark}@x>"})
    await models.Recipient.create(
        company_id=source.company_id,
        message_id=copy.id,
        position=0,
        kind="TO",
        address=fresh("copy"),
        status="QUEUED",
    )
    return copy.id


@on_sqlite
async def test_what_cannot_be_released_is_told_for_each(acme: Product, draft: Draft) -> None:
    ann = await writer(acme)
    sales, help_desk = [await acme.admin.saved(draft(name)) for name in ("sales", "help")]
    queued = await sent(ann, message(at("contact"), context={"accountId": help_desk["id"]}) | LATER)
    erased, over, usual = [await held(acme, ann, sales) for _ in range(3)]
    await models.Message.filter(id=row_id(erased, "Message")).update(content_erased_at=now())
    await models.Message.filter(id=row_id(over, "Message")).update(expires_at=now() - timedelta(days=1))
    late = now() - timedelta(days=9)
    await models.Message.filter(id=row_id(usual, "Message")).update(
        queued_at=late, expires_at=late + timedelta(days=5)
    )

    ids = [queued, erased, "garbage", over, usual]
    payload = await ann.do(RELEASE, {"messageIds": ids, "accountId": help_desk["id"]})

    assert payload["released"] == 1
    assert [(error["path"], error["code"]) for error in payload["errors"]] == [
        (["messageIds", "0"], "NOT_POSSIBLE_NOW"),
        (["messageIds", "1"], "NOT_POSSIBLE_NOW"),
        (["messageIds", "2"], "NOT_FOUND"),
        (["messageIds", "3"], "NOT_POSSIBLE_NOW"),
    ]
    assert (await ann.finished(usual))["status"] == "SENT"


@on_sqlite
@pytest.mark.parametrize(
    ("given", "path", "code"),
    [
        ({}, ["messageIds"], "REQUIRED"),
        ({"messageIds": [], "filter": {}}, ["messageIds"], "REQUIRED"),
        ({"messageIds": ["x"] * 1001}, ["messageIds"], "INVALID"),
        ({"filter": {"status": ["SENT"]}}, ["filter", "status"], "INVALID"),
        ({"filter": {"accountId": "garbage"}}, ["filter", "accountId"], "NOT_FOUND"),
        ({"messageIds": [], "accountId": "garbage"}, ["accountId"], "NOT_FOUND"),
    ],
)
async def test_which_messages_and_from_where_has_to_be_said(
    acme: Product, given: dict[str, Any], path: list[str], code: str
) -> None:
    payload = await acme.admin.do(RELEASE, given)
    assert payload["released"] == 0
    assert [(error["path"], error["code"]) for error in payload["errors"]] == [(path, code)]


@on_sqlite
async def test_others_messages_are_not_released(acme: Product, draft: Draft) -> None:
    ids = await acme.directory(
        employees=[{"externalId": name, "name": name.title()} for name in ("ann", "ben")]
    )
    ann, ben = await acme.employee(ids["ann"]), await acme.employee(ids["ben"])
    auditor = await acme.service(Permission.READ_MESSAGES)
    manager = await acme.service(Permission.MANAGE_COMPANY_ACCOUNTS)
    stranger = await acme.company(f"Other {secrets.token_hex(4)}")
    sales, help_desk = [await acme.admin.saved(draft(name)) for name in ("sales", "help")]
    message_id = await held(acme, ann, sales)
    given = {"messageIds": [message_id], "accountId": help_desk["id"]}

    payloads = [await caller.do(RELEASE, given) for caller in (ben, stranger, auditor, manager)]

    assert [payload["errors"][0]["code"] for payload in payloads] == [
        *("NOT_FOUND", "NOT_FOUND", "NOT_PERMITTED", "NOT_FOUND")
    ]
    assert (await ann.ask(CHOICES, id=message_id))["node"]["releaseChoices"]["nodes"]
    assert (await auditor.ask(CHOICES, id=message_id))["node"]["releaseChoices"] is None
    assert (await acme.admin.do(RELEASE, given))["released"] == 1


@on_sqlite
async def test_an_answer_leaves_from_the_address_it_was_written_to(acme: Product, draft: Draft) -> None:
    ann = await writer(acme)
    await acme.admin.saved(draft("sales"))
    await acme.admin.saved(draft("help"))

    there = await ann.do(SEND, message(at("contact"), context={"answeringAddress": at("HELP")}) | LATER)
    gone = await ann.do(SEND, message(at("contact"), context={"answeringAddress": at("gone")}) | LATER)

    assert (there["message"]["from"], there["message"]["rule"]) == (at("help"), "REPLY")
    assert (gone["message"]["from"], gone["message"]["rule"]) == (at("sales"), "COMPANY_UNLINKED")
