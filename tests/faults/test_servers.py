"""Mail servers that go away, change their minds, or take their time."""

from collections import Counter

import pytest
import trustme

from faults.conftest import Lab
from faults.sink import Act, Dripping, Sink, Step, running_sink
from faults.workers import eventually
from letterhead.store import models

BEFORE_THE_DOT = ("greeting", "EHLO", "MAIL", "RCPT", "DATA", "content")
SENT, UNCERTAIN = ("SENT", "ACCEPTED"), ("UNCERTAIN", "UNCERTAIN")


async def delivered(lab: Lab, sink: Sink, *to: str) -> tuple[str, ...]:
    message_id = await lab.send(await lab.account(sink), *to)
    lab.worker(silence=1)
    await lab.over()
    await lab.check(sink)
    return await lab.statuses(message_id)


@pytest.mark.parametrize("policy", ["RETRY_ONCE", "HOLD"])
@pytest.mark.parametrize("end", [Act.HANG_UP, Act.RESET, Act.SILENCE, "354 Go ahead", "nonsense"])
async def test_a_verdict_that_is_lost(lab: Lab, end: Step, policy: str) -> None:
    await lab.policy(policy)
    async with running_sink(dot=[end]) as sink:
        assert await delivered(lab, sink) == (SENT if policy == "RETRY_ONCE" else UNCERTAIN)
        assert len(sink.whole) == (2 if policy == "RETRY_ONCE" else 1)


async def test_a_verdict_that_is_lost_twice(lab: Lab) -> None:
    async with running_sink(dot=[Act.RESET, Act.HANG_UP]) as sink:
        assert await delivered(lab, sink) == UNCERTAIN
        assert len(sink.whole) == 2


@pytest.mark.parametrize("point", [*BEFORE_THE_DOT[:-1], "dot"])
async def test_a_server_that_closes_with_421_is_asked_again(lab: Lab, point: str) -> None:
    async with running_sink(**{point: ["421 4.3.2 Closing"]}) as sink:
        assert await delivered(lab, sink) == SENT
        assert len(sink.whole) == 1 + (point == "dot")


@pytest.mark.parametrize("end", [Act.HANG_UP, Act.RESET])
async def test_a_connection_lost_at_each_point_before_the_dot(lab: Lab, end: Act) -> None:
    """On the same message, one after the other. The kernel does not take all of it while nobody reads."""
    async with running_sink(**{point: [end] for point in BEFORE_THE_DOT}) as sink:
        message = "Here it is.\n" * 400_000
        await lab.policy("HOLD")
        message_id = await lab.send(await lab.account(sink), text=message)
        lab.worker()
        await lab.over()
        await lab.check(sink)
        assert await lab.statuses(message_id) == SENT
        assert (len(sink.whole), sink.connections) == (1, 1 + len(BEFORE_THE_DOT))
        assert await models.DeliveryAttempt.all().count() == 1 + len(BEFORE_THE_DOT)


@pytest.mark.parametrize("point", ["MAIL", "RCPT", "DATA", "dot"])
async def test_later_please_and_then_yes(lab: Lab, point: str) -> None:
    async with running_sink(**{point: ["451 4.7.1 Greylisted, try again later"]}) as sink:
        assert await delivered(lab, sink) == SENT
        assert [one.verdict for one in sink.whole if not one.refused] == ["250 2.0.0 Ok: taken"]


@pytest.mark.parametrize("extensions", [(), ("PIPELINING",)])
async def test_half_of_the_recipients_are_taken(lab: Lab, extensions: tuple[str, ...]) -> None:
    async with running_sink(extensions=extensions, dot=[Act.RESET]) as sink:
        sink.refusing = {f"gone{n}@example.org": "550 5.1.1 No such user" for n in range(2)}
        to = [f"{word}{n}@example.org" for n in range(2) for word in ("here", "gone")]
        assert await delivered(lab, sink, *to) == ("PARTLY_SENT", *["ACCEPTED", "REFUSED"] * 2)
        assert [one.accepted for one in sink.whole] == [["here0@example.org", "here1@example.org"]] * 2


async def test_everything_is_said_one_byte_at_a_time(lab: Lab) -> None:
    answers = {
        "greeting": "220-sink.example\r\n220 ESMTP",
        "EHLO": "250-sink.example\r\n250-8BITMIME\r\n250 PIPELINING",
        "MAIL": "250-2.1.0 Ok\r\n250 2.1.0 Ok",
        "RCPT": "250 2.1.5 Ok",
        "DATA": "354 Go ahead",
        "dot": "250-2.0.0 Ok\r\n250 2.0.0 Ok: taken",
    }
    async with running_sink(**{point: [Dripping(answer)] for point, answer in answers.items()}) as sink:
        assert await delivered(lab, sink) == SENT
        assert (len(sink.whole), sink.connections) == (1, 1)


async def test_a_sign_in_refused_after_a_hundred_good_messages(lab: Lab, lab_ca: trustme.CA) -> None:
    """On a new connection, with some of them still to go."""
    async with running_sink(extensions=("AUTH PLAIN",), certificate=lab_ca.issue_cert("127.0.0.1")) as sink:
        account = await lab.account(sink, credential_kind="PASSWORD")
        sent = [await lab.send(account) for _ in range(130)]
        lab.worker()
        await eventually(lambda: len(sink.whole) >= 100, "a hundred were not sent")
        sink.script |= {"AUTH": ["535 5.7.8 Wrong password"] * 2, "MAIL": [Act.HANG_UP] * 2}
        await eventually(models.EmailAccount.filter(status="PAUSED").exists, "the account goes on")
        await eventually(lab.nothing_in_hand, "messages are still in hand")
        await lab.check(sink)
        states = Counter([await lab.statuses(one) for one in sent])
        assert states == {SENT: len(sink.whole), ("QUEUED", "QUEUED"): 130 - len(sink.whole)}
        assert sink.script["AUTH"] == ["535 5.7.8 Wrong password"]
