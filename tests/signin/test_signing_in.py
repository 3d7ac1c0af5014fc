import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from letterhead.accounts.drafts import ServerInput
from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.signin import reasons
from letterhead.signin.flows import AskStep, DoneStep, WaitStep
from letterhead.signin.starting import StartSignIn, start
from letterhead.signin.verbs import answer, cancel, credential, show, sweep
from letterhead.store import models
from letterhead.store.database import now
from letterhead.vault.secret import Secret
from letterhead.vault.vault import Vault
from letterhead.wire.server import MailServer
from letterhead_providers import Ask, CredentialKind, Field, Lookup, Protocol, Security
from signin.test_binding import wanted
from signin.tried import (
    ASK,
    FETCH,
    LONG_WAIT,
    VISIT,
    WAIT,
    Hall,
    ScriptedDns,
    a_house,
    that,
)

GMAIL = StartSignIn(address="ann.smith@gmail.com", provider_key="gmail")
ACME = StartSignIn(address="ann@acme.example", provider_key="acme")
SHOWN = "abcd efgh ijkl mnop"


async def refusal(awaitable: Any) -> list[tuple[ProblemCode, tuple[str, ...]]]:
    with pytest.raises(Refused) as refused:
        await awaitable
    return [(problem.code, problem.path) for problem in refused.value.problems]


async def test_an_app_password_is_asked_for_taken_with_spaces_and_kept(hall: Hall) -> None:
    flow = await start(hall.house, GMAIL, by=hall.admin)
    assert isinstance(flow.step, AskStep)
    assert (flow.method_key, flow.step.title, flow.step.fields[0].pattern) == (
        "app-password",
        "App password",
        "[a-z]{16}",
    )
    flow = await answer(hall.house, flow.id, {"secret": SHOWN}, by=hall.admin)
    assert flow.step == DoneStep(kind=CredentialKind.APP_PASSWORD)
    assert await credential(hall.house, flow.id, wanted(flow), by=hall.admin) == (
        CredentialKind.APP_PASSWORD,
        Secret("abcdefghijklmnop"),
    )


async def test_servers_left_out_are_the_recommended_preset_with_the_login_filled_in(hall: Hall) -> None:
    flow = await start(hall.house, GMAIL, by=hall.admin)
    login = "ann.smith@gmail.com"
    assert (flow.smtp, flow.incoming) == (
        MailServer(
            protocol=Protocol.SMTP, host="smtp.gmail.com", port=465, security=Security.TLS, username=login
        ),
        MailServer(
            protocol=Protocol.POP3, host="pop.gmail.com", port=995, security=Security.TLS, username=login
        ),
    )


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ({"secret": "MyOwnPassword123"}, ("secret", "This does not have the right form.")),
        ({"secret": "a" * 5000}, ("secret", "This is longer than 4096 characters.")),
        ({"secret": ""}, ("secret", "Fill this in.")),
        ({}, ("secret", "Fill this in.")),
        ({"secret": "abcd\nefghijklmnop"}, ("secret", "There are line ends")),
        ({"secret": SHOWN, "colour": "red"}, ("colour", "There is no such field")),
    ],
)
async def test_an_answer_of_the_wrong_shape_is_a_problem_and_costs_nothing(
    hall: Hall, answers: dict[str, str], problem: tuple[str, str]
) -> None:
    flow = await start(hall.house, GMAIL, by=hall.admin)
    again = await answer(hall.house, flow.id, answers, by=hall.admin)
    assert isinstance(again.step, AskStep)
    [found] = again.step.problems
    assert (found.field, found.message[: len(problem[1])]) == problem
    assert replace(again, step=flow.step) == flow
    assert await show(hall.house, flow.id, by=hall.admin) == flow


