"""The whole way on real mail servers: consent, test, save, send, renew, send again; and nothing leaks."""

import asyncio
from dataclasses import replace

import pytest

from api.live import over_sse
from lab.mailservers import MailServers
from letterhead_providers import Protocol, Provider, Security, Server
from oauth2.conftest import SALES, Lab
from oauth2.test_grants import Office, draft
from outbox.conftest import working

CONTACT = "contact@outside.example"
PROGRESS = """
subscription ($id: ID!) { signInProgress(flowId: $id) { step { is: __typename } } }
"""


def real_service(lab: Lab, mailservers: MailServers, protocol: Protocol = Protocol.POP3) -> Provider:
    port = mailservers.pop3s if protocol is Protocol.POP3 else mailservers.imaps
    return lab.service(
        Server(
            protocol=Protocol.SMTP,
            host=mailservers.host,
            port=mailservers.submission,
            security=Security.STARTTLS,
        ),
        Server(protocol=protocol, host=mailservers.host, port=port, security=Security.TLS),
    )


@pytest.mark.mailservers
async def test_the_whole_way(lab: Lab, mailservers: MailServers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("letterhead.outbox.lines.IDLE_SECONDS", 0)  # a kept line needs no new sign-in
    real_service(lab, mailservers)
    await mailservers.empty(CONTACT)
    given = draft(flowId=await lab.consented())

    test = await lab.admin.tested(given)
    signed_in = [step["evidence"] for step in test["steps"] if step["stage"] == "SIGN_IN"]
    assert (test["status"], signed_in) == ("PASSED", ["Signed in with XOAUTH2"] * 2)
    account = await lab.admin.saved(given)
    office = Office(lab, account["id"])

    async with working(lab.house, "one"), working(lab.house, "two"):
        first = await lab.admin.finished(await office.sent("first"))
        await office.runs_out()
        second = [await office.sent(f"after {number}") for number in range(4)]
        after = [await lab.admin.finished(message) for message in second]

    assert {message["status"] for message in (first, *after)} == {"SENT"}
    assert lab.authority.exchanges == {"authorization_code": 1, "refresh_token": 1}
    assert (await office.grant()).refresh_token in lab.authority.refresh_tokens
    arrived = await mailservers.mailbox(CONTACT, at_least=5)
    assert [message["From"] for message in arrived] == [SALES] * 5


@pytest.mark.mailservers
async def test_imap_takes_the_token_too(lab: Lab, mailservers: MailServers) -> None:
    real_service(lab, mailservers, Protocol.IMAP)
    given = draft(flowId=await lab.consented())
    test = await lab.admin.tested(given)
    assert (test["status"], {step["leg"] for step in test["steps"]}) == ("PASSED", {None, "SMTP", "IMAP"})


@pytest.mark.mailservers
async def test_a_permission_of_somebody_else_is_found_out_by_the_mail_server(
    lab: Lab, mailservers: MailServers
) -> None:
    """Where the service does not say who has consented."""
    service = real_service(lab, mailservers)
    [oauth2, password] = service.auth_methods
    assert oauth2.oauth2
    silent = replace(oauth2, oauth2=replace(oauth2.oauth2, identity_claim=None))
    changed = lab.service(
        *(server for server in (service.presets[0].smtp, service.presets[0].incoming) if server),
        key="silent",
        auth_methods=(silent, password),
    )
    lab.clients[changed.key] = lab.clients["lab"]
    lab.authority.signed_in = "bob@lab.example"
    given = draft(flowId=await lab.consented(providerKey="silent")) | {"providerKey": "silent"}
    test = await lab.admin.tested(given)
    assert (test["status"], test["diagnosis"]["code"]) == ("FAILED", "OAUTH_TOKEN_INVALID")
    signed_in = [(step["leg"], step["status"]) for step in test["steps"] if step["stage"] == "SIGN_IN"]
    assert signed_in == [("SMTP", "FAILED"), ("POP3", "SKIPPED")], "one refused attempt in all"


async def test_whoever_watches_sees_the_flow_go_on(lab: Lab) -> None:
    lab.service(Server(protocol=Protocol.SMTP, host="127.0.0.1", port=587, security=Security.STARTTLS))
    flow = await lab.begun()

    async def watch() -> list[str]:
        seen = over_sse(lab.admin, PROGRESS, id=flow["id"])
        return [result["data"]["signInProgress"]["step"]["is"] async for result in seen]

    watching = asyncio.create_task(watch())
    await lab.browser.open(flow["step"]["url"])
    steps = await asyncio.wait_for(watching, 10)
    assert (steps[0], steps[-1]) == ("VisitStep", "DoneStep")
