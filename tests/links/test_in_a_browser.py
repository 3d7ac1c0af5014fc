"""What the owner of a mailbox sees and does, in Chromium, without a mouse."""

import asyncio

import pytest

from lab.chromium import ENTER, TAB, Person
from letterhead.sandbox.mailboxes import SANDBOX_PASSWORD
from links.conftest import SALES, Desk, on_sqlite, token_of

pytestmark = [pytest.mark.browser, on_sqlite]
LABEL = "App password"


async def test_a_secret_is_handed_over(desk: Desk, person: Person) -> None:
    link = await desk.link()

    await asyncio.to_thread(hand_over, person, link["url"])

    assert await desk.step(link["flow"]["id"]) == {"is": "DoneStep", "kind": "APP_PASSWORD"}
    draft = {"address": SALES, "providerKey": "harbor", "credential": {"flowId": link["flow"]["id"]}}
    assert (await desk.admin.saved(draft))["status"] == "READY"


def hand_over(person: Person, url: str) -> None:
    person.open(url)
    page = person.sees("Submit")
    for name in (SALES, "Acme", "administrator", "Harbor Mail", "localhost", "Two words of small letters."):
        assert name in page
    assert person.is_at() == f"Sign in to {SALES}", "the heading is read first"
    assert person.driver.current_url == url.partition("#")[0]

    person.goes_to(LABEL)
    person.types("Not so good", ENTER)
    person.sees("This does not have the right form.")
    assert person.is_at() == LABEL, "whoever does not see it is brought there"

    person.types(SANDBOX_PASSWORD, TAB)
    assert person.is_at() == "Submit"
    person.types(ENTER)
    page = person.sees("You can close this window.")
    assert (SANDBOX_PASSWORD in page, "Thank you" in page) == (False, True)

    person.open(url)
    person.sees("It was used already")
    assert person.driver.current_url == url.partition("#")[0]
    refused = [said for said in person.complaints() if "410" not in said]
    assert refused == []


async def test_a_page_without_its_link_says_so(desk: Desk, person: Person) -> None:
    url = (await desk.link())["url"]
    for wrong in (url.partition("#")[0], url[:-1]):
        await asyncio.to_thread(person.open, wrong)
        await asyncio.to_thread(person.sees, "is not complete")
    await asyncio.to_thread(person.open, url)
    await asyncio.to_thread(person.sees, "Two words of small letters.")
    assert (await desk.opens(token_of({"url": url}))).status_code == 200
