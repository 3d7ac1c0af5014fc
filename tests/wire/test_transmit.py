import asyncio
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letterhead.wire.smtp import Outgoing, RecipientReply, Transmission
from letterhead.wire.transaction import dot_stuffed, with_crlf
from letterhead.wire.trouble import CannotCarry, Cause, LostAfterDot, WireError
from letterhead_providers import ServerReply, Stage
from wire.scripted import HANG_UP, SILENCE, SMTP, scripted, talking, until_left

ALICE, BOB, CAROL = "alice@example.com", "bob@example.com", "carol@example.com"
OK = ServerReply(code=250, enhanced="2.1.5", text="Ok")
QUEUED = ServerReply(code=250, enhanced="2.0.0", text="Queued")


def outgoing(recipients: list[str], content: bytes = b"x", *, sender: str = ALICE, **further) -> Outgoing:
    return Outgoing(sender=sender, recipients=recipients, content=content, **further)


async def test_several_messages_go_over_one_connection(smtp) -> None:
    async with scripted(SMTP) as served:
        conversation = smtp(served)
        await conversation.open()
        for _ in range(3):
            taken = await conversation.transmit(outgoing([BOB], b"Subject: Hi\n\n.dot\r.\nend"))
        await conversation.quit()
    assert taken == Transmission(
        refused_at=None,
        reply=QUEUED,
        recipients=(RecipientReply(address=BOB, accepted=True, reply=OK),),
    )
    assert (served.connections, served.verbs().count("DATA")) == (1, 3)
    assert served.heard[1:10] == [
        f"MAIL FROM:<{ALICE}> SIZE=29",
        f"RCPT TO:<{BOB}>",
        "DATA",
        "Subject: Hi",
        "",
        "..dot",
        "..",
        "end",
        ".",
    ]


async def test_before_content_runs_when_the_server_wants_the_content(smtp) -> None:
    async with scripted(SMTP) as served:
        conversation = smtp(served)
        await conversation.open()
        seen: list[list[str]] = []

        async def note() -> None:
            seen.append(served.verbs())

        await conversation.transmit(outgoing([BOB, CAROL], b"x", before_content=note))
        conversation.abort()
    assert seen == [["EHLO", "MAIL", "RCPT", "RCPT", "DATA"]]


async def test_a_failure_of_the_caller_stays_its_own_and_sends_nothing(smtp) -> None:
    async def fail() -> None:
        raise ConnectionError("the database is away")

    async with scripted(SMTP) as served:
        conversation = smtp(served)
        await conversation.open()
        with pytest.raises(ConnectionError, match="the database is away"):
            await conversation.transmit(outgoing([BOB], b"x", before_content=fail))
        assert not conversation.is_open
    assert served.verbs()[-1] == "DATA"


async def test_a_refused_sender_is_a_result(smtp) -> None:
    async with scripted(SMTP, MAIL="550 5.7.1 Not yours") as served:
        conversation = smtp(served)
        await conversation.open()
        refused = await conversation.transmit(outgoing([BOB], b"x"))
        await conversation.quit()
    reply = ServerReply(code=550, enhanced="5.7.1", text="Not yours")
    assert refused == Transmission(refused_at=Stage.SENDER, reply=reply)


@pytest.mark.parametrize(("code", "data"), [("250", True), ("550", False)])
async def test_recipients_are_judged_one_by_one(smtp, code: str, data: bool) -> None:
    async def talk(reader, writer, served) -> None:
        writer.write(b"220 m\r\n")
        answers = iter(
            ["250 m", "250 ok", "450 4.2.1 Busy", f"{code} Second", "354 Go" if data else "250 ok"]
        )
        for answer in answers:
            served.heard.append((await reader.readline()).decode())
            writer.write(answer.encode() + b"\r\n")
        if data:
            await reader.readuntil(b"\r\n.\r\n")
            writer.write(b"250 2.0.0 Queued\r\n")
        await until_left(reader, served)

    async with talking(talk) as served:
        conversation = smtp(served)
        await conversation.open()
        sent = await conversation.transmit(outgoing([BOB, CAROL], b"x"))
        conversation.abort()
    assert [(to.address, to.accepted, to.reply.code) for to in sent.recipients] == [
        (BOB, False, 450),
        (CAROL, data, int(code)),
    ]
    assert (sent.refused_at, sent.reply.code) == ((None, 250) if data else (Stage.RECIPIENT, 450))
    assert served.heard[-1] == ("DATA\r\n" if data else "RSET\r\n")