async def test_a_flow_of_many_steps_goes_on_in_another_process(hall: Hall) -> None:
    flow = await start(hall.house, ACME, by=hall.admin)
    flow = await answer(a_house(), flow.id, {"who": "ann"}, by=hall.admin)
    assert isinstance(flow.step, AskStep)
    assert flow.step.title == "Secret 0 of ann"
    flow = await answer(a_house(), flow.id, {"secret0": " one "}, by=hall.admin)
    flow = await answer(a_house(), flow.id, {"secret1": "two", "note": "x"}, by=hall.admin)
    assert flow.step == DoneStep(kind=CredentialKind.PASSWORD)
    _, secret = await credential(a_house(), flow.id, wanted(flow), by=hall.admin)
    who, state, *rest = secret.reveal().split("|")
    flow_id, _, chance = state.partition(".")
    assert (flow_id, len(chance)) == (flow.id.hex, 43)
    assert (who, rest) == ("ann", ["10 mx.acme.example.", "one", "two"])


async def test_an_outcome_is_looked_up_once(hall: Hall) -> None:
    flow = await start(hall.house, ACME, by=hall.admin)
    await answer(hall.house, flow.id, {"who": "ann"}, by=hall.admin)
    await answer(hall.house, flow.id, {"secret0": "one"}, by=hall.admin)
    assert isinstance(hall.house.dialler, ScriptedDns)
    assert hall.house.dialler.asked == ["MX acme.example"]


async def test_of_two_answers_at_once_only_one_goes_on(hall: Hall) -> None:
    flow = await start(hall.house, ACME, by=hall.admin)
    both = await asyncio.gather(
        answer(hall.house, flow.id, {"who": "ann"}, by=hall.admin),
        answer(a_house(), flow.id, {"who": "ben"}, by=hall.admin),
        return_exceptions=True,
    )
    [refused] = [each for each in both if isinstance(each, Refused)]
    assert refused.problems[0].path == ("flowId",)
    [gone_on] = [each for each in both if not isinstance(each, BaseException)]
    assert await show(hall.house, flow.id, by=hall.admin) == gone_on


@pytest.mark.parametrize(
    ("hook", "step"),
    [
        (that(VISIT), reasons.plugin_failed("acme")),
        (that(FETCH), reasons.plugin_failed("acme")),
        (that(Lookup(name="evil.example", kind="TXT")), reasons.plugin_failed("acme")),
        (that(Lookup(name="acme.example", kind="AXFR")), reasons.plugin_failed("acme")),
        (that(*[Lookup(name="acme.example", kind="MX")] * 200), reasons.plugin_failed("acme")),
        (that("nonsense"), reasons.plugin_failed("acme")),
        (that(secret=""), reasons.plugin_failed("acme")),
        (that(secret="a\r\nDATA"), reasons.plugin_failed("acme")),
        (that(Ask(title="", fields=())), reasons.plugin_failed("acme")),
        (
            that(Ask(title="x", fields=(Field(name="a", label="A", pattern="(a+)+"),))),
            reasons.plugin_failed("acme"),
        ),
    ],
)
async def test_what_cannot_be_done_for_a_flow_ends_it_with_a_reason(hall: Hall, hook: Any, step: Any) -> None:
    flow = await start(a_house(sign_in=hook), ACME, by=hall.admin)
    assert flow.step == step


async def test_a_plugin_that_raises_leaves_the_flow_to_the_default(hall: Hall) -> None:
    def sign_in(start: object) -> None:
        raise RuntimeError

    flow = await start(a_house(sign_in=sign_in), ACME, by=hall.admin)
    assert isinstance(flow.step, AskStep)
    assert (flow.step.title, [field.name for field in flow.step.fields]) == ("Password", ["secret"])


async def test_signing_in_by_oauth2_needs_a_client_of_the_operators(hall: Hall) -> None:
    with pytest.raises(Refused) as refused:
        await start(hall.house, replace(GMAIL, method_key="oauth2"), by=hall.admin)
    [problem] = refused.value.problems
    assert problem == Problem(
        ProblemCode.INVALID, "No OAuth2 client for Gmail is configured on this server.", ("authMethod",)
    )


