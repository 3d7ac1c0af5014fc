"""The owner of a mailbox consents at the service by a link that somebody else has made."""

import asyncio
from typing import Any

import httpx2
import pytest

from lab.chromium import ENTER, Person
from links.conftest import CREATE, token_of
from oauth2.conftest import SALES, Lab, smtp_at


async def a_link(lab: Lab) -> dict[str, Any]:
    lab.service(smtp_at(587))
    payload = await lab.admin.do(CREATE, {"address": SALES, "providerKey": "lab"})
    assert payload["errors"] == [], payload
    link: dict[str, Any] = payload["link"]
    return link


async def opened(lab: Lab, link: dict[str, Any]) -> httpx2.Response:
    url = f"{lab.product.serving.address}/sign-in/link/open"
    return await lab.browser.client.post(url, json={"token": token_of(link)})


async def test_the_link_leads_to_the_service_and_is_used_up_by_the_consent(lab: Lab) -> None:
    link = await a_link(lab)
    step = (await opened(lab, link)).json()["step"]
    assert step["is"] == "visit"

    page = await lab.browser.open(step["url"])

    assert f"{SALES} is signed in" in page.text
    assert (await lab.step(link["flow"]["id"]))["is"] == "DoneStep"
    assert (await opened(lab, link)).status_code == 410
    assert lab.authority.exchanges == {"authorization_code": 1}


async def test_somebody_elses_consent_uses_it_up_too_and_is_not_kept(lab: Lab) -> None:
    link = await a_link(lab)
    lab.authority.signed_in = "bob@lab.example"
    page = await lab.browser.open((await opened(lab, link)).json()["step"]["url"])
    assert "Another account was signed in" in page.text
    assert (await opened(lab, link)).status_code == 410


@pytest.mark.browser
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_in_a_browser(lab: Lab, person: Person) -> None:
    link = await a_link(lab)

    def consent() -> None:
        person.open(link["url"])
        person.sees("Your password is entered there")
        person.goes_to("Go on to Lab Mail")
        person.types(ENTER)
        person.sees(f"{SALES} is signed in")

    await asyncio.to_thread(consent)
    assert (await lab.step(link["flow"]["id"]))["is"] == "DoneStep"
