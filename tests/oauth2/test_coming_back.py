"""What comes back from a service counts once, from the browser that went there, and for the right mailbox."""

from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from letterhead.schema.ids import row_id
from letterhead.store import models
from letterhead.store.database import now
from letterhead.vault.secret import Secret
from oauth2.conftest import SALES, Lab, smtp_at

CANCEL = """
mutation ($input: CancelSignInInput!) { cancelSignIn(input: $input) { flow { id } errors { code } } }
"""


async def the_way_back(lab: Lab, flow: dict[str, Any]) -> str:
    """The address that the service sends the person to, not yet opened."""
    return await lab.browser.until(flow["step"]["url"], lab.authority.callback)


async def test_another_browser_cannot_bring_the_answer(lab: Lab) -> None:
    lab.service(smtp_at(587))
    mine, other = await lab.begun(), await lab.begun()
    back = await the_way_back(lab, mine)
    stranger = await lab.another_browser()
    refused = await stranger.open(back)
    assert (refused.status_code, "begun in another browser" in refused.text) == (403, True)
    await stranger.until(other["step"]["url"], lab.authority.callback)  # it has a cookie, of another flow
    assert (await stranger.open(back)).status_code == 403
    assert lab.authority.exchanges == {}
    assert f"{SALES} is signed in" in (await lab.browser.open(back)).text


async def test_an_answer_counts_once(lab: Lab) -> None:
    lab.service(smtp_at(587))
    flow = await lab.begun()
    back = await the_way_back(lab, flow)
    await lab.browser.open(back)
    again = await lab.browser.open(back)
    assert (again.status_code, "has gone on already" in again.text) == (410, True)
    assert (await lab.browser.open(flow["step"]["url"])).status_code == 410
    assert lab.authority.exchanges == {"authorization_code": 1}


@pytest.mark.parametrize(
    "wrong",
    [
        lambda state: state[:-1] + ("A" if state[-1] != "A" else "B"),
        lambda state: state.partition(".")[0],
        lambda state: "0" * 32 + state[32:],
        lambda state: "",
        lambda state: "\0" + state,
    ],
)
async def test_a_state_that_is_not_the_flows_leads_nowhere(lab: Lab, wrong: Any) -> None:
    lab.service(smtp_at(587))
    flow = await lab.begun()
    back = await the_way_back(lab, flow)
    state = lab.authority.asked[0]["state"]
    params = {"code": "x", "state": wrong(state)}
    page = await lab.browser.client.get(lab.authority.callback, params=params)
    assert (page.status_code, "is not known" in page.text) == (404, True)
    assert (await lab.browser.client.get(f"{lab.authority.callback}?state={state}")).status_code == 200
    assert (await lab.step(flow["id"]))["is"] == "FailedStep", "without a code"
    assert lab.authority.exchanges == {}
    assert (await lab.browser.open(back)).status_code == 410


async def test_a_ticket_that_was_not_given_out_leads_nowhere(lab: Lab) -> None:
    lab.service(smtp_at(587))
    url = (await lab.begun())["step"]["url"]
    for wrong in (url[:-1] + ("0" if url[-1] != "0" else "1"), url.partition(".")[0], url[:-64]):
        assert (await lab.browser.open(wrong)).status_code == 404


async def test_a_flow_that_is_over_says_so(lab: Lab) -> None:
    lab.service(smtp_at(587))
    cancelled, expired = await lab.begun(), await lab.begun()
    ways = [await the_way_back(lab, flow) for flow in (cancelled, expired)]
    await lab.admin.do(CANCEL, {"flowId": cancelled["id"]})
    await models.SignInFlow.filter(id=row_id(expired["id"], "SignInFlow")).update(
        expires_at=now() - timedelta(seconds=1)
    )
    pages = [await lab.browser.open(way) for way in ways]
    assert [page.status_code for page in pages] == [410, 410]
    assert "was cancelled" in pages[0].text
    assert "has expired" in pages[1].text
    assert lab.authority.exchanges == {}


