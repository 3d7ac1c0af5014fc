"""The steps of the tour, each shown as it happens."""

import asyncio
from typing import Any
from uuid import uuid4

from letterhead.sandbox.mailboxes import SANDBOX_DOMAIN, SANDBOX_PASSWORD
from letterhead.tour import documents, show
from letterhead.tour.asking import Asking, TourFailed

SALES = f"sales@{SANDBOX_DOMAIN}"
CONTACT = f"contact@{SANDBOX_DOMAIN}"
DIRECTORY: dict[str, Any] = {
    "employees": [
        {"externalId": "dana", "name": "Dana Hart", "address": f"dana@{SANDBOX_DOMAIN}"},
        {"externalId": "eli", "name": "Eli Moss"},
        {"externalId": "kim", "name": "Kim Sato"},
    ],
    "groups": [
        {"externalId": "sales", "name": "Sales", "memberExternalIds": ["dana", "kim"]},
        {"externalId": "support", "name": "Support", "memberExternalIds": ["eli"]},
    ],
    "projects": [
        {"externalId": "apollo", "name": "Apollo"},
        {"externalId": "gemini", "name": "Gemini"},
    ],
}


async def walk(asking: Asking) -> None:
    """From an empty company to a delivered message. Raises TourFailed where a step comes out otherwise."""
    show.step("1. A company, with people, groups and projects to play with")
    await asking.do(documents.DIRECTORY, "syncDirectory", DIRECTORY)
    ids = await _ids(asking)
    show.line("Dana and Kim are in Sales, Eli is in Support; the projects are Apollo and Gemini.")

    show.step(f"2. Connect {SALES}, with a wrong password at first")
    failed = await _tested(asking, "open says me")
    show.test(failed)
    refused = await asking.ask(documents.SAVE, {"input": {"testId": failed["id"]}})
    show.errors("So it cannot be saved", refused["saveEmailAccount"]["errors"])

    show.step("3. The right password")
    passed = await _tested(asking, SANDBOX_PASSWORD)
    show.test(passed)

    show.step("4. Save it: for the group Sales, in the project Apollo")
    saved = await asking.do(
        documents.SAVE,
        "saveEmailAccount",
        {
            "testId": passed["id"],
            "displayName": "Acme Sales",
            "access": {"mode": "SELECTED", "groupIds": [ids["sales"]]},
            "scope": {"mode": "SELECTED", "projectIds": [ids["apollo"]]},
        },
    )
    show.line(f"{saved['emailAccount']['address']} is {saved['emailAccount']['status']}.")
    for warning in saved["warnings"]:
        show.line(f"Worth knowing: {warning['message']}")

    show.step("5. Which address does a message leave from?")
    for person, project in (("dana", "apollo"), ("dana", "gemini"), ("eli", "apollo")):
        context = {"employeeId": ids[person], "projectId": ids[project]}
        found = await asking.ask(documents.RESOLVE, {"for": context})
        show.resolution(person.title(), project.title(), found["resolveSender"])

    show.step(f"6. Dana writes to {CONTACT}")
    sent = await asking.do(documents.SEND, "sendMessage", _message(ids))
    show.line(f"{sent['message']['status']}, from {sent['message']['from']}.")
    show.delivery(await _delivered(asking, sent["message"]["id"]))


async def _ids(asking: Asking) -> dict[str, str]:
    company = (await asking.ask(documents.COMPANY))["company"]
    nodes = [*company["employees"]["nodes"], *company["groups"]["nodes"], *company["projects"]["nodes"]]
    return {node["externalId"]: node["id"] for node in nodes}


async def _tested(asking: Asking, password: str) -> dict[str, Any]:
    draft = {"address": SALES, "providerKey": "sandbox", "credential": {"password": password}}
    started = await asking.do(documents.TEST, "testAccount", {"draft": draft})
    test_id = started["test"]["id"]
    return await _until(asking, documents.TEST_AGAIN, test_id, lambda test: test["status"] != "RUNNING")


async def _delivered(asking: Asking, message_id: str) -> dict[str, Any]:
    return await _until(asking, documents.MESSAGE, message_id, lambda message: message["finishedAt"])


async def _until(asking: Asking, document: str, node_id: str, is_over: Any) -> dict[str, Any]:
    for _ in range(300):
        node: dict[str, Any] = (await asking.ask(document, {"id": node_id}))["node"]
        if is_over(node):
            return node | {"id": node_id}
        await asyncio.sleep(0.1)
    raise TourFailed("it took longer than 30 seconds")


def _message(ids: dict[str, str]) -> dict[str, Any]:
    return {
        "idempotencyKey": str(uuid4()),
        "context": {"employeeId": ids["dana"], "projectId": ids["apollo"]},
        "to": [{"address": CONTACT, "name": "A contact"}],
        "subject": "Hello from Letterhead",
        "text": "This message left from the address that the rules chose.",
    }