async def test_a_server_that_closes_among_the_recipients_has_taken_nobody(smtp) -> None:
    async with scripted(SMTP, RCPT="421 4.7.0 Bye") as served:
        conversation = smtp(served)
        await conversation.open()
        refused = await conversation.transmit(outgoing([BOB, CAROL], b"x"))
    assert [(to.accepted, to.reply.code) for to in refused.recipients] == [(False, 421), (False, 421)]
    assert (refused.refused_at, conversation.is_open) == (Stage.RECIPIENT, False)


@pytest.mark.parametrize("answers", [{"DATA": "554 5.6.0 No"}, {"dot": "554 5.6.0 No"}])
async def test_a_refused_message_leaves_a_connection_of_use(smtp, answers: dict[str, str]) -> None:
    async with scripted(SMTP, **answers) as served:
        conversation = smtp(served)
        await conversation.open()
        refused = await conversation.transmit(outgoing([BOB], b"x"))
        assert (refused.refused_at, conversation.in_doubt) == (Stage.DATA, False)
        assert refused.reply == ServerReply(code=554, enhanced="5.6.0", text="No")
        assert (await conversation.try_sender(ALICE, BOB)).stage is None
        await conversation.quit()


@pytest.mark.parametrize("answer", [HANG_UP, "500 No"])
async def test_a_verdict_holds_though_the_server_then_goes(smtp, answer: bytes | str) -> None:
    async with scripted(SMTP, RCPT="550 5.1.1 Nobody", RSET=answer) as served:
        conversation = smtp(served)
        await conversation.open()
        refused = await conversation.transmit(outgoing([BOB], b"x"))
    assert (refused.refused_at, refused.reply.code) == (Stage.RECIPIENT, 550)
    assert not conversation.is_open


@pytest.mark.parametrize("answer", [HANG_UP, b"x" * 40_000, "banana"])
async def test_no_verdict_after_the_dot_is_doubt(smtp, answer: bytes | str) -> None:
    async with scripted(SMTP, dot=answer) as served:
        conversation = smtp(served)
        await conversation.open()
        with pytest.raises(LostAfterDot) as caught:
            await conversation.transmit(outgoing([BOB], b"x"))
    expected = Cause.DISCONNECTED if answer == HANG_UP else Cause.MALFORMED
    assert (caught.value.stage, caught.value.cause) == (Stage.DATA, expected)
    assert not conversation.is_open


@pytest.mark.parametrize(
    ("when", "stage"), [("MAIL", Stage.SENDER), ("RCPT", Stage.RECIPIENT), ("DATA", Stage.DATA)]
)
async def test_a_loss_before_the_dot_is_no_doubt(smtp, when: str, stage: Stage) -> None:
    async with scripted(SMTP, **{when: HANG_UP}) as served:
        conversation = smtp(served)
        await conversation.open()
        with pytest.raises(WireError) as caught:
            await conversation.transmit(outgoing([BOB], b"x"))
    assert (type(caught.value), caught.value.stage) == (WireError, stage)
    assert (caught.value.cause, conversation.in_doubt) == (Cause.DISCONNECTED, False)


@pytest.mark.parametrize(("when", "in_doubt"), [("DATA", False), ("dot", True)])
async def test_a_deadline_stays_a_timeout_and_tells_whether_there_is_doubt(
    smtp, when: str, in_doubt: bool
) -> None:
    async with scripted(SMTP, **{when: SILENCE}) as served:
        conversation = smtp(served)
        await conversation.open()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await conversation.transmit(outgoing([BOB], b"x"))
        async with asyncio.timeout(1):
            await served.left.wait()
    assert (conversation.in_doubt, conversation.is_open) == (in_doubt, False)


