"""Messages: taken in once, delivered once, and what became of them is there to read."""

import asyncio
from typing import Any

import pytest

from api import rows
from api.documents import (
    SEND,
)
from api.drafts import Draft, at
from api.mailbox import arrived
from api.marks import on_sqlite
from api.messages import LATER, fresh, message, sent, shown, writer
from lab.product import Product
from letterhead.sandbox.service import Sandbox

pytestmark = pytest.mark.asyncio(loop_scope="module")


@on_sqlite
async def test_everybody_gets_it_and_nobody_sees_bcc(acme: Product, draft: Draft, mail: Sandbox) -> None:
    ann = await writer(acme)
    await acme.admin.saved(draft("sales"), {"displayName": "Acme Säles", "replyTo": at("answers")})
    to, cc, bcc = fresh("to"), fresh("cc"), fresh("bcc")
    given = message(
        to,
        cc=[{"address": cc, "name": "Copy, Inc."}],
        bcc=[{"address": bcc}],
        subject="Grüße ☃",
        html="<p>How are you?</p>",
        headers=[{"name": "X-Ticket", "value": "42"}],
    )

    done = await ann.finished(await sent(ann, given))

    assert done["status"] == "SENT"
    letters = [letter for address in (to, cc, bcc) for letter in await arrived(mail, address)]
    assert len(letters) == 3
    for letter in letters:
        assert (letter["From"], letter["To"]) == (f"Acme Säles <{at('sales')}>", to)
        assert (letter["Cc"], letter["Bcc"]) == (f'"Copy, Inc." <{cc}>', None)
        assert (letter["Subject"], letter["X-Ticket"]) == ("Grüße ☃", "42")
        assert (letter["Reply-To"], letter["Message-ID"]) == (at("answers"), done["messageId"])
        bodies = [letter.get_body((kind,)) for kind in ("plain", "html")]
        assert [body and body.get_content().strip() for body in bodies] == [
            "How are you?",
            "<p>How are you?</p>",
        ]
        assert bcc not in letter.as_string().partition("\n\n")[2]


async def test_the_same_key_sends_once(acme: Product, draft: Draft, mail: Sandbox) -> None:
    ann = await writer(acme)
    await acme.admin.saved(draft("sales"))
    given = message(fresh("to"))

    payloads = await asyncio.gather(*(ann.do(SEND, given) for _ in range(5)))
    await ann.finished(payloads[0]["message"]["id"])
    later = await ann.do(SEND, given)

    assert {payload["message"]["id"] for payload in (*payloads, later)} == {later["message"]["id"]}
    assert sorted(payload["replayed"] for payload in payloads) == [False, True, True, True, True]
    assert (later["replayed"], later["message"]["status"]) == (True, "SENT")
    assert len(await arrived(mail, given["to"][0]["address"])) == 1


@on_sqlite
@pytest.mark.parametrize(
    "change",
    [
        {"subject": "Another"},
        {"text": "Another"},
        {"cc": [{"address": at("copy")}]},
        {"to": [{"address": at("contact"), "name": "Contact"}]},
        {"replyTo": at("contact")},
        LATER,
    ],
)
async def test_the_same_key_is_not_for_another_message(
    acme: Product, draft: Draft, change: dict[str, Any]
) -> None:
    ann = await writer(acme)
    await acme.admin.saved(draft("sales"))
    given = message(at("contact"))
    await sent(ann, given)
    before = await rows.counts()

    payload = await ann.do(SEND, given | change)

    [error] = payload["errors"]
    assert (error["path"], error["code"]) == (["idempotencyKey"], "IDEMPOTENCY_KEY_REUSED")
    assert (await rows.counts())["message"] == before["message"]


@on_sqlite
async def test_a_key_is_its_callers_own(acme: Product, draft: Draft) -> None:
    ann = await writer(acme)
    await acme.admin.saved(draft("sales"))
    given = message(at("contact")) | LATER
    ids = await acme.directory()

    for_herself = await ann.do(SEND, given)
    for_her = await acme.admin.do(SEND, given | {"context": {"employeeId": ids["ann"]}})

    assert (for_herself["replayed"], for_her["replayed"]) == (False, False)
    assert for_herself["message"]["id"] != for_her["message"]["id"]


@on_sqlite
@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("nobody", "RECIPIENT_UNKNOWN", "there is no such mailbox"),
        ("disabled", "RECIPIENT_DISABLED", "mailbox is disabled"),
        ("spam", "SPAM_CONTENT", "rejected as spam"),
    ],
)
async def test_who_refuses_is_shown_with_the_servers_words(
    acme: Product, draft: Draft, name: str, code: str, words: str
) -> None:
    ann = await writer(acme)
    await acme.admin.saved(draft("sales"))
    message_id = await sent(ann, message(at(name)))

    await ann.finished(message_id)

    found = await shown(ann, message_id)
    [recipient] = found["recipients"]
    assert (found["status"], recipient["status"]) == ("FAILED", "REFUSED")
    assert recipient["diagnosis"]["code"] == code
    assert words in recipient["diagnosis"]["reply"]["text"]
    assert found["nextAttemptAt"] is None


@on_sqlite
async def test_the_others_get_it_all_the_same(acme: Product, draft: Draft, mail: Sandbox) -> None:
    ann = await writer(acme)
    await acme.admin.saved(draft("sales"))
    to = fresh("to")
    message_id = await sent(ann, message(to, cc=[{"address": at("nobody")}]))

    await ann.finished(message_id)

    found = await shown(ann, message_id)
    statuses = {recipient["address"]: recipient["status"] for recipient in found["recipients"]}
    assert (found["status"], statuses) == ("PARTLY_SENT", {to: "ACCEPTED", at("nobody"): "REFUSED"})
    assert len(await arrived(mail, to)) == 1


@on_sqlite
async def test_what_it_is_about_is_kept(acme: Product, draft: Draft) -> None:
    ann = await writer(acme)
    ids = await acme.directory()
    await acme.admin.saved(draft("apollo"), {"scope": {"mode": "SELECTED", "projectIds": [ids["apollo"]]}})

    found = await shown(ann, await sent(ann, message(at("contact"), context={"projectId": ids["apollo"]})))
    nowhere = await ann.do(SEND, message(at("contact")))

    assert (found["rule"], found["project"]) == ("COMPANY_PROJECT", {"externalId": "apollo"})
    assert [error["code"] for error in nowhere["errors"]] == ["NO_SENDER"]
