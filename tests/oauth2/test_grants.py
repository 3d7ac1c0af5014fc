"""A grant in use: shown to its service alone, renewed once, replaced in place."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from lab.product import SAVE
from lab.sinks import Sink
from letterhead.accounts.grants import GrantTrouble, token_for
from letterhead.accounts.secrets import account_purpose, open_secret, seal
from letterhead.schema.ids import row_id
from letterhead.store import models
from letterhead.store.database import now
from letterhead.vault.secret import Secret
from letterhead_providers import Grant
from oauth2.conftest import SALES, Lab, SinkMaker, smtp_at
from outbox.conftest import eventually, working

SEND = """
mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message { id } errors { message } } }
"""
ACCOUNT = "query ($id: ID!) { node(id: $id) { ... on EmailAccount { status problem { title actor } } } }"


@dataclass
class Office:
    """A company with an account whose server is a sink."""

    lab: Lab
    account: str
    sink: Sink = field(default_factory=lambda: Sink(port=0))

    @property
    def account_id(self) -> UUID:
        found = row_id(self.account, "EmailAccount")
        assert found is not None
        return found

    async def row(self) -> models.EmailAccount:
        return await models.EmailAccount.get(id=self.account_id)

    async def grant(self) -> Grant:
        return Grant.from_text(open_secret(self.lab.house, await self.row()).reveal())

    async def runs_out(self) -> None:
        """As if time had passed: the access token that is kept is no longer good."""
        await self.keep(expires_at=now() - timedelta(seconds=1))

    async def keep(self, *, expires_at: datetime | None) -> None:
        row, grant = await self.row(), await self.grant()
        old = Grant(access_token=grant.access_token, refresh_token=grant.refresh_token, expires_at=expires_at)
        row.secret_sealed = seal(self.lab.house, Secret(old.to_text()), account_purpose(row, "secret"))
        await row.save(update_fields=["secret_sealed"])

    async def shows(self) -> dict[str, Any]:
        node: dict[str, Any] = (await self.lab.admin.ask(ACCOUNT, id=self.account))["node"]
        return node

    async def sent(self, key: str = "one") -> str:
        ids = await self.lab.product.directory(employees=[{"externalId": "dana", "name": "Dana"}])
        payload = await self.lab.admin.do(
            SEND,
            {
                "idempotencyKey": key,
                "context": {"employeeId": ids["dana"]},
                "to": [{"address": "contact@outside.example"}],
                "subject": "Hello",
                "text": "Hello.",
            },
        )
        assert payload["errors"] == [], payload
        return str(payload["message"]["id"])


@asynccontextmanager
async def an_office(lab: Lab, sink: SinkMaker, **answers: Any) -> AsyncIterator[Office]:
    async with sink(**answers) as server:
        lab.service(smtp_at(server.port))
        draft = {"address": SALES, "providerKey": "lab", "credential": {"flowId": await lab.consented()}}
        account = await lab.admin.saved(draft)
        assert account["status"] == "READY"
        yield Office(lab, account["id"], server)


async def renewals(lab: Lab) -> int:
    """How often the authorization server was asked to renew a grant."""
    return lab.authority.exchanges["refresh_token"]


def draft(**credential: Any) -> dict[str, Any]:
    return {"address": SALES, "providerKey": "lab", "credential": credential}


async def test_a_test_signs_in_by_the_token(lab: Lab, sink: SinkMaker) -> None:
    async with an_office(lab, sink) as office:
        [command] = [command for command in office.sink.commands if command.startswith("AUTH")]
        assert command.startswith("AUTH XOAUTH2 ")
        assert (await office.grant()).access_token == lab.authority.issued[0]


async def test_many_at_once_renew_once(lab: Lab, sink: SinkMaker) -> None:
    async with an_office(lab, sink) as office:
        await office.runs_out()
        stale = await office.row()
        lab.authority.held = asyncio.Event()
        all_of_them = asyncio.gather(*(token_for(lab.house, stale) for _ in range(10)))
        await eventually(partial(renewals, lab), 1)
        await asyncio.sleep(0.3)
        lab.authority.held.set()
        tokens = {token.secret.reveal() for token in await all_of_them}
        assert tokens == {lab.authority.issued[-2]}
        assert await renewals(lab) == 1
        assert (await office.grant()).refresh_token == lab.authority.issued[-1], "the rotated one is kept"
        row = await office.row()
        assert (row.grant_lease_token, row.grant_lease_until) == (None, None)
        assert row.settings_version == stale.settings_version


async def test_two_workers_renew_once_and_both_send(lab: Lab, sink: SinkMaker) -> None:
    async with an_office(lab, sink) as office:
        await office.runs_out()
        lab.authority.held = asyncio.Event()
        messages = [await office.sent(f"message {number}") for number in range(6)]
        async with working(lab.house, "one"), working(lab.house, "two"):
            await eventually(partial(renewals, lab), 1)
            await asyncio.sleep(0.3)
            lab.authority.held.set()
            sent = [await lab.admin.finished(message) for message in messages]
        assert [message["status"] for message in sent] == ["SENT"] * 6
        assert await renewals(lab) == 1


async def test_whoever_renews_and_is_killed_holds_up_nobody_for_long(lab: Lab, sink: SinkMaker) -> None:
    async with an_office(lab, sink) as office:
        await office.runs_out()
        lease = {"grant_lease_token": office.account_id, "grant_lease_until": now() + timedelta(seconds=0.5)}
        await models.EmailAccount.filter(id=office.account_id).update(**lease)
        await token_for(lab.house, await office.row())
        assert await renewals(lab) == 1


async def test_who_gives_up_waiting_does_not_lose_the_new_grant(lab: Lab, sink: SinkMaker) -> None:
    async with an_office(lab, sink) as office:
        await office.runs_out()
        lab.authority.held = asyncio.Event()
        waiting = asyncio.create_task(token_for(lab.house, await office.row()))
        await eventually(partial(renewals, lab), 1)
        waiting.cancel()
        lab.authority.held.set()
        await token_for(lab.house, await office.row())
        assert (await office.grant()).refresh_token == lab.authority.issued[-1]
        assert await renewals(lab) == 1


async def test_a_new_grant_is_not_overwritten_by_the_old_ones_renewal(lab: Lab, sink: SinkMaker) -> None:
    async with an_office(lab, sink) as office:
        await office.runs_out()
        lab.authority.held = asyncio.Event()
        renewing = asyncio.create_task(token_for(lab.house, await office.row()))
        await eventually(partial(renewals, lab), 1)
        await office.keep(expires_at=None)
        lab.authority.held.set()
        with pytest.raises(GrantTrouble) as trouble:
            await renewing
        assert not trouble.value.lasting
        assert (await office.grant()).expires_at is None


async def test_a_token_refused_before_its_time_is_renewed_once(lab: Lab, sink: SinkMaker) -> None:
    answers = iter(["235 2.7.0 Welcome", "535 5.7.8 Bad token"])
    async with an_office(lab, sink, AUTH=lambda _: next(answers, "235 2.7.0 Welcome")) as office:
        message = await office.sent()
        async with working(lab.house):
            assert (await lab.admin.finished(message))["status"] == "SENT"
        assert await renewals(lab) == 1
        assert office.sink.count("AUTH") == 3
        assert len(office.sink.sessions) == 3, "each attempt on a connection of its own"


async def test_a_token_refused_again_is_the_accounts_trouble(lab: Lab, sink: SinkMaker) -> None:
    answers = iter(["235 2.7.0 Welcome"])
    async with an_office(
        lab, sink, AUTH=lambda _: next(answers, "535 5.7.8 Authentication failed: token is invalid")
    ) as office:
        message = await office.sent()
        async with working(lab.house):
            waits = await lab.admin.message_when(message, lambda message: message["waitingFor"])
        assert waits["waitingFor"]["code"] == "OAUTH_TOKEN_INVALID"
        assert (await office.shows())["status"] == "PAUSED"
        assert (office.sink.count("AUTH"), await renewals(lab)) == (3, 1)


async def test_a_permission_taken_back_stops_the_account_until_it_is_given_again(
    lab: Lab, sink: SinkMaker
) -> None:
    async with an_office(lab, sink) as office:
        await office.runs_out()
        lab.authority.refresh_tokens.clear()
        message = await office.sent()
        async with working(lab.house):
            waits = await lab.admin.message_when(message, lambda message: message["waitingFor"])
            title = "The permission to use the mailbox is no longer valid"
            assert waits["waitingFor"] == {"code": "OAUTH_TOKEN_INVALID", "title": title}
            assert await office.shows() == {
                "status": "NEEDS_CREDENTIAL",
                "problem": {"title": title, "actor": "MAILBOX_OWNER"},
            }

            given = draft(flowId=await lab.consented())
            again = await lab.admin.saved(given, {"accountId": office.account}, accountId=office.account)

            assert (again["id"], again["status"]) == (office.account, "READY")
            assert (await lab.admin.finished(message))["status"] == "SENT"


async def test_a_service_that_cannot_be_reached_defers_the_message_alone(lab: Lab, sink: SinkMaker) -> None:
    async with an_office(lab, sink) as office:
        await office.runs_out()
        lab.authority.broken = 503
        message = await office.sent()
        async with working(lab.house):
            await lab.admin.message_when(message, lambda message: message["status"] == "DEFERRED")
        assert await office.shows() == {"status": "READY", "problem": None}
        assert (await office.grant()).refresh_token in lab.authority.refresh_tokens


async def test_a_client_that_ran_out_costs_nobody_the_permission(lab: Lab, sink: SinkMaker) -> None:
    async with an_office(lab, sink) as office:
        await office.runs_out()
        lab.clients.clear()
        with pytest.raises(GrantTrouble) as trouble:
            await token_for(lab.house, await office.row())
        assert (trouble.value.lasting, trouble.value.diagnosis.actor) == (False, "OPERATOR")


async def test_testing_again_keeps_what_was_renewed_meanwhile(lab: Lab, sink: SinkMaker) -> None:
    async with an_office(lab, sink) as office:
        again = draft(keepExisting=True) | {"aliases": [{"address": "support@lab.example"}]}
        test = await lab.admin.tested(again, accountId=office.account)
        assert test["status"] == "PASSED"
        await office.runs_out()
        await token_for(lab.house, await office.row())
        renewed = await office.grant()
        saved = await lab.admin.do(SAVE, {"testId": test["id"], "accountId": office.account})
        assert saved["errors"] == []
        assert await office.grant() == renewed
        assert (await models.AccountTest.all().order_by("-id"))[0].secret_sealed is None


async def test_testing_again_renews_what_has_run_out(lab: Lab, sink: SinkMaker) -> None:
    async with an_office(lab, sink) as office:
        await office.runs_out()
        test = await lab.admin.tested(draft(keepExisting=True), accountId=office.account)
        assert test["status"] == "PASSED"
        assert await renewals(lab) == 1
        assert (await office.grant()).refresh_token in lab.authority.refresh_tokens


async def test_testing_again_finds_out_that_a_permission_was_taken_back(lab: Lab, sink: SinkMaker) -> None:
    async with an_office(lab, sink) as office:
        await office.runs_out()
        lab.authority.refresh_tokens.clear()
        connections = len(office.sink.sessions)
        test = await lab.admin.tested(draft(keepExisting=True), accountId=office.account)
        assert (test["status"], test["diagnosis"]["code"]) == ("FAILED", "OAUTH_TOKEN_INVALID")
        assert {step["status"] for step in test["steps"]} == {"PASSED", "FAILED", "SKIPPED"}
        assert len(office.sink.sessions) == connections, "no mail server is troubled"
        assert (await office.shows())["status"] == "NEEDS_CREDENTIAL"


async def test_a_grant_changes_hands_when_it_is_saved(lab: Lab, sink: SinkMaker) -> None:
    async with sink() as server:
        lab.service(smtp_at(server.port))
        flow_id = await lab.consented()
        await lab.admin.saved(draft(flowId=flow_id))
        payload = await lab.admin.do(TEST, {"draft": draft(flowId=flow_id)})
        assert [error["code"] for error in payload["errors"]] == ["SECRET_REQUIRED"]


TEST = """
mutation ($input: TestAccountInput!) { testAccount(input: $input) { test { id } errors { code path } } }
"""


async def refused(lab: Lab, given: dict[str, Any]) -> list[dict[str, Any]]:
    payload = await lab.admin.do(TEST, {"draft": given})
    assert payload["test"] is None
    errors: list[dict[str, Any]] = payload["errors"]
    return errors


async def test_a_permission_goes_nowhere_but_where_it_was_given_for(lab: Lab, sink: SinkMaker) -> None:
    async with sink() as server, sink() as other:
        lab.service(smtp_at(server.port))
        flow_id = await lab.consented()
        smtp = {"protocol": "SMTP", "host": "127.0.0.1", "port": server.port, "security": "STARTTLS"}
        for change in (
            {"port": other.port},
            {"host": "localhost"},
            {"security": "NONE"},
            {"username": "bob@lab.example"},
        ):
            errors = await refused(lab, draft(flowId=flow_id) | {"smtp": smtp | change})
            assert errors == [{"code": "SECRET_REQUIRED", "path": ["draft", "credential", "flowId"]}]
        errors = await refused(lab, draft(flowId=flow_id) | {"address": "bob@lab.example"})
        assert errors == [{"code": "SECRET_REQUIRED", "path": ["draft", "credential", "flowId"]}]
        colleague = await lab.product.administrator()
        payload = await colleague.do(TEST, {"draft": draft(flowId=flow_id)})
        assert [error["code"] for error in payload["errors"]] == ["NOT_FOUND"]
        assert [*server.sessions, *other.sessions] == []


async def test_a_host_that_its_service_no_longer_declares_gets_no_token(lab: Lab, sink: SinkMaker) -> None:
    async with an_office(lab, sink) as office:
        connections = len(office.sink.sessions)
        await models.EmailAccount.filter(id=office.account_id).update(provider_key="moved")
        elsewhere = smtp_at(office.sink.port)
        lab.service(elsewhere, key="moved", presets=())
        with pytest.raises(GrantTrouble) as trouble:
            await token_for(lab.house, await office.row())
        assert (trouble.value.lasting, trouble.value.diagnosis.code) == (True, "TARGET_NOT_ALLOWED")
        assert len(office.sink.sessions) == connections
