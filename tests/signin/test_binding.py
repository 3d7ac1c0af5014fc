from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from letterhead.accounts.drafts import Draft
from letterhead.errors import ProblemCode, Refused
from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.signin.flows import Flow
from letterhead.signin.starting import StartSignIn, start
from letterhead.signin.verbs import Binding, answer, cancel, credential
from letterhead.vault.vault import Vault
from letterhead_providers import Protocol, Security
from signin.tried import Hall

PATH = ("draft", "credential", "flowId")


def wanted(flow: Flow) -> Binding:
    """The very use a flow was started for."""
    draft = Draft(
        address=flow.address,
        aliases=(),
        provider_key=flow.provider_key,
        smtp=flow.smtp,
        incoming=flow.incoming,
    )
    return Binding(owner_id=flow.owner_id, draft=draft)


async def a_done_flow(house: House, by: Actor) -> Flow:
    command = StartSignIn(address="ann@gmail.com", provider_key="gmail", owner_id=by.employee_id)
    flow = await start(house, command, by=by)
    return await answer(house, flow.id, {"secret": "abcdefghijklmnop"}, by=by)


async def refusal(house: House, flow: Flow, binding: Binding, by: Actor) -> tuple[ProblemCode, Any]:
    with pytest.raises(Refused) as refused:
        await credential(house, flow.id, binding, by=by)
    [problem] = refused.value.problems
    return problem.code, problem.path


CHANGES = {
    "address": lambda draft: replace(draft, address="ben@gmail.com"),
    "smtp host": lambda draft: replace(draft, smtp=replace(draft.smtp, host="smtp.evil.example")),
    "smtp port": lambda draft: replace(draft, smtp=replace(draft.smtp, port=587)),
    "weaker": lambda draft: replace(draft, smtp=replace(draft.smtp, security=Security.STARTTLS)),
    "in the clear": lambda draft: replace(draft, smtp=replace(draft.smtp, security=Security.NONE)),
    "login": lambda draft: replace(draft, smtp=replace(draft.smtp, username="ben@gmail.com")),
    "incoming host": lambda draft: replace(draft, incoming=replace(draft.incoming, host="pop.evil.example")),
    "incoming port": lambda draft: replace(draft, incoming=replace(draft.incoming, port=110)),
    "incoming protocol": lambda draft: replace(
        draft, incoming=replace(draft.incoming, protocol=Protocol.IMAP)
    ),
    "incoming login": lambda draft: replace(draft, incoming=replace(draft.incoming, username="x")),
    "without incoming": lambda draft: replace(draft, incoming=None),
    "swapped": lambda draft: replace(
        draft,
        smtp=replace(draft.smtp, host=draft.incoming.host),
        incoming=replace(draft.incoming, host=draft.smtp.host),
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
async def test_a_secret_is_not_shown_to_anything_else(hall: Hall, change: Any) -> None:
    flow = await a_done_flow(hall.house, hall.ann)
    binding = wanted(flow)
    other = replace(binding, draft=change(binding.draft))
    assert await refusal(hall.house, flow, other, hall.ann) == (ProblemCode.SECRET_REQUIRED, PATH)
    await credential(hall.house, flow.id, binding, by=hall.ann)


async def test_a_secret_is_not_for_another_owner(hall: Hall) -> None:
    flow = await a_done_flow(hall.house, hall.ann)
    other = replace(wanted(flow), owner_id=hall.ann.company_id)
    assert await refusal(hall.house, flow, other, hall.ann) == (ProblemCode.SECRET_REQUIRED, PATH)


async def test_a_secret_is_not_for_another_caller_or_company(hall: Hall) -> None:
    flow = await a_done_flow(hall.house, hall.ann)
    for by in (hall.admin, hall.ben, replace(hall.ann, company_id=uuid4()), replace(hall.ann, key="token:9")):
        assert await refusal(hall.house, flow, wanted(flow), by) == (ProblemCode.NOT_FOUND, PATH)


async def test_letter_case_of_the_address_is_no_other_address(hall: Hall) -> None:
    flow = await a_done_flow(hall.house, hall.ann)
    binding = wanted(flow)
    same = replace(binding, draft=replace(binding.draft, address="Ann@gmail.com"))
    await credential(hall.house, flow.id, same, by=hall.ann)


async def test_a_flow_that_is_not_done_has_no_secret(hall: Hall) -> None:
    command = StartSignIn(address="ann@gmail.com", provider_key="gmail")
    flow = await start(hall.house, command, by=hall.admin)
    assert await refusal(hall.house, flow, wanted(flow), hall.admin) == (ProblemCode.SECRET_REQUIRED, PATH)


async def test_a_cancelled_flow_or_a_lost_key_leaves_no_secret(hall: Hall) -> None:
    flow = await a_done_flow(hall.house, hall.ann)
    keyless = replace(hall.house, vault=Vault({"n": b"1" * 32}))
    assert await refusal(keyless, flow, wanted(flow), hall.ann) == (ProblemCode.SECRET_REQUIRED, PATH)
    await cancel(hall.house, flow.id, by=hall.ann)
    assert await refusal(hall.house, flow, wanted(flow), hall.ann) == (ProblemCode.SECRET_REQUIRED, PATH)
