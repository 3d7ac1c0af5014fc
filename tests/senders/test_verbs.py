from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from lab.databases import counted
from letterhead.errors import NotAnswerable
from letterhead.identity.actor import ADMINISTRATOR, EMPLOYEE, Actor, Permission
from letterhead.senders import verbs as senders
from letterhead.senders.rules import (
    ExclusionReason,
    NoSender,
    NoSenderReason,
    ResolutionRule,
    Sender,
    SenderContext,
)
from letterhead.store import models
from letterhead.store.pages import PageRequest
from senders.made import HOUSE, START, Firm, new_account, new_firm


@pytest.fixture
async def firm(database: None) -> Firm:
    return await new_firm()


def actor(firm: Firm, *permissions: Permission, employee_id: UUID | None = None) -> Actor:
    return Actor(
        company_id=firm.id,
        key="token:1",
        name="Tester",
        permissions=frozenset(permissions),
        employee_id=employee_id,
    )


def dana(firm: Firm) -> Actor:
    return actor(firm, *EMPLOYEE, employee_id=firm.dana)


async def resolve(firm: Firm, **context: Any) -> Sender | NoSender:
    return await senders.resolve(HOUSE, SenderContext(**context), by=dana(firm))


@pytest.mark.parametrize(
    ("permissions", "own", "code"),
    [
        ((), False, "NOT_FOUND"),
        ((), None, "BAD_INPUT"),
        ((Permission.SEND_FOR_OTHERS,), False, None),
        ((Permission.MANAGE_COMPANY_ACCOUNTS,), False, None),
        ((), True, None),
    ],
)
async def test_who_may_ask_for_whom(
    firm: Firm, permissions: tuple[Permission, ...], own: bool | None, code: str | None
):
    by = actor(firm, *permissions, employee_id=firm.eli if own is not None else None)
    context = SenderContext(employee_id={True: firm.eli, False: firm.dana, None: None}[own])
    try:
        await senders.resolve(HOUSE, context, by=by)
        refused = None
    except NotAnswerable as exc:
        refused = exc.code
    assert refused == code


@pytest.mark.parametrize("field", ["employee_id", "project_id"])
async def test_what_another_company_has_is_not_found(firm: Firm, field: str):
    other = await new_firm()
    foreign = {"employee_id": other.dana, "project_id": other.apollo}[field]
    context = SenderContext(**{"employee_id": firm.dana, field: foreign})
    with pytest.raises(NotAnswerable) as refused:
        await senders.resolve(HOUSE, context, by=actor(firm, *ADMINISTRATOR))
    assert refused.value.code == "NOT_FOUND"


async def test_a_removed_employee_is_not_found(firm: Firm):
    await models.Employee.filter(id=firm.dana).update(removed_at=START)
    with pytest.raises(NotAnswerable):
        await resolve(firm)


async def test_another_companys_account_as_a_choice_looks_like_one_that_is_not_available_here(firm: Firm):
    foreign = await new_account(await new_firm(), "info@other.example")
    elsewhere = await new_account(firm, "boreas@acme.example", projects=(firm.boreas,))
    answers = [await resolve(firm, account_id=one) for one in (foreign, elsewhere, uuid7())]
    assert len({answer.explanation for answer in answers}) == 1
    assert all(
        isinstance(answer, NoSender) and answer.reason is NoSenderReason.CHOICE_NOT_AVAILABLE
        for answer in answers
    )


async def test_an_alias_speaks_with_its_own_name_or_else_the_accounts(firm: Firm):
    await new_account(
        firm,
        "info@acme.example",
        display_name="Acme",
        aliases={"sales@acme.example": "OWNED", "help@acme.example": "OWNED"},
    )
    await models.SenderAlias.filter(address_key="help@acme.example").update(display_name="Acme Help")
    found = [await resolve(firm, alias=f"{name}@ACME.example") for name in ("Sales", "help", "info")]
    assert [(one.from_address, one.display_name, one.rule) for one in found] == [
        ("sales@acme.example", "Acme", ResolutionRule.CHOSEN),
        ("help@acme.example", "Acme Help", ResolutionRule.CHOSEN),
        ("info@acme.example", "Acme", ResolutionRule.CHOSEN),
    ]


