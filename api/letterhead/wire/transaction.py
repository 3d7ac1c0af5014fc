"""A mail transaction over an open SMTP connection (RFC 5321 section 3.3)."""

import contextlib
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from letterhead.wire.smtp_line import NextReply, SmtpLine
from letterhead.wire.trouble import WireError
from letterhead_providers import ServerReply, Stage


@dataclass(frozen=True, kw_only=True)
class SenderReply:
    """``stage``: what was refused, SENDER or RECIPIENT; None: neither."""

    stage: Stage | None
    reply: ServerReply


@dataclass(frozen=True, kw_only=True)
class RecipientReply:
    address: str
    accepted: bool
    reply: ServerReply


@dataclass(frozen=True, kw_only=True)
class Transmission:
    """What became of a message.

    ``refused_at``: SENDER, RECIPIENT (every one of them) or DATA; None: taken, for those accepted.
    ``reply``: the one that decided. ``recipients``: in the order given; empty if the sender was refused.
    """

    refused_at: Stage | None
    reply: ServerReply
    recipients: tuple[RecipientReply, ...] = ()


_ADDRESS = re.compile(r"""[^\s@"(),:;<>\[\]\\]+@[^\s@"(),:;<>\[\]\\]+""")


async def try_sender(line: SmtpLine, from_address: str, to_address: str, *, last: bool) -> SenderReply:
    _check(line, from_address, to_address)
    if line.client.supports_extension("pipelining"):
        return await _try_at_once(line, from_address, to_address)
    reply = await _mail(line, from_address)
    if not _ok(reply):
        return SenderReply(stage=Stage.SENDER, reply=reply)
    answer = await _recipient(line, to_address)
    if not last:
        await reset(line)
    return SenderReply(stage=None if answer.accepted else Stage.RECIPIENT, reply=answer.reply)


async def _try_at_once(line: SmtpLine, from_address: str, to_address: str) -> SenderReply:
    """One round trip instead of three (RFC 2920 section 3.1)."""
    options = " SMTPUTF8" if not from_address.isascii() else ""
    commands = (f"MAIL FROM:<{from_address}>{options}", f"RCPT TO:<{to_address}>", "RSET")
    async with line.pipelined(*commands) as next_reply:
        sender = await line.ask(Stage.SENDER, next_reply())
        if not _ok(sender):
            await _settle(line, next_reply, 2)
            return SenderReply(stage=Stage.SENDER, reply=sender)
        recipient = await line.ask(Stage.RECIPIENT, next_reply())
        await _settle(line, next_reply, 1)
    return SenderReply(stage=None if _ok(recipient) else Stage.RECIPIENT, reply=recipient)


async def _settle(line: SmtpLine, next_reply: NextReply, replies: int) -> None:
    """Reads what is still to come, the last of which is RSET's: without its yes the connection is closed."""
    with contextlib.suppress(WireError):
        answers = [await line.ask(Stage.RECIPIENT, next_reply()) for _ in range(replies)]
        if _ok(answers[-1]):
            return
    line.abort()


async def transmit(
    line: SmtpLine,
    envelope_from: str,
    recipients: Sequence[str],
    content: bytes,
    before_data: Callable[[], Awaitable[None]] | None,
) -> Transmission:
    _check(line, *filter(None, [envelope_from]), *recipients)
    message = with_crlf(content)
    reply = await _mail(line, envelope_from, message)
    if not _ok(reply):
        return Transmission(refused_at=Stage.SENDER, reply=reply)
    answers = await _recipients(line, recipients)
    if not any(answer.accepted for answer in answers):
        await reset(line)
        return Transmission(refused_at=Stage.RECIPIENT, reply=answers[0].reply, recipients=answers)
    if before_data:
        await _or_abort(line, before_data())
    reply = await _data(line, message)
    return Transmission(refused_at=None if _ok(reply) else Stage.DATA, reply=reply, recipients=answers)


def with_crlf(content: bytes) -> bytes:
    """Every line ends with CRLF and nothing else, so that no server can see an end where we see none."""
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    return lines if lines.endswith(b"\r\n") else lines + b"\r\n"


def dot_stuffed(message: bytes) -> bytes:
    """RFC 5321 section 4.5.2, of a message whose lines end with CRLF."""
    return (b"\r\n" + message).replace(b"\r\n.", b"\r\n..")[2:]


async def reset(line: SmtpLine) -> None:
    """Back to the start of a transaction, or no connection at all; what was learned before still holds."""
    if line.client.is_connected:
        with contextlib.suppress(WireError):
            if _ok(await line.ask(Stage.RECIPIENT, line.client.rset())):
                return
        line.abort()


async def _or_abort(line: SmtpLine, work: Awaitable[None]) -> None:
    """A caller's failure is not the line's, but leaves a transaction half done."""
    try:
        await work
    except BaseException:
        line.abort()
        raise


async def _mail(line: SmtpLine, sender: str, message: bytes = b"") -> ServerReply:
    client = line.client
    options = []
    if message and client.supports_extension("size"):
        options.append(f"SIZE={len(message)}")
    if not message.isascii() and client.supports_extension("8bitmime"):
        options.append("BODY=8BITMIME")
    if client.supports_extension("smtputf8") and not sender.isascii():
        options.append("SMTPUTF8")
    return await line.ask(Stage.SENDER, client.mail(sender, options=options, encoding="utf-8"))


async def _recipients(line: SmtpLine, recipients: Sequence[str]) -> tuple[RecipientReply, ...]:
    """A server that closes (421) in the middle has taken nobody."""
    answers = []
    for address in recipients:
        answer = await _recipient(line, address)
        if not line.client.is_connected:
            return tuple(RecipientReply(address=to, accepted=False, reply=answer.reply) for to in recipients)
        answers.append(answer)
    return tuple(answers)


async def _recipient(line: SmtpLine, address: str) -> RecipientReply:
    reply = await line.ask(Stage.RECIPIENT, line.client.rcpt(address, encoding="utf-8"))
    return RecipientReply(address=address, accepted=_ok(reply), reply=reply)


async def _data(line: SmtpLine, message: bytes) -> ServerReply:
    reply = await line.ask(Stage.DATA, line.client.execute_command(b"DATA"))
    if reply.code == 354:
        line.tape.sent(f"({len(message)} bytes of message)")
        return await line.ask(Stage.DATA, line.content(dot_stuffed(message)))
    if _ok(reply) or reply.code is None or reply.code < 400:
        raise line.refusal(Stage.DATA, reply)
    await reset(line)
    return reply


def _check(line: SmtpLine, *addresses: str) -> None:
    """ValueError, before anything is sent, for an address that would not arrive as it is."""
    for address in addresses:
        if not (_ADDRESS.fullmatch(address) and address.isprintable() and len(address) <= 320):
            raise ValueError("An address for SMTP is local@domain, without spaces, controls or quotes.")
        if not (address.isascii() or line.client.supports_extension("smtputf8")):
            raise ValueError("This server takes only ASCII addresses.")


def _ok(reply: ServerReply) -> bool:
    return reply.code is not None and reply.code < 300