async def failed(lab: Lab) -> dict[str, Any]:
    """How a flow ends whose person goes to the service and comes back."""
    flow = await lab.begun()
    page = await lab.browser.open(flow["step"]["url"])
    step = await lab.step(flow["id"])
    assert step.pop("is") == "FailedStep"
    assert step["diagnosis"]["title"] in unescape(page.text)
    return step


async def test_somebody_elses_consent_is_not_kept(lab: Lab) -> None:
    lab.service(smtp_at(587))
    lab.authority.signed_in = "bob@lab.example"
    step = await failed(lab)
    assert (step["retryable"], step["diagnosis"]["title"]) == (True, "Another account was signed in")
    assert step["diagnosis"]["explanation"] == (
        f"You signed in as bob@lab.example, and the mailbox is {SALES}, so the access was not kept."
    )


async def test_the_login_may_be_another_than_the_address(lab: Lab) -> None:
    """A shared mailbox: whoever may write as it signs in as themselves."""
    lab.service(smtp_at(587))
    lab.authority.signed_in = "Bob@Lab.Example"
    smtp = {"protocol": "SMTP", "host": "127.0.0.1", "port": 587, "security": "STARTTLS"}
    await lab.consented(smtp=smtp | {"username": "bob@lab.example"})
    assert lab.authority.asked[0]["login_hint"] == "bob@lab.example"


async def test_a_person_may_decline(lab: Lab) -> None:
    lab.service(smtp_at(587))
    lab.authority.refusal = "access_denied"
    step = await failed(lab)
    assert (step["retryable"], step["diagnosis"]["actor"]) == (True, "MAILBOX_OWNER")
    assert step["diagnosis"]["title"] == "The access was not allowed"
    assert step["diagnosis"]["reply"] == {"text": "access_denied: The person <b>said</b> no."}


async def test_what_the_service_says_is_text_on_the_page(lab: Lab) -> None:
    lab.service(smtp_at(587))
    lab.authority.refusal = "access_denied"
    page = await lab.browser.open((await lab.begun())["step"]["url"])
    assert "The person &lt;b&gt;said&lt;/b&gt; no." in page.text


async def test_less_access_than_was_asked_for_is_not_enough(lab: Lab) -> None:
    lab.service(smtp_at(587))
    lab.authority.grants = ("openid", "email", "calendar")
    step = await failed(lab)
    assert step["diagnosis"]["title"] == "Not all of the access was allowed"
    assert "left out at the service: mail." in step["diagnosis"]["explanation"]


async def test_scopes_that_are_no_access_need_not_be_reported(lab: Lab) -> None:
    lab.service(smtp_at(587))
    lab.authority.grants = ("Mail",)
    await lab.consented()


async def test_a_client_that_is_not_known_there_is_the_operators_to_mend(lab: Lab) -> None:
    lab.service(smtp_at(587))
    lab.clients["lab"] = replace(lab.clients["lab"], secret=Secret("another"))
    step = await failed(lab)
    assert (step["retryable"], step["diagnosis"]["actor"]) == (False, "OPERATOR")
    assert step["diagnosis"]["reply"] == {"text": "invalid_client"}


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_a_service_out_of_order_can_be_tried_again(lab: Lab, status: int) -> None:
    lab.service(smtp_at(587))
    lab.authority.broken = status
    step = await failed(lab)
    assert (step["retryable"], step["diagnosis"]["code"]) == (True, "SERVER_UNAVAILABLE")


async def test_an_answer_that_is_no_token_is_not_taken_for_one(lab: Lab) -> None:
    lab.service(smtp_at(587))
    lab.authority.broken = 200
    step = await failed(lab)
    assert (step["retryable"], step["diagnosis"]["code"]) == (True, "PROTOCOL_ERROR")


async def test_anothers_flow_is_nobodys_business(lab: Lab) -> None:
    lab.service(smtp_at(587))
    flow_id = await lab.consented()
    colleague = await lab.product.administrator()
    assert (await colleague.ask("query ($id: ID!) { node(id: $id) { id } }", id=flow_id))["node"] is None