async def test_a_choice_keeps_its_address_although_another_is_ready(firm: Firm):
    await models.Company.filter(id=firm.id).update(when_not_ready="NEXT")
    paused = await new_account(firm, "a@acme.example", status="PAUSED")
    await new_account(firm, "b@acme.example", position=1)
    chosen = await resolve(firm, account_id=paused)
    reply = await resolve(firm, answering_address="A@acme.example")
    ordinary = await resolve(firm)
    assert [(one.from_address, one.ready) for one in (chosen, reply, ordinary)] == [
        ("a@acme.example", False),
        ("a@acme.example", False),
        ("b@acme.example", True),
    ]
    assert ordinary.explanation == (
        "a@acme.example comes first but is not ready to send; "
        "the company chose to take the next address that is, and that is b@acme.example."
    )


async def test_an_employees_address_in_a_project_is_explained(firm: Firm):
    await new_account(firm, "dana@acme.example", owner=firm.dana, projects=(firm.apollo,), status="PAUSED")
    sender = await resolve(firm, project_id=firm.apollo)
    assert sender.explanation == (
        "Dana’s own address for the project Apollo comes first: "
        "personal addresses take precedence, and of these the ones linked to the project. "
        "It is not ready to send just now: a message waits until it is, or choose another."
    )


async def test_an_employee_never_sees_what_others_have(firm: Firm):
    await new_account(firm, "eli@acme.example", owner=firm.eli)
    await new_account(firm, "board@acme.example", people=(firm.eli,))
    own = await senders.excluded(HOUSE, SenderContext(), PageRequest(), by=dana(firm))
    everything = await senders.excluded(
        HOUSE, SenderContext(employee_id=firm.dana), PageRequest(), by=actor(firm, *ADMINISTRATOR)
    )
    assert own.items == ()
    assert {one.address: one.reason.value for one in everything.items} == {
        "eli@acme.example": "OTHER_EMPLOYEE",
        "board@acme.example": "NO_ACCESS",
    }


INSTANT, ID = START.isoformat(), str(uuid7())


@pytest.mark.parametrize(
    "spot",
    [
        (0, "not an instant", ID, 0, ""),
        (0, INSTANT, "not an id", 0, ""),
        (2**40, INSTANT, ID, 0, ""),
        (0, INSTANT, ID, 0, "nul\0"),
        (0, 1, 2, 3, 4),
    ],
)
async def test_a_forged_cursor_is_bad_input(firm: Firm, spot: tuple[Any, ...]):
    with pytest.raises(NotAnswerable):
        await senders.candidates(HOUSE, SenderContext(), PageRequest(after=("", "", 0, *spot)), by=dana(firm))
    with pytest.raises(NotAnswerable):
        await senders.excluded(HOUSE, SenderContext(), PageRequest(after=spot), by=dana(firm))


@pytest.mark.parametrize("text", ["", "nul\0@acme.example", "\ud800", "@", "x" * 5_000])
async def test_what_is_no_address_is_no_choice_and_nothing_to_answer_from(firm: Firm, text: str):
    await new_account(firm, "info@acme.example")
    chosen, reply = await resolve(firm, alias=text), await resolve(firm, answering_address=text)
    assert isinstance(chosen, NoSender)
    assert (reply.from_address, reply.rule) == ("info@acme.example", ResolutionRule.COMPANY_UNLINKED)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"account_id": None}, "DISABLED"),
        ({"employee_id": None}, "NO_ACCESS"),
        ({"project_id": None}, "OTHER_PROJECT"),
        ({"from_address": "dropped@acme.example"}, "REFUSED_AS_SENDER"),
        ({"from_address": "refused@acme.example"}, "REFUSED_AS_SENDER"),
        ({"from_address": "alias@acme.example"}, None),
    ],
)
async def test_what_a_queued_message_still_needs(firm: Firm, change: dict[str, Any], reason: str | None):
    account_id = await new_account(
        firm,
        "apollo@acme.example",
        projects=(firm.apollo,),
        aliases={"refused@acme.example": "REFUSED", "alias@acme.example": "ROUND_TRIP"},
    )
    message = {
        "account_id": account_id,
        "from_address": "apollo@acme.example",
        "employee_id": firm.dana,
        "project_id": firm.apollo,
    }
    with counted() as statements:
        because = await senders.still_allowed(company_id=firm.id, **{**message, **change})
    assert (because and because.reason.value) == reason
    assert len(statements) <= 1


async def test_a_message_of_somebody_who_left_does_not_leave(firm: Firm):
    account_id = await new_account(firm, "info@acme.example")
    await models.Employee.filter(id=firm.dana).update(removed_at=START)
    because = await senders.still_allowed(
        company_id=firm.id,
        account_id=account_id,
        from_address="info@acme.example",
        employee_id=firm.dana,
        project_id=None,
    )
    assert because == senders.Exclusion(
        reason=ExclusionReason.NO_ACCESS, explanation="Dana is no longer in the company’s directory."
    )
