"""A mail transaction over an open SMTP connection (RFC 5321 section 3.3), in as few round trips as the server
allows."""

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from letterhead.wire.envelope import RecipientReply, SenderReply, Transmission, check, mail_from, rcpt_to
from letterhead.wire.smtp_line import SmtpLine
from letterhead.wire.trouble import CannotCarry, Cause, WireError
from letterhead_providers import Protocol, ServerReply, Stage

GO_AHEAD = 354


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """``content``: lines that end in any way. ``envelope_id``: what a bounce calls the message (RFC 3461).

    ``before_content`` is awaited once the server wants the content, right before it is sent. ``in_time`` is
    asked right before the end of it: False drops the connection, and nothing was delivered.
    """

    sender: str
    recipients: Sequence[str]
    content: bytes
    envelope_id: str | None = None
    before_content: Callable[[], Awaitable[None]] | None = None
    in_time: Callable[[], bool] | None = None


@dataclass(frozen=True, kw_only=True)
class _Heard:
    """``data``: what was said to DATA; None if it was not asked or not answered."""

    sender: ServerReply
    recipients: tuple[RecipientReply, ...] = ()
    data: ServerReply | None = None

    @property
    def accepted(self) -> bool:
        return any(answer.accepted for answer in self.recipients)


async def try_sender(line: SmtpLine, from_address: str, to_address: str, *, last: bool) -> SenderReply:
    check(from_address, to_address)
    international = not (from_address + to_address).isascii()
    if international and not _offers(line, "smtputf8"):
        raise ValueError("This server takes only ASCII addresses.")
    commands = [mail_from(from_address, ["SMTPUTF8"] if international else []), f"RCPT TO:<{to_address}>"]
    with line.several(3):
        if _offers(line, "pipelining"):
            return await _try_at_once(line, commands)
        line.say(commands[0])
        sender = await _answer(line, Stage.SENDER)
        if not _ok(sender):
            return SenderReply(stage=Stage.SENDER, reply=sender)
        line.say(commands[1])
        recipient = await _answer(line, Stage.RECIPIENT)
        if not last:
            await _reset(line)
    return SenderReply(stage=None if _ok(recipient) else Stage.RECIPIENT, reply=recipient)


async def _try_at_once(line: SmtpLine, commands: Sequence[str]) -> SenderReply:
    """One round trip instead of three (RFC 2920 section 3.1)."""
    line.say(*commands, "RSET")
    sender = await line.hear(Stage.SENDER)
    if not _ok(sender):
        await _settle(line, 2)
        return SenderReply(stage=Stage.SENDER, reply=sender)
    recipient = await line.hear(Stage.RECIPIENT)
    await _settle(line, 1)
    return SenderReply(stage=None if _ok(recipient) else Stage.RECIPIENT, reply=recipient)


async def _settle(line: SmtpLine, replies: int) -> None:
    """Hears what is still to come, the last of which is RSET's: without its yes the connection is closed."""
    with contextlib.suppress(WireError):
        answers = [await line.hear(Stage.RECIPIENT) for _ in range(replies)]
        if _ok(answers[-1]):
            return
    line.abort()


async def transmit(line: SmtpLine, this: Outgoing) -> Transmission:
    check(*filter(None, [this.sender]), *this.recipients)
    message, to = with_crlf(this.content), _speakable(line, this)
    _must_fit(line, message)
    line.answers = ()
    with line.several(len(to) + 3):
        commands = _envelope(line, this, to, message)
        if _offers(line, "pipelining"):
            heard = await _ask_at_once(line, commands, to)
        else:
            heard = await _ask_in_turn(line, commands, to)
        line.answers = heard.recipients
        taken = await _concluded(line, heard, message, this)
    unspeakable = tuple(address for address in this.recipients if address not in to)
    if not unspeakable:
        return taken
    return Transmission(
        refused_at=taken.refused_at, reply=taken.reply, recipients=taken.recipients, unspeakable=unspeakable
    )


async def _concluded(line: SmtpLine, heard: _Heard, message: bytes, this: Outgoing) -> Transmission:
    """From the answers to the envelope to the verdict on the message."""
    if not heard.accepted:
        await _call_off(line, heard)
        if not _ok(heard.sender):
            return Transmission(refused_at=Stage.SENDER, reply=heard.sender)
        first = heard.recipients[0].reply
        return Transmission(refused_at=Stage.RECIPIENT, reply=first, recipients=heard.recipients)
    assert heard.data, "who accepts a recipient is asked for DATA"
    reply = heard.data
    if reply.code == GO_AHEAD:
        if this.before_content:
            await _or_abort(line, this.before_content())
        line.tape.sent(f"({len(message)} bytes of message)")
        reply = await line.ask(Stage.DATA, line.content(dot_stuffed(message), this.in_time))
    elif reply.code is None or reply.code < 400:
        raise line.refusal(Stage.DATA, reply)
    else:
        await _reset(line)
    refused_at = None if _ok(reply) else Stage.DATA
    return Transmission(refused_at=refused_at, reply=reply, recipients=heard.recipients)


