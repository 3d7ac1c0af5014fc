"""A server that says nothing, or almost nothing, costs the deadline and no more."""

import asyncio

import pytest

from api.documents import CANCEL_TEST, TEST
from hostile.stage import Stage, draft, in_time, server, sign_ins
from wire.scripted import SILENCE, Said, Served, Trickle, talking, until_left

pytestmark = pytest.mark.asyncio(loop_scope="module")

MOMENTS = {
    "SMTP": {
        "greeting": "GREETING",
        "EHLO": "CAPABILITIES",
        "AUTH": "SIGN_IN",
        "MAIL": "SENDER",
        "RCPT": "SENDER",
    },
    "POP3": {
        "greeting": "GREETING",
        "CAPA": "CAPABILITIES",
        "USER": "SIGN_IN",
        "PASS": "SIGN_IN",
        "STAT": "MAILBOX",
    },
    "IMAP": {
        "greeting": "GREETING",
        "CAPABILITY": "CAPABILITIES",
        "AUTHENTICATE": "SIGN_IN",
        "EXAMINE": "MAILBOX",
    },
}
HARDLY_ANYTHING = {"SMTP": Trickle(b"220-"), "POP3": Trickle(b"+OK so"), "IMAP": Trickle(b"* OK {")}
"""Beginnings that never come to the end of an answer."""


@pytest.fixture
def deadline(monkeypatch: pytest.MonkeyPatch) -> float:
    monkeypatch.setattr("letterhead.trials.run.DEADLINE_SECONDS", 3.0)
    return 3.0


@pytest.mark.parametrize("protocol", MOMENTS)
@pytest.mark.parametrize("said", ["nothing", "hardly anything"])
async def test_silence_ends_with_the_deadline_and_is_told_by_the_moment_it_began(
    stage: Stage, protocol: str, said: str, deadline: float
) -> None:
    answer: Said = SILENCE if said == "nothing" else HARDLY_ANYTHING[protocol]
    started = asyncio.get_running_loop().time()

    outcomes = await asyncio.gather(
        *(
            stage.against(protocol, address=f"{verb.lower()}@lab.example", **{verb: answer})
            for verb in MOMENTS[protocol]
        )
    )

    assert deadline <= asyncio.get_running_loop().time() - started < deadline + 10
    assert {outcome.status for outcome in outcomes} == {"FAILED"}
    assert [outcome.troubles for outcome in outcomes] == [
        [(protocol, when, "TIMEOUT")] for when in MOMENTS[protocol].values()
    ]
    assert all(len(sign_ins(outcome.bad)) <= (2 if protocol == "POP3" else 1) for outcome in outcomes)


async def test_a_handshake_that_never_ends_is_left(stage: Stage, deadline: float) -> None:
    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, served: Served) -> None:
        writer.write(b"" if served.connections % 2 else b"\x16\x03\x03")
        await until_left(reader, served)

    async with talking(hold) as held:
        outcomes = await asyncio.gather(
            *(
                stage.beside(held, protocol, address=f"{number}@lab.example")
                for number, protocol in enumerate([*MOMENTS] * 2)
            )
        )

    assert [outcome.troubles for outcome in outcomes] == [
        [(protocol, "TLS", "TIMEOUT")] for protocol in [*MOMENTS] * 2
    ]


async def test_nobody_waits_long_for_a_goodbye(stage: Stage) -> None:
    outcomes = await asyncio.gather(
        stage.against("SMTP", QUIT=SILENCE, address="one@lab.example"),
        stage.against("POP3", QUIT=SILENCE, address="two@lab.example"),
        stage.against("IMAP", LOGOUT=SILENCE, address="three@lab.example"),
    )

    assert [(outcome.status, outcome.troubles) for outcome in outcomes] == [("PASSED", [])] * 3


@pytest.mark.parametrize(("protocol", "verb"), [("SMTP", "AUTH"), ("POP3", "PASS"), ("IMAP", "EXAMINE")])
async def test_a_person_need_not_wait(stage: Stage, protocol: str, verb: str) -> None:
    async with stage.serving(protocol, **{verb: SILENCE}) as bad, stage.serving("SMTP") as good:
        smtp, incoming = (bad, good) if protocol == "SMTP" else (good, bad)
        kind = "POP3" if protocol == "SMTP" else protocol
        given = draft(server("SMTP", smtp.port), server(kind, incoming.port))
        started = await stage.caller.do(TEST, {"draft": given})
        await in_time(lambda: verb in " ".join(bad.heard))

        cancelled = await stage.caller.do(CANCEL_TEST, {"testId": started["test"]["id"]})

        assert (cancelled["test"]["status"], cancelled["errors"]) == ("CANCELLED", [])
        async with asyncio.timeout(5):
            await bad.left.wait()
