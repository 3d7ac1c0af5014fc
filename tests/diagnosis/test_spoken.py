"""What people read, in their language: over HTTP, and over a websocket."""

from typing import Any

import pytest

from api.live import heard, say, websocket
from lab.product import Product

EXPLAIN = '{ explainReply(reply: "552 5.2.2 Mailbox full", during: RECIPIENT) { title } }'
RESOLVE = """
query ($for: SenderContextInput!) {
  resolveSender(for: $for) { ... on NoSender { explanation advice { message } } }
}
"""
STEPS = "steps { title evidence diagnosis { title advice { text } } }"
TEST = f"query ($id: ID!) {{ node(id: $id) {{ ... on AccountTest {{ {STEPS} }} }} }}"
WATCH = f"subscription ($id: ID!) {{ accountTestProgress(testId: $id) {{ {STEPS} }} }}"
FULL = "Das Postfach des Empfängers ist voll"


@pytest.fixture
async def failed(product: Product) -> str:
    """A test of servers that are not there."""
    there = {"host": "localhost", "port": 1, "security": "TLS"}
    draft = {
        "address": "ann@shop.example",
        "providerKey": "custom",
        "smtp": {"protocol": "SMTP", **there},
        "incoming": {"protocol": "POP3", **there},
        "credential": {"password": "secret"},
    }
    test = await product.admin.tested(draft)
    assert test["diagnosis"]["code"] == "CONNECTION_REFUSED", test
    return str(test["id"])


def reads(product: Product, languages: str) -> None:
    product.admin.http.headers["Accept-Language"] = languages


def seen_in_german(test: dict[str, Any]) -> None:
    told = {step["title"]: step for step in test["steps"]}
    assert told["Die Eingaben ansehen"]["evidence"] == "Adresse, Server und Passwort haben die richtige Form."
    diagnosis = told["Mit localhost:1 verbinden"]["diagnosis"]
    assert diagnosis == {
        "title": "An diesem Port antwortet nichts",
        "advice": [
            {"text": "Prüfen Sie den Port: 465 oder 587 zum Senden, 995 für POP3, 993 für IMAP."},
            {
                "text": "Wenn er stimmt, ist der Server vielleicht außer Betrieb: Versuchen Sie es später "
                "noch einmal, oder fragen Sie seinen Administrator."
            },
        ],
    }


@pytest.mark.parametrize(
    ("languages", "title"),
    [
        ("de-AT, en;q=0.5", FULL),
        ("fr, de;q=0.1", FULL),
        ("en, de;q=0.5", "The recipient’s mailbox is full"),
        ("fr", "The recipient’s mailbox is full"),
    ],
)
async def test_a_reply_is_explained_in_the_language_asked_for(
    product: Product, languages: str, title: str
) -> None:
    reads(product, languages)

    assert await product.admin.ask(EXPLAIN) == {"explainReply": {"title": title}}


async def test_a_failed_test_is_told_to_each_in_their_language(product: Product, failed: str) -> None:
    english = (await product.admin.ask(TEST, id=failed))["node"]
    reads(product, "de")
    german = (await product.admin.ask(TEST, id=failed))["node"]

    assert english["steps"][0]["title"] == "Look at what was entered"
    seen_in_german(german)


async def test_who_cannot_set_headers_says_it_when_connecting(product: Product, failed: str) -> None:
    admin = product.admin
    async with websocket(admin) as socket:
        told = {"Authorization": f"Bearer {admin.token}", "Accept-Language": "de-CH"}
        await say(socket, "connection_init", payload=told)
        assert (await heard(socket))["type"] == "connection_ack"
        await say(socket, "subscribe", id="1", payload={"query": WATCH, "variables": {"id": failed}})
        seen = (await heard(socket))["payload"]["data"]["accountTestProgress"]

    seen_in_german(seen)


async def test_why_there_is_no_sender_is_told_in_german(product: Product) -> None:
    ids = await product.directory(employees=[{"externalId": "dana", "name": "Dana"}])
    reads(product, "de")

    resolution = (await product.admin.ask(RESOLVE, **{"for": {"employeeId": ids["dana"]}}))["resolveSender"]

    assert resolution == {
        "explanation": "Weder das Unternehmen noch Dana hat hier schon eine E-Mail-Adresse. Fügen Sie eine "
        "hinzu, und testen Sie sie, um mit dem Senden zu beginnen.",
        "advice": [
            {
                "message": "Keine Adresse des Unternehmens ist frei von Projekten. Behalten Sie mindestens "
                "eine, damit es auch für Arbeit in einem neuen Projekt oder außerhalb von Projekten eine "
                "Absenderadresse gibt."
            }
        ],
    }