async def _ask_at_once(line: SmtpLine, commands: Sequence[str], to: Sequence[str]) -> _Heard:
    """DATA may only come last in a group (RFC 2920 section 3.1)."""
    line.say(*commands, "DATA")
    sender = await _answer(line, Stage.SENDER)
    if not _ok(sender):
        with contextlib.suppress(WireError):
            for _ in to:
                await line.hear(Stage.RECIPIENT)
            return _Heard(sender=sender, data=await line.hear(Stage.DATA))
        return _Heard(sender=sender)
    answers = []
    for address in to:
        reply = await _answer(line, Stage.RECIPIENT)
        if not line.client.is_connected:
            return _Heard(sender=sender, recipients=_all_refused(to, reply))
        answers.append(RecipientReply(address=address, accepted=_ok(reply), reply=reply))
    heard = _Heard(sender=sender, recipients=tuple(answers))
    if heard.accepted:
        return _Heard(sender=sender, recipients=heard.recipients, data=await line.hear(Stage.DATA))
    with contextlib.suppress(WireError):
        return _Heard(sender=sender, recipients=heard.recipients, data=await line.hear(Stage.DATA))
    return heard


async def _ask_in_turn(line: SmtpLine, commands: Sequence[str], to: Sequence[str]) -> _Heard:
    line.say(commands[0])
    sender = await _answer(line, Stage.SENDER)
    if not _ok(sender):
        return _Heard(sender=sender)
    answers = []
    for address, command in zip(to, commands[1:], strict=True):
        line.say(command)
        reply = await _answer(line, Stage.RECIPIENT)
        if not line.client.is_connected:
            return _Heard(sender=sender, recipients=_all_refused(to, reply))
        answers.append(RecipientReply(address=address, accepted=_ok(reply), reply=reply))
    heard = _Heard(sender=sender, recipients=tuple(answers))
    if not heard.accepted:
        return heard
    line.say("DATA")
    return _Heard(sender=sender, recipients=heard.recipients, data=await line.hear(Stage.DATA))


def _all_refused(to: Sequence[str], reply: ServerReply) -> tuple[RecipientReply, ...]:
    """A server that closes (421) in the middle has taken nobody."""
    return tuple(RecipientReply(address=address, accepted=False, reply=reply) for address in to)


async def _call_off(line: SmtpLine, heard: _Heard) -> None:
    """Nobody is to get it. A server that wants the content all the same gets a lone dot (RFC 2920 section
    3.1); what was learned before still holds whatever it says to that."""
    if heard.data is None or heard.data.code != GO_AHEAD:
        if _ok(heard.sender):
            await _reset(line)
        return
    with contextlib.suppress(WireError):
        line.say(".")
        await line.hear(Stage.DATA)


async def _answer(line: SmtpLine, stage: Stage) -> ServerReply:
    """A yes or a no: at this place there is nothing between them."""
    reply = await line.hear(stage)
    if reply.code is not None and 300 <= reply.code < 400:
        raise line.refusal(stage, reply)
    return reply


def with_crlf(content: bytes) -> bytes:
    """Every line ends with CRLF and nothing else, so that no server can see an end where we see none."""
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    return lines if lines.endswith(b"\r\n") else lines + b"\r\n"


def dot_stuffed(message: bytes) -> bytes:
    """RFC 5321 section 4.5.2, of a message whose lines end with CRLF."""
    return (b"\r\n" + message).replace(b"\r\n.", b"\r\n..")[2:]


async def _reset(line: SmtpLine) -> None:
    """Back to the start of a transaction, or no connection at all; what was learned before still holds."""
    if line.client.is_connected:
        with contextlib.suppress(WireError):
            line.say("RSET")
            if _ok(await line.hear(Stage.RECIPIENT)):
                return
        line.abort()


async def _or_abort(line: SmtpLine, work: Awaitable[None]) -> None:
    """A caller's failure is not the line's, but leaves a transaction half done."""
    try:
        await work
    except BaseException:
        line.abort()
        raise


def _envelope(line: SmtpLine, this: Outgoing, to: Sequence[str], message: bytes) -> list[str]:
    options, notify = [], _offers(line, "dsn")
    if _offers(line, "size"):
        options.append(f"SIZE={len(message)}")
    if not message.isascii() and _offers(line, "8bitmime"):
        options.append("BODY=8BITMIME")
    if not "".join([this.sender, *to]).isascii():
        options.append("SMTPUTF8")
    if notify:
        options.append("RET=HDRS")
        options += [f"ENVID={this.envelope_id}"] if this.envelope_id else []
    return [mail_from(this.sender, options), *(rcpt_to(address, notify=notify) for address in to)]


def _speakable(line: SmtpLine, this: Outgoing) -> Sequence[str]:
    """The recipients whose addresses the server knows how to write. CannotCarry where that is nobody."""
    if _offers(line, "smtputf8") or "".join([this.sender, *this.recipients]).isascii():
        return this.recipients
    if not this.sender.isascii():
        raise CannotCarry(Protocol.SMTP, Stage.SENDER, Cause.ADDRESS_NOT_ASCII)
    to = [address for address in this.recipients if address.isascii()]
    if not to:
        raise CannotCarry(Protocol.SMTP, Stage.RECIPIENT, Cause.ADDRESS_NOT_ASCII)
    return to


def _must_fit(line: SmtpLine, message: bytes) -> None:
    """RFC 1870: without a number, or with a zero, the server names no limit."""
    most = line.client.esmtp_extensions.get("size", "").strip()
    if most.isdecimal() and 0 < int(most) < len(message):
        detail = f"{len(message)} of {int(most)} bytes"
        raise CannotCarry(Protocol.SMTP, Stage.DATA, Cause.TOO_LARGE, detail=detail)


def _offers(line: SmtpLine, extension: str) -> bool:
    return bool(line.client.supports_extension(extension))


def _ok(reply: ServerReply) -> bool:
    return reply.code is not None and reply.code < 300
