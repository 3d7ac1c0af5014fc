"""A message with all it can have, as a real mail server hands it to a real mail program."""

from typing import Any

import pytest

from lab.mailservers import MailServers
from lab.product import Product
from story.test_story import CONTACT, SEND, draft

pytestmark = [pytest.mark.mailservers]

PDF = bytes(range(256)) * 2_000
INNER = b"From: a@outside.example\r\nSubject: Earlier\r\n\r\n.\r\nHello\r\n"
HEADERS = {
    "List-Id": "News <news.lab.example>",
    "List-Unsubscribe": "<https://lab.example/out?u=" + "a" * 200 + ">",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    "X-Note": "Grüße " * 40,
}


async def uploaded(product: Product, name: str, media_type: str, content: bytes) -> str:
    response = await product.admin.http.post(
        "/attachments",
        content=content,
        headers={
            "Content-Type": media_type,
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        },
    )
    assert response.status_code == 201, response.text
    attachment_id: str = response.json()["id"]
    return attachment_id


async def test_a_mail_program_finds_all_of_it(product: Product, mailservers: MailServers) -> None:
    await mailservers.empty(CONTACT)
    ids = await product.directory(employees=[{"externalId": "dana", "name": "Dana"}])
    await product.admin.saved(draft(mailservers))
    files = [
        await uploaded(product, "Angebot%20%E2%82%AC.pdf", "application/pdf", PDF),
        await uploaded(product, "logo.png", "image/png", b"\x89PNG"),
        await uploaded(product, "earlier.eml", "message/rfc822", INNER),
    ]
    given: dict[str, Any] = {
        "idempotencyKey": "files",
        "context": {"employeeId": ids["dana"]},
        "to": [{"address": CONTACT}],
        "subject": "Grüße " * 30,
        "text": ".\nFrom here\n" + "Wörter " * 500,
        "html": '<img src="cid:logo.png"><p>' + "ü" * 2_000 + "</p>",
        "headers": [{"name": name, "value": value} for name, value in HEADERS.items()],
        "attachmentIds": files,
        "inReplyTo": "<1@outside.example>",
    }

    sent = await product.admin.do(SEND, given)
    assert sent["errors"] == []
    done = await product.admin.finished(sent["message"]["id"])
    [letter] = await mailservers.mailbox(CONTACT, at_least=1)

    assert done["status"] == "SENT"
    assert letter.defects == []
    assert {name: str(letter[name]) for name in HEADERS} == {k: v.strip() for k, v in HEADERS.items()}
    assert (letter["Subject"].strip(), letter["References"]) == (given["subject"].strip(), given["inReplyTo"])
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text
    assert html
    assert text.get_content().replace("\r\n", "\n").rstrip("\n") == given["text"]
    [image] = [part for part in letter.walk() if part.get_content_disposition() == "inline"]
    shown = given["html"].replace("cid:logo.png", "cid:" + image["Content-ID"].strip("<>"))
    assert html.get_content().replace("\r\n", "\n").rstrip("\n") == shown
    offer, earlier = letter.iter_attachments()
    assert (offer.get_filename(), offer.get_content()) == ("Angebot €.pdf", PDF)
    assert (earlier.get_filename(), earlier.get_content()["Subject"]) == ("earlier.eml", "Earlier")