async def test_patience_after_the_dot_ends_too(smtp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("letterhead.wire.smtp_line._PATIENCE_AFTER_THE_DOT", 0.05)
    async with scripted(SMTP, dot=SILENCE) as served:
        conversation = smtp(served)
        await conversation.open()
        with pytest.raises(LostAfterDot) as caught:
            await conversation.transmit(outgoing([BOB], b"x"))
    assert caught.value.cause is Cause.TIMEOUT


async def reading_little(reader, writer, served, last: bytes) -> None:
    writer.write(b"220 m\r\n")
    for answer in (b"250 m", b"250 ok", b"250 ok", b"354 Go"):
        await reader.readline()
        writer.write(answer + b"\r\n")
    await reader.read(1000)
    writer.write(last)
    await writer.drain()
    await asyncio.sleep(0.05)


async def test_a_refusal_in_the_middle_of_a_message_is_heard(smtp) -> None:
    async def refuse(reader, writer, served) -> None:
        await reading_little(reader, writer, served, b"552 5.3.4 Too big\r\n")

    async with talking(refuse) as served:
        conversation = smtp(served)
        await conversation.open()
        refused = await conversation.transmit(outgoing([BOB], b"x" * 70 + b"\r\n" * 20_000_000))
    assert (refused.refused_at, refused.reply.enhanced) == (Stage.DATA, "5.3.4")
    assert (conversation.in_doubt, conversation.is_open) == (False, False)


async def test_a_loss_in_the_middle_of_a_message_is_no_doubt(smtp) -> None:
    async def leave(reader, writer, served) -> None:
        await reading_little(reader, writer, served, b"")

    async with talking(leave) as served:
        conversation = smtp(served)
        await conversation.open()
        with pytest.raises(WireError) as caught:
            await conversation.transmit(outgoing([BOB], b"\r\n" * 20_000_000))
    assert (type(caught.value), caught.value.cause) == (WireError, Cause.DISCONNECTED)


@pytest.mark.parametrize(
    "address",
    [
        "a b@example.com",
        "a@example.com\r\nRSET",
        "a@b\0",
        "a@b\x85",
        "<a@b>",
        "a",
        "a@b>c",
        "a@b\u202e",
    ],
)
async def test_an_address_that_would_not_arrive_as_it_is_is_not_sent(smtp, address: str) -> None:
    async with scripted(SMTP) as served:
        conversation = smtp(served)
        await conversation.open()
        with pytest.raises(ValueError):
            await conversation.transmit(outgoing([BOB, address], b"x"))
        with pytest.raises(ValueError):
            await conversation.try_sender(address, BOB)
        conversation.abort()
    assert served.verbs() == ["EHLO"]


async def test_an_international_address_is_kept_back_where_it_is_not_understood(smtp) -> None:
    async with scripted(SMTP) as served:
        conversation = smtp(served)
        await conversation.open()
        sent = await conversation.transmit(outgoing([BOB, "ä@example.com"]))
        assert (sent.refused_at, sent.unspeakable) == (None, ("ä@example.com",))
        with pytest.raises(CannotCarry) as caught:
            await conversation.transmit(outgoing(["ä@example.com"]))
        await conversation.quit()
    assert (caught.value.cause, caught.value.stage) == (Cause.ADDRESS_NOT_ASCII, Stage.RECIPIENT)
    assert served.verbs().count("MAIL") == 1


async def test_a_message_that_is_too_large_is_not_begun(smtp) -> None:
    async with scripted(SMTP, EHLO="250-m\r\n250 SIZE 100") as served:
        conversation = smtp(served)
        await conversation.open()
        with pytest.raises(CannotCarry) as caught:
            await conversation.transmit(outgoing([BOB], b"x" * 99))
        assert (await conversation.transmit(outgoing([BOB], b"x" * 98))).refused_at is None
        await conversation.quit()
    assert (caught.value.cause, caught.value.detail) == (Cause.TOO_LARGE, "101 of 100 bytes")


async def test_word_of_failure_is_asked_for_where_it_is_given(smtp) -> None:
    async with scripted(SMTP, EHLO="250-m\r\n250 DSN") as served:
        conversation = smtp(served)
        await conversation.open()
        await conversation.transmit(outgoing(["b+c=d@example.com"], envelope_id="0f"))
        conversation.abort()
    assert served.heard[1:3] == [
        f"MAIL FROM:<{ALICE}> RET=HDRS ENVID=0f",
        "RCPT TO:<b+c=d@example.com> NOTIFY=FAILURE,DELAY ORCPT=rfc822;b+2Bc+3Dd@example.com",
    ]


PIPELINING = "250-m\r\n250 PIPELINING"


async def at_once(smtp, replies: str, after: str, recipients: list[str]) -> tuple[object, list[str], bool]:
    """What came of a message whose whole envelope was answered in one go, what was heard, and whether the
    connection goes on. ``after``: the answer to what comes next, of one line or a message."""

    async def talk(reader, writer, served) -> None:
        writer.write(b"220 m\r\n")
        await reader.readline()
        writer.write(PIPELINING.encode() + b"\r\n")
        served.heard += [(await reader.readline()).decode().strip() for _ in range(2 + len(recipients))]
        writer.write(replies.replace("|", "\r\n").encode() + b"\r\n")
        end = b".\r\n" if "354" in replies else b"\r\n"
        served.heard.append((await reader.readuntil(end)).decode().strip())
        writer.write(after.encode() + b"\r\n")
        await until_left(reader, served)

    async with talking(talk) as served:
        conversation = smtp(served)
        await conversation.open()
        sent = await conversation.transmit(outgoing(recipients))
        still_open = conversation.is_open
        conversation.abort()
    return sent, served.heard, still_open


async def test_the_envelope_goes_out_at_once_where_that_is_understood(smtp) -> None:
    sent, heard, still_open = await at_once(
        smtp, "250 ok|250 ok|550 5.1.1 Nobody|354 Go", "250 2.0.0 Queued", [BOB, CAROL]
    )
    assert (sent.refused_at, [to.accepted for to in sent.recipients]) == (None, [True, False])
    assert heard == [f"MAIL FROM:<{ALICE}>", f"RCPT TO:<{BOB}>", f"RCPT TO:<{CAROL}>", "DATA", "x\r\n."]
    assert still_open


@pytest.mark.parametrize(
    ("replies", "stage", "next_line"),
    [
        ("250 ok|550 No|354 Go", Stage.RECIPIENT, "."),
        ("250 ok|550 No|503 No", Stage.RECIPIENT, "RSET"),
        ("250 ok|250 ok|451 Later", Stage.DATA, "RSET"),
        ("550 No|503 No|354 Go", Stage.SENDER, "."),
    ],
)
async def test_what_was_refused_at_once_is_called_off(
    smtp, replies: str, stage: Stage, next_line: str
) -> None:
    sent, heard, still_open = await at_once(smtp, replies, "250 ok", [BOB])
    assert (sent.refused_at, heard[-1], still_open) == (stage, next_line, True)


@pytest.mark.parametrize(("when", "reply"), [("MAIL", "350 What?"), ("RCPT", "354 Go"), ("DATA", "250 Ok")])
@pytest.mark.parametrize("ehlo", ["250 m", PIPELINING])
async def test_an_answer_between_yes_and_no_is_none(smtp, when: str, reply: str, ehlo: str) -> None:
    async with scripted(SMTP, EHLO=ehlo, **{when: reply}) as served:
        conversation = smtp(served)
        await conversation.open()
        with pytest.raises(WireError) as caught:
            await conversation.transmit(outgoing([BOB]))
    assert (type(caught.value), caught.value.cause, conversation.is_open) == (
        WireError,
        Cause.MALFORMED,
        False,
    )


async def test_a_loss_after_the_dot_keeps_what_was_said_to_the_recipients(smtp) -> None:
    answers = ("250 2.1.5 Ok", "550 5.1.1 Nobody")
    async with scripted(SMTP, RCPT=answers, dot=HANG_UP) as served:
        conversation = smtp(served)
        await conversation.open()
        with pytest.raises(LostAfterDot) as caught:
            await conversation.transmit(outgoing([BOB, CAROL]))
    assert [(to.address, to.accepted) for to in caught.value.recipients] == [(BOB, True), (CAROL, False)]


async def test_who_is_out_of_time_does_not_finish(smtp) -> None:
    async with scripted(SMTP) as served:
        conversation = smtp(served)
        await conversation.open()
        with pytest.raises(WireError) as caught:
            await conversation.transmit(outgoing([BOB], in_time=lambda: False))
    assert (type(caught.value), caught.value.cause) == (WireError, Cause.TIMEOUT)
    assert "." not in served.heard


async def test_an_international_address_goes_where_it_is_understood(smtp) -> None:
    async with scripted(SMTP, EHLO="250-m\r\n250 SMTPUTF8") as served:
        conversation = smtp(served)
        await conversation.open()
        await conversation.transmit(outgoing(["ä@example.com"], sender="jürgen@example.com"))
        conversation.abort()
    assert served.heard[1:3] == ["MAIL FROM:<jürgen@example.com> SMTPUTF8", "RCPT TO:<ä@example.com>"]


async def test_no_sender_is_a_sender(smtp) -> None:
    async with scripted(SMTP, EHLO="250 m") as served:
        conversation = smtp(served)
        await conversation.open()
        assert (await conversation.transmit(outgoing([BOB], sender=""))).refused_at is None
        conversation.abort()
    assert served.heard[1] == "MAIL FROM:<>"


@given(st.binary() | st.text("\r\n.a", max_size=40).map(str.encode))
def test_a_message_ends_only_where_it_ends(content: bytes) -> None:
    sent = dot_stuffed(with_crlf(content)) + b".\r\n"
    assert sent.index(b"\r\n.\r\n" if sent != b".\r\n" else b".\r\n") >= len(sent) - 5
    lines = sent.removesuffix(b".\r\n").split(b"\r\n")
    received = b"\r\n".join(line.removeprefix(b".") for line in lines)
    assert received == with_crlf(content)
    assert not any(b"\r" in line or b"\n" in line for line in lines)


def test_a_rendered_message_is_not_changed() -> None:
    message = EmailMessage()
    message["Subject"] = "Hello"
    message.set_content("Line\n.dot\n")
    rendered = message.as_bytes(policy=message.policy.clone(linesep="\r\n"))
    assert with_crlf(rendered) == rendered
