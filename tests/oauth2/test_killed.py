"""A flow outlives the process that drives it, and a code is redeemed once whatever happens."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest

from letterhead.house import House
from letterhead.identity.actor import ADMINISTRATOR, Actor
from letterhead.news import News
from letterhead.schema.ids import row_id
from letterhead.signin import advance, reasons
from letterhead.signin.flows import DoneStep, Step, WaitStep
from letterhead.signin.verbs import show
from letterhead.signin.visiting import come_back
from letterhead.store import models
from letterhead.store.database import now
from letterhead_providers import CredentialKind, FetchOutcome
from oauth2.conftest import Lab, smtp_at


async def killed_on_the_way(lab: Lab) -> UUID:
    """A flow whose process dies while it deals with the service's answer."""
    lab.service(smtp_at(587))
    flow = await lab.begun()
    back = await lab.browser.until(flow["step"]["url"], lab.authority.callback)
    answer = dict(parse_qsl(urlsplit(back).query))
    with pytest.raises(asyncio.CancelledError):
        await come_back(lab.house, answer, dict(lab.browser.client.cookies))
    flow_id = row_id(flow["id"], "SignInFlow")
    assert flow_id is not None
    return flow_id


async def looked_at_elsewhere(lab: Lab, flow_id: UUID) -> list[Step]:
    """At once, and when whoever had the flow in hand must be gone."""
    elsewhere = replace(lab.house, news=News())
    row = await models.SignInFlow.get(id=flow_id)
    by = Actor(company_id=row.company_id, key=row.caller, name="", permissions=ADMINISTRATOR)
    at_once = (await show(elsewhere, flow_id, by=by)).step
    past = {"is": "wait", "message": "", "until": (now() - timedelta(seconds=1)).isoformat()}
    await models.SignInFlow.filter(id=flow_id).update(step=past)
    return [at_once, (await show(elsewhere, flow_id, by=by)).step]


async def test_killed_before_the_token_was_written_down(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched = advance.fetched

    async def fetched_and_killed(*asked: Any) -> FetchOutcome:
        await fetched(*asked)
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(advance, "fetched", fetched_and_killed)
        flow_id = await killed_on_the_way(lab)
    at_once, later = await looked_at_elsewhere(lab, flow_id)
    assert (type(at_once), later) == (WaitStep, reasons.answer_lost())
    assert later.retryable
    assert lab.authority.exchanges == {"authorization_code": 1}


async def test_killed_after_the_token_was_written_down(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    record_outcomes = advance.record_outcomes

    async def recorded_and_killed(house: House, row: models.SignInFlow, journal: Any) -> None:
        await record_outcomes(house, row, journal)
        if isinstance(journal.outcomes[-1].sent, FetchOutcome):
            raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(advance, "record_outcomes", recorded_and_killed)
        flow_id = await killed_on_the_way(lab)
    at_once, later = await looked_at_elsewhere(lab, flow_id)
    assert (type(at_once), later) == (WaitStep, DoneStep(kind=CredentialKind.OAUTH2))
    assert lab.authority.exchanges == {"authorization_code": 1}


async def test_killed_between_the_answer_and_the_request(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    async def killed(*asked: Any) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(advance, "advance", killed)
        flow_id = await killed_on_the_way(lab)
    at_once, later = await looked_at_elsewhere(lab, flow_id)
    assert (type(at_once), later) == (WaitStep, DoneStep(kind=CredentialKind.OAUTH2))
    assert lab.authority.exchanges == {"authorization_code": 1}