async def test_a_server_without_sign_in_needs_nothing(hall: Hall) -> None:
    smtp = ServerInput(protocol=Protocol.SMTP, host="Relay.Example.", port=25, security=Security.STARTTLS)
    command = StartSignIn(address="info@shop.example", provider_key="custom", method_key="none", smtp=smtp)
    flow = await start(hall.house, command, by=hall.admin)
    assert (flow.step, flow.smtp.host) == (DoneStep(kind=CredentialKind.NONE), "relay.example")
    assert await credential(hall.house, flow.id, wanted(flow), by=hall.admin) == (
        CredentialKind.NONE,
        Secret(""),
    )


async def test_a_flow_that_waits_goes_on_when_somebody_looks(hall: Hall) -> None:
    house = a_house(sign_in=that(WAIT, ASK))
    flow = await start(house, ACME, by=hall.admin)
    assert isinstance(flow.step, WaitStep)
    assert isinstance((await show(house, flow.id, by=hall.admin)).step, AskStep)
    house = a_house(sign_in=that(LONG_WAIT, ASK))
    flow = await start(house, ACME, by=hall.admin)
    assert await show(house, flow.id, by=hall.admin) == flow
    assert await refusal(answer(house, flow.id, {}, by=hall.admin)) == [(ProblemCode.INVALID, ("flowId",))]


async def test_a_flow_whose_process_died_is_taken_up_by_whoever_looks(hall: Hall) -> None:
    class Dying(ScriptedDns):
        async def lookup(self, name: str, kind: str) -> Any:
            raise asyncio.CancelledError

    flow = await start(hall.house, ACME, by=hall.admin)
    dying = replace(hall.house, dialler=Dying())
    with pytest.raises(asyncio.CancelledError):
        await answer(dying, flow.id, {"who": "ann"}, by=hall.admin)
    interrupted = await show(hall.house, flow.id, by=hall.admin)
    assert isinstance(interrupted.step, WaitStep)
    long_ago = {"is": "wait", "message": "", "until": (now() - timedelta(seconds=1)).isoformat()}
    await models.SignInFlow.filter(id=flow.id).update(step=long_ago)
    taken_up = await show(a_house(), flow.id, by=hall.admin)
    assert isinstance(taken_up.step, AskStep)
    assert taken_up.step.title == "Secret 0 of ann"


async def test_a_flow_whose_plugin_was_changed_has_to_be_started_again(hall: Hall) -> None:
    flow = await start(hall.house, ACME, by=hall.admin)
    flow = await answer(a_house(sign_in=that(WAIT)), flow.id, {"who": "ann"}, by=hall.admin)
    assert flow.step == reasons.plugin_changed()


async def test_a_lost_key_ends_the_flow_and_says_so(hall: Hall) -> None:
    flow = await start(hall.house, ACME, by=hall.admin)
    other = replace(hall.house, vault=Vault({"n": b"1" * 32}))
    flow = await answer(other, flow.id, {"who": "ann"}, by=hall.admin)
    assert flow.step == reasons.key_lost()


async def test_a_cancelled_flow_is_wiped(hall: Hall) -> None:
    flow = await start(hall.house, GMAIL, by=hall.admin)
    flow = await answer(hall.house, flow.id, {"secret": SHOWN}, by=hall.admin)
    flow = await cancel(hall.house, flow.id, by=hall.admin)
    assert flow.step == reasons.cancelled()
    assert await cancel(hall.house, flow.id, by=hall.admin) == flow
    assert await kept(flow.id) == ("", None)


async def test_an_expired_flow_is_wiped_and_takes_no_answer(hall: Hall) -> None:
    asking = await start(hall.house, GMAIL, by=hall.admin)
    done = await start(hall.house, GMAIL, by=hall.admin)
    await answer(hall.house, done.id, {"secret": SHOWN}, by=hall.admin)
    assert await sweep(hall.house) == 0
    await models.SignInFlow.all().update(expires_at=now() - timedelta(seconds=1))
    assert await refusal(answer(hall.house, asking.id, {}, by=hall.admin)) == [
        (ProblemCode.EXPIRED, ("flowId",))
    ]
    assert (await show(hall.house, asking.id, by=hall.admin)).step == reasons.expired()
    assert await sweep(hall.house) == 1
    assert (await kept(asking.id), await kept(done.id)) == (("", None), ("", None))


