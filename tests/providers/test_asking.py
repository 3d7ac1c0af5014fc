import asyncio
import logging
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from letterhead_providers import (
    Ask,
    AuthMethod,
    CredentialKind,
    Diagnosis,
    DiagnosisCode,
    Done,
    Field,
    KnownReply,
    Limits,
    Lookup,
    LookupOutcome,
    Protocol,
    Refuse,
    SecretFormat,
    ServerReply,
    SignInStart,
    Stage,
    Subject,
)
from letterhead_providers.catalogue import Catalogue, PluginHealth
from letterhead_providers.switchboard import Ended, PluginFault
from providers.made import PASSWORD, SMTP, a_plugin, a_provider

CANARY = "canary-hunter2"
GROUPS = AuthMethod(
    key="app",
    title="App password",
    kind=CredentialKind.APP_PASSWORD,
    secret_format=SecretFormat(pattern="[a-z]{8}", description="eight letters", strip=" -"),
)
NOTHING = ServerReply(code=550, text="no")


def a_catalogue(*modules: Any, trace: Any = None) -> Catalogue:
    catalogue = Catalogue(trace=trace)
    for number, module in enumerate(modules):
        assert catalogue.admit(f"plugin{number}", module).health is PluginHealth.OK
    return catalogue


def health(catalogue: Catalogue) -> tuple[PluginHealth, str | None]:
    [status] = catalogue.plugins()
    return status.health, status.message


def a_start(method: AuthMethod = PASSWORD) -> SignInStart:
    return SignInStart(
        provider=a_provider(),
        method=method,
        address="ann@acme.example",
        smtp=SMTP,
        incoming=None,
        now=datetime.now(UTC),
        state="s",
        nonce="n",
        verifier="v",
    )


async def test_the_owner_is_asked_and_others_are_not() -> None:
    asked: list[str] = []

    def limits(name: str, answer: Limits | None) -> Any:
        return lambda: asked.append(name) or answer

    own = Limits(messages_per_day=5)
    catalogue = a_catalogue(
        a_plugin(a_provider(limits=Limits(messages_per_day=9)), limits=limits("acme", own)),
        a_plugin(a_provider(key="b", domains=()), limits=limits("b", None)),
    )
    assert await catalogue.limits(a_provider(), "ann@acme.example") == own
    assert asked == ["acme"]


async def test_where_the_owner_declines_the_default_answers_last() -> None:
    data = a_provider(limits=Limits(messages_per_day=9))
    catalogue = a_catalogue(a_plugin(data, limits=lambda: None))
    assert await catalogue.limits(data, "ann@acme.example") == Limits(messages_per_day=9)
    assert health(catalogue) == (PluginHealth.OK, None)


async def test_an_owner_that_raises_is_named_and_the_default_answers(caplog: Any) -> None:
    def normalize(secret: str) -> str:
        raise ValueError(secret)

    catalogue = a_catalogue(a_plugin(normalize=normalize))
    with caplog.at_level(logging.WARNING):
        assert await catalogue.normalize(a_provider(), GROUPS, f" {CANARY}") == "canaryhunter2"
    state, message = health(catalogue)
    assert (state, str(message).split(":")[:2]) == (
        PluginHealth.DEGRADED,
        ["normalize", " ValueError at test_asking.py"],
    )
    assert "plugin plugin0" in caplog.text
    assert CANARY not in caplog.text + str(message)


async def test_an_owner_that_hangs_is_not_asked_again() -> None:
    released = threading.Event()
    asked: list[int] = []

    def limits() -> None:
        asked.append(1)
        released.wait(10)

    catalogue = a_catalogue(a_plugin(a_provider(limits=Limits(messages_per_day=9)), limits=limits))
    provider = catalogue.provider("acme")
    assert provider is not None
    began = time.perf_counter()
    answers = await asyncio.gather(*(catalogue.limits(provider, "ann@acme.example") for _ in range(3)))
    assert answers == [Limits(messages_per_day=9)] * 3
    assert time.perf_counter() - began < 8
    assert await catalogue.limits(provider, "ann@acme.example") == Limits(messages_per_day=9)
    assert len(asked) == 3
    assert health(catalogue)[0] is PluginHealth.DEGRADED
    released.set()


async def test_a_hanging_plugin_holds_up_no_other() -> None:
    released = threading.Event()
    slow = a_plugin(a_provider(key="slow", domains=()), limits=lambda: released.wait(10))
    catalogue = a_catalogue(slow, a_plugin(limits=lambda: Limits(messages_per_day=1)))
    hanging = asyncio.create_task(catalogue.limits(a_provider(key="slow"), "x@y.example"))
    await asyncio.sleep(0.05)
    began = time.perf_counter()
    assert await catalogue.limits(a_provider(), "ann@acme.example") == Limits(messages_per_day=1)
    assert time.perf_counter() - began < 8
    released.set()
    await hanging


