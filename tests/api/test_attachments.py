"""Attachments: uploaded once, sent with messages, seen by nobody else, and gone after a day."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api import rows
from api.documents import SEND
from api.drafts import Draft, at
from api.mailbox import arrived
from api.marks import on_sqlite
from api.messages import fresh, message, sent, writer
from lab.product import Caller, Product
from letterhead.identity.actor import Permission
from letterhead.outbox import attachments
from letterhead.sandbox.service import Sandbox
from letterhead.serving import Serving
from letterhead.settings import Settings
from letterhead.store import models
from letterhead.store.database import now

pytestmark = pytest.mark.asyncio(loop_scope="module")

OFFER = b"%PDF-1.7 \r\n.\r\n\x00\xff" * 40_000
NOTHING = {"attachment": 0, "attachment_part": 0}


@pytest.fixture(autouse=True)
def plenty(server: Serving) -> Any:
    """The limits as they are set, after tests that tighten them."""
    before = server.house.settings
    yield
    object.__setattr__(server.house, "settings", before)


def limited(server: Serving, **changes: Any) -> Settings:
    settings = server.house.settings.model_copy(update=changes)
    object.__setattr__(server.house, "settings", settings)
    return settings


async def upload(caller: Caller, content: Any = OFFER, **headers: str) -> Any:
    named = {
        "Content-Disposition": "attachment; filename*=UTF-8''Angebot%20f%C3%BCr%20%E6%BC%A2.pdf",
        "Content-Type": "application/pdf",
    }
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    given = {name: value for name, value in named.items() if value}
    return await caller.http.post("/attachments", content=content, headers=given)


async def uploaded(caller: Caller, content: bytes = OFFER, **headers: str) -> str:
    response = await upload(caller, content, **headers)
    assert response.status_code == 201, response.text
    attachment_id: str = response.json()["id"]
    return attachment_id


async def left() -> dict[str, int]:
    found = await rows.counts()
    return {name: found[name] for name in NOTHING}


def named(name: str) -> str:
    return f'attachment; filename="{name}"'


async def test_a_file_arrives_as_it_was_uploaded(acme: Product, draft: Draft, mail: Sandbox) -> None:
    ann, to = await writer(acme), fresh("to")
    await acme.admin.saved(draft("sales"))
    content = OFFER[:300_000]

    response = await upload(ann, content)
    first, again = response.json(), (await upload(ann, content)).json()
    done = await ann.finished(await sent(ann, message(to, attachmentIds=[first["id"]])))

    assert (response.status_code, first["name"], first["size"]) == (201, "Angebot für 漢.pdf", 300_000)
    assert again["id"] == first["id"]
    assert done["status"] == "SENT"
    [letter] = await arrived(mail, to)
    [part] = letter.iter_attachments()
    assert (part.get_filename(), part.get_content_type()) == ("Angebot für 漢.pdf", "application/pdf")
    assert part.get_content() == content


@on_sqlite
async def test_an_image_is_shown_where_the_html_says(acme: Product, draft: Draft, mail: Sandbox) -> None:
    ann, to = await writer(acme), fresh("to")
    await acme.admin.saved(draft("sales"))
    logo = await uploaded(ann, b"PNG 1", Content_Type="image/png", Content_Disposition=named("my logo.png"))
    sign = await uploaded(ann, b"PNG 2", Content_Type="image/png", Content_Disposition=named("sign.png"))
    html = f'<img src="cid:my%20logo.png"><img src="cid:{sign}"><p>cid:sign.png</p>'

    await ann.finished(await sent(ann, message(to, html=html, attachmentIds=[logo, sign])))

    [letter] = await arrived(mail, to)
    shown = letter.get_body(("html",))
    assert shown
    parts = {part.get_content(): part["Content-ID"].strip("<>") for part in _inline(letter)}
    assert list(parts) == [b"PNG 1", b"PNG 2"]
    assert shown.get_content().strip() == (
        f'<img src="cid:{parts[b"PNG 1"]}"><img src="cid:{parts[b"PNG 2"]}"><p>cid:sign.png</p>'
    )


def _inline(letter: Any) -> list[Any]:
    return [part for part in letter.walk() if part.get_content_disposition() == "inline"]


@on_sqlite
@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Authorization": "Bearer lh_nobody"}, 401, "UNAUTHENTICATED"),
        ({"Content_Type": "multipart/form-data; boundary=x"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ({"Content_Type": "pdf"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ({"Content_Encoding": "gzip"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ({"Content_Disposition": ""}, 422, "REQUIRED"),
        ({"Content_Disposition": "attachment"}, 422, "REQUIRED"),
    ],
)
async def test_what_is_no_upload_is_told_why(
    acme: Product, headers: dict[str, str], status: int, code: str
) -> None:
    ann, before = await writer(acme), await left()

    response = await upload(ann, b"x", **headers)

    [error] = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (status, code)
    assert error["message"]
    assert await left() == before


@on_sqlite
async def test_uploading_needs_the_permission_to_send(acme: Product) -> None:
    reader, desk = [
        await acme.service(permission)
        for permission in (Permission.READ_MESSAGES, Permission.SEND_FOR_OTHERS)
    ]
    assert [(await upload(one, b"x")).status_code for one in (reader, desk)] == [403, 201]


@pytest.mark.parametrize("told", [True, False])
async def test_what_is_too_large_is_not_kept(acme: Product, server: Serving, told: bool) -> None:
    limited(server, attachment_bytes=300_000)
    ann, before = await writer(acme), await left()

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(4):
            yield OFFER[:100_000]

    response = await upload(ann, OFFER[:400_000] if told else pieces())

    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (413, "TOO_LARGE")
    assert await left() == before


async def test_nobody_fills_the_disk(acme: Product, server: Serving) -> None:
    limited(server, attachments_per_caller_bytes=250)
    ann = await writer(acme)

    answers = [await upload(ann, bytes([number]) * 100) for number in range(4)]

    assert [answer.status_code for answer in answers] == [201, 201, 429, 429]
    assert answers[2].json()["errors"][0]["extensions"]["code"] == "TOO_MANY"
    assert (await upload(acme.admin, b"y" * 100)).status_code == 201


async def test_an_upload_that_breaks_off_leaves_nothing(acme: Product, server: Serving) -> None:
    ann, before = await writer(acme), await left()
    host, port = ann.address.removeprefix("http://").split(":")
    head = (
        f"POST /attachments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ann.token}\r\n"
        'Content-Disposition: attachment; filename="a.bin"\r\nContent-Length: 900000\r\n\r\n'
    )

    with socket.create_connection((host, int(port))) as connection:
        await asyncio.to_thread(connection.sendall, head.encode() + OFFER[:600_000])
        await _until(lambda: _more_than(before))
    await _until(lambda: _same(before))


async def _more_than(before: dict[str, int]) -> bool:
    return (await left())["attachment_part"] >= before["attachment_part"] + 2


async def _same(before: dict[str, int]) -> bool:
    return await left() == before


async def _until(is_so: Any) -> None:
    async with asyncio.timeout(30):
        while not await is_so():  # noqa: ASYNC110 - it is a server's
            await asyncio.sleep(0.01)


@on_sqlite
async def test_an_upload_that_stands_still_is_given_up(
    acme: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("letterhead.outbox.uploads.IDLE_SECONDS", 0.05)
    ann, before, stuck = await writer(acme), await left(), asyncio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        yield b"x"
        await stuck.wait()

    sending = asyncio.create_task(upload(ann, pieces()))
    await _until(lambda: _same(before))
    sending.cancel()
    await asyncio.wait({sending})


@on_sqlite
async def test_an_attachment_is_its_uploaders_alone(acme: Product, draft: Draft) -> None:
    ann = await writer(acme)
    await acme.admin.saved(draft("sales"))
    ids = await acme.directory()
    mine = await uploaded(ann)
    for_ann = {"context": {"employeeId": ids["ann"]}}

    stolen = await acme.admin.do(SEND, message(at("contact"), attachmentIds=[mine], **for_ann))
    garbage = await ann.do(SEND, message(at("contact"), attachmentIds=[mine, "garbage", ids["ann"]]))

    assert [(error["path"], error["code"]) for error in stolen["errors"]] == [
        (["attachmentIds", "0"], "NOT_FOUND")
    ]
    assert [(error["path"], error["code"]) for error in garbage["errors"]] == [
        (["attachmentIds", "1"], "NOT_FOUND"),
        (["attachmentIds", "2"], "NOT_FOUND"),
    ]


async def test_what_has_expired_is_swept_away_and_a_replay_still_answers(
    acme: Product, server: Serving, draft: Draft
) -> None:
    ann = await writer(acme)
    await acme.admin.saved(draft("sales"))
    mine = await uploaded(ann, b"soon gone")
    given = message(at("contact"), attachmentIds=[mine])
    first = await ann.do(SEND, given)
    await models.Attachment.filter(name__startswith="Angebot").update(expires_at=now() - timedelta(seconds=1))

    assert await attachments.sweep(server.house) >= 1
    replay = await ann.do(SEND, given)
    late = await ann.do(SEND, message(at("contact"), attachmentIds=[mine]))

    assert (replay["replayed"], replay["message"]["id"]) == (True, first["message"]["id"])
    assert late["errors"][0]["code"] == "NOT_FOUND"
    assert "upload it again" in late["errors"][0]["message"]


@on_sqlite
async def test_another_file_is_another_message(acme: Product, draft: Draft) -> None:
    ann = await writer(acme)
    await acme.admin.saved(draft("sales"))
    one, other = await uploaded(ann, b"1"), await uploaded(ann, b"2")
    given = message(at("contact"), attachmentIds=[one])
    await sent(ann, given)

    payload = await ann.do(SEND, given | {"attachmentIds": [other]})

    assert [error["code"] for error in payload["errors"]] == ["IDEMPOTENCY_KEY_REUSED"]


@on_sqlite
async def test_an_image_that_is_not_there_is_a_mistake(acme: Product, draft: Draft) -> None:
    ann = await writer(acme)
    await acme.admin.saved(draft("sales"))

    payload = await ann.do(SEND, message(at("contact"), html='<img src="cid:logo.png">'))

    [error] = payload["errors"]
    assert (error["path"], error["code"]) == (["html"], "INVALID")
    assert "cid:logo.png" in error["message"]


@on_sqlite
@pytest.mark.parametrize("provider", ["sandbox", "custom"])
async def test_what_the_service_would_not_take_is_not_queued(
    acme: Product, draft: Draft, provider: str
) -> None:
    ann = await writer(acme)
    await acme.admin.saved(draft("sales", providerKey=provider))
    large = await uploaded(ann, OFFER[:600_000] * 2)

    payload = await ann.do(SEND, message(at("contact"), attachmentIds=[large]))

    [error] = payload["errors"]
    assert (error["path"], error["code"]) == (["attachmentIds"], "TOO_LARGE")
    assert "1.0 MB" in error["message"]


async def test_in_a_folder_a_file_is_whole_or_not_there(
    acme: Product, server: Serving, draft: Draft, mail: Sandbox, tmp_path: Path
) -> None:
    folder = tmp_path / "attachments"
    limited(server, attachments_folder=folder, attachment_bytes=400_000)
    ann, to = await writer(acme), fresh("to")
    await acme.admin.saved(draft("sales"))

    mine = await uploaded(ann, OFFER[:300_000])
    empty = await uploaded(ann, b"", Content_Disposition=named("empty.txt"), Content_Type="text/plain")
    refused = await upload(ann, _too_much())
    files = [file.stat() for file in folder.rglob("*") if file.is_file()]
    await ann.finished(await sent(ann, message(to, attachmentIds=[mine, empty])))
    await models.Attachment.filter(path__isnull=False).update(expires_at=now())
    await attachments.sweep(server.house)

    assert refused.status_code == 413
    assert sorted(file.st_size for file in files) == [0, 300_000]
    assert {file.st_mode & 0o777 for file in files} == {0o600}
    [letter] = await arrived(mail, to)
    assert [part.get_payload(decode=True) for part in letter.iter_attachments()] == [OFFER[:300_000], b""]
    assert [file for file in folder.rglob("*") if file.is_file()] == []


async def _too_much() -> AsyncIterator[bytes]:
    for _ in range(5):
        yield OFFER[:100_000]