async def kept(flow_id: Any) -> tuple[str, str | None]:
    row = await models.SignInFlow.get(id=flow_id)
    return row.journal_sealed, row.secret_sealed


async def test_the_journal_is_gone_when_the_flow_is_done(hall: Hall) -> None:
    flow = await start(hall.house, GMAIL, by=hall.admin)
    await answer(hall.house, flow.id, {"secret": SHOWN}, by=hall.admin)
    journal, secret = await kept(flow.id)
    assert (journal, bool(secret)) == ("", True)


async def test_no_row_holds_what_was_entered(hall: Hall) -> None:
    flow = await start(hall.house, ACME, by=hall.admin)
    await answer(hall.house, flow.id, {"who": "ann"}, by=hall.admin)
    await answer(hall.house, flow.id, {"secret0": "canary-hunter2"}, by=hall.admin)
    rows = await models.SignInFlow.all().values()
    assert "canary" not in repr(rows)
    assert "canary" not in repr(await models.AuditEntry.all().values())


async def test_starting_is_in_the_audit_log(hall: Hall) -> None:
    flow = await start(hall.house, GMAIL, by=hall.admin)
    [entry] = await models.AuditEntry.all()
    assert (entry.action, entry.summary, entry.subject_type, entry.subject_id) == (
        "SIGN_IN_STARTED",
        "Began to sign in ann.smith@gmail.com at Gmail",
        "SignInFlow",
        flow.id,
    )


async def test_only_who_started_a_flow_sees_it(hall: Hall) -> None:
    flow = await start(hall.house, replace(GMAIL, owner_id=hall.ann.employee_id), by=hall.ann)
    not_found = [(ProblemCode.NOT_FOUND, ("flowId",))]
    stranger = replace(hall.ann, company_id=uuid4())
    for other in (hall.admin, hall.ben, stranger):
        assert await refusal(show(hall.house, flow.id, by=other)) == not_found
        assert await refusal(answer(hall.house, flow.id, {"secret": SHOWN}, by=other)) == not_found
        assert await refusal(cancel(hall.house, flow.id, by=other)) == not_found
    assert await show(hall.house, flow.id, by=hall.ann) == flow


async def test_who_may_connect_for_whom(hall: Hall) -> None:
    not_permitted = [(ProblemCode.NOT_PERMITTED, ("ownerId",))]
    ann, company = hall.ann.employee_id, hall.ann.company_id
    for by, owner in (
        (hall.admin, ann),
        (hall.ben, ann),
        (hall.ann, company),
        (hall.ann, None),
        (hall.ann, uuid4()),
    ):
        assert await refusal(start(hall.house, replace(GMAIL, owner_id=owner), by=by)) == not_permitted
    await models.Employee.filter(id=ann).update(removed_at=now())
    assert await refusal(start(hall.house, replace(GMAIL, owner_id=ann), by=hall.ann)) == not_permitted


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"provider_key": "no-such"}, [(ProblemCode.UNKNOWN_PROVIDER, ("providerKey",))]),
        ({"method_key": "no-such"}, [(ProblemCode.UNKNOWN_METHOD, ("authMethod",))]),
        ({"address": "ann"}, [(ProblemCode.INVALID, ("address",))]),
        ({"provider_key": "custom"}, [(ProblemCode.REQUIRED, ("smtp",))]),
    ],
)
async def test_what_is_wrong_with_a_start_is_said(
    hall: Hall, changes: dict[str, str], problems: list[tuple[ProblemCode, tuple[str, ...]]]
) -> None:
    assert await refusal(start(hall.house, replace(GMAIL, **changes), by=hall.admin)) == problems