async def a_coroutine() -> None:
    pass


def returning_a_coroutine() -> Any:
    return a_coroutine()


LIES: dict[str, Any] = {
    "a number": lambda: 7,
    "a coroutine": returning_a_coroutine,
    "a string limit": lambda: Limits(messages_per_day="many"),
    "a boolean limit": lambda: Limits(messages_per_day=True),
    "the class": lambda: Limits,
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
async def test_an_owner_that_lies_is_degraded_and_the_default_answers(lie: Any) -> None:
    catalogue = a_catalogue(a_plugin(a_provider(limits=Limits(messages_per_day=9)), limits=lie))
    provider = catalogue.provider("acme")
    assert provider is not None
    assert await catalogue.limits(provider, "ann@acme.example") == Limits(messages_per_day=9)
    assert health(catalogue)[0] is PluginHealth.DEGRADED


async def test_the_server_s_words_are_kept_and_the_explainer_named() -> None:
    lying = Diagnosis(code=DiagnosisCode.UNKNOWN, title="t", explanation="e", explained_by="the pope")
    catalogue = a_catalogue(a_plugin(explain=lambda: lying))
    said = await catalogue.explain("acme", Protocol.SMTP, Stage.SIGN_IN, NOTHING)
    assert said == replace(lying, reply=NOTHING, explained_by="plugin0")
    assert await catalogue.explain(None, Protocol.SMTP, Stage.SIGN_IN, NOTHING) is None
    assert await catalogue.explain("no-such", Protocol.SMTP, Stage.SIGN_IN, NOTHING) is None


KNOWN = KnownReply(
    code=534,
    enhanced="5.7.9",
    phrase="application-specific   PASSWORD required",
    stages=(Stage.SIGN_IN,),
    diagnosis=DiagnosisCode.APP_PASSWORD_REQUIRED,
    title="t",
    explanation="e",
)
SAID = ServerReply(code=534, enhanced="5.7.9", text="Application-specific\n5.7.9 password  required. Learn")


@pytest.mark.parametrize(
    ("stage", "reply", "known"),
    [
        (Stage.SIGN_IN, SAID, True),
        (Stage.SENDER, SAID, False),
        (Stage.SIGN_IN, replace(SAID, code=535), False),
        (Stage.SIGN_IN, replace(SAID, enhanced="5.7.8"), False),
        (Stage.SIGN_IN, replace(SAID, text="Password required"), False),
    ],
)
async def test_a_documented_reply_is_known_when_every_condition_holds(
    stage: Stage, reply: ServerReply, known: bool
) -> None:
    catalogue = a_catalogue(a_plugin(a_provider(replies=(KNOWN,))))
    said = await catalogue.explain("acme", Protocol.SMTP, stage, reply)
    assert (said is not None) is known
    if said:
        assert (said.code, said.reply, said.explained_by) == (KNOWN.diagnosis, reply, "plugin0")


async def test_a_domain_belongs_by_name_then_by_exchanger_then_by_the_plugin_s_word() -> None:
    hosted = a_provider(key="hosted", domains=(), mx=("mx.hosted.example",))
    asking = a_provider(key="asking", domains=(), popularity=9)
    catalogue = a_catalogue(
        a_plugin(),
        a_plugin(hosted),
        a_plugin(asking, match=lambda domain: domain == "odd.example"),
    )

    async def owner(domain: str, *mx: str) -> str | None:
        provider = await catalogue.owner_of(domain, mx)
        return provider and provider.key

    assert await owner("acme.example", "a.mx.hosted.example") == "acme"
    assert await owner("shop.example", "A.MX.hosted.example.") == "hosted"
    assert await owner("odd.example", "mx.hosted.example") == "hosted"
    assert await owner("odd.example") == "asking"
    assert await owner("shop.example", "evilmx.hosted.example") is None


async def test_of_two_that_name_an_exchanger_the_one_that_names_more_of_it_has_it() -> None:
    wide = a_provider(key="wide", domains=(), mx=("hosted.example",), popularity=9)
    narrow = a_provider(key="narrow", domains=(), mx=("mail.hosted.example",))
    twin = a_provider(key="twin", domains=(), mx=("mail.hosted.example",), popularity=5)
    catalogue = a_catalogue(a_plugin(wide), a_plugin(narrow))

    async def owner(*mx: str) -> str | None:
        provider = await catalogue.owner_of("shop.example", mx)
        return provider and provider.key

    assert await owner("mx.mail.hosted.example", "mx.hosted.example") == "narrow"
    assert await owner("mx.hosted.example") == "wide"
    catalogue.admit("twins", a_plugin(twin))
    assert await owner("mx.mail.hosted.example") == "twin", "of equals the better known"
    mine = a_provider(key="mine", domains=(), mx=("hosted.example",))
    catalogue.admit("mine", a_plugin(mine), preferred=True)
    assert await owner("mx.mail.hosted.example") == "mine", "the operator's word is above all"


async def test_the_default_flow_asks_for_the_secret_and_is_done() -> None:
    catalogue = a_catalogue(a_plugin(a_provider(auth_methods=(GROUPS,))))
    flow = await catalogue.sign_in(a_start(GROUPS))
    assert flow is not None
    form = Field(name="secret", label="Password", secret=True, pattern="[a-z]{8}", help="eight letters")
    assert await catalogue.step("acme", flow, None) == Ask(title="App password", fields=(form,))
    done = Done(kind=CredentialKind.APP_PASSWORD, secret="abcdefgh")
    assert await catalogue.step("acme", flow, {"secret": "abcdefgh"}) == Ended(done)


async def test_the_default_flow_needs_nothing_where_there_is_no_sign_in() -> None:
    catalogue = a_catalogue(a_plugin())
    flow = await catalogue.sign_in(a_start(replace(PASSWORD, kind=CredentialKind.NONE)))
    assert flow is not None
    done = Done(kind=CredentialKind.NONE, secret="")
    assert await catalogue.step("acme", flow, None) == Ended(done)


@pytest.mark.parametrize(
    ("method", "why"),
    [
        (
            replace(PASSWORD, title="OAuth", kind=CredentialKind.OAUTH2),
            "OAuth is not configured on this server.",
        ),
        (replace(PASSWORD, unavailable_because="Not today."), "Not today."),
    ],
)
async def test_the_default_flow_says_why_a_way_in_cannot_be_used(method: AuthMethod, why: str) -> None:
    catalogue = a_catalogue(a_plugin())
    flow = await catalogue.sign_in(a_start(method))
    assert flow is not None
    ended = await catalogue.step("acme", flow, None)
    assert isinstance(ended, Ended)
    assert isinstance(ended.value, Refuse)
    assert (ended.value.diagnosis.explanation, ended.value.retryable) == (why, False)


async def test_checks_are_driven_like_a_flow() -> None:
    def checks(subject: Subject) -> Any:
        def run() -> Any:
            answer = yield Lookup(name=subject.address, kind="MX")
            assert answer == LookupOutcome(records=("10 mx",))

        return run()

    catalogue = a_catalogue(a_plugin(checks=checks))
    subject = Subject(
        provider=a_provider(),
        address="acme.example",
        aliases=(),
        smtp=SMTP,
        incoming=None,
        kind=CredentialKind.PASSWORD,
    )
    found = await catalogue.checks(subject)
    assert found is not None
    assert await catalogue.step("acme", found, None) == Lookup(name="acme.example", kind="MX")
    assert await catalogue.step("acme", found, LookupOutcome(records=("10 mx",))) == Ended(None)


def flow_that(*wants: Any, ends: Any = None) -> Any:
    def run() -> Any:
        for want in wants:
            yield want() if callable(want) else want
        return ends

    return lambda start: run()


@pytest.mark.parametrize(
    ("flow", "why"),
    [
        (flow_that(lambda: 1 / 0), "a step: ZeroDivisionError at test_asking.py"),
        (flow_that("a string"), "a step: the answer is a str"),
        (flow_that(Lookup(name=5, kind="MX")), "a step: the answer.name is an int, not a str"),
        (flow_that(ends="secret"), "a step: the answer.value is a str"),
        (flow_that(lambda: time.sleep(5)), "a step: no answer within 1 s; not asked until reload"),
    ],
)
async def test_a_flow_that_faults_is_a_fault_and_nothing_else(flow: Any, why: str) -> None:
    catalogue = a_catalogue(a_plugin(sign_in=flow))
    generator = await catalogue.sign_in(a_start())
    assert generator is not None
    fault = await catalogue.step("acme", generator, None)
    assert isinstance(fault, PluginFault)
    state, message = health(catalogue)
    assert (fault.plugin, state, str(message)[: len(why)]) == ("plugin0", PluginHealth.DEGRADED, why)
    await catalogue.close(generator)


async def test_closing_a_flow_runs_its_last_words_apart() -> None:
    def stubborn() -> Any:
        try:
            yield Lookup(name="acme.example", kind="MX")
        finally:
            raise RuntimeError(CANARY)

    catalogue = a_catalogue(a_plugin(sign_in=lambda start: stubborn()))
    generator = await catalogue.sign_in(a_start())
    assert generator is not None
    await catalogue.step("acme", generator, None)
    await catalogue.close(generator)
    assert health(catalogue)[0] is PluginHealth.DEGRADED


async def test_every_call_can_be_traced_without_what_was_said() -> None:
    lines: list[str] = []
    catalogue = a_catalogue(a_plugin(normalize=lambda secret: secret.strip()), trace=lines.append)
    assert await catalogue.normalize(a_provider(), PASSWORD, f" {CANARY} ") == CANARY
    assert [line.split(" took ")[0] for line in lines] == ["plugin0: normalize"]
