"""Who writes to whom as servers are told it (RFC 5321), and what they say to that."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

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
    ``reply``: the one that decided. ``recipients``: those that the server was asked about, in the order
    given; empty if the sender was refused. ``unspeakable``: those it was not asked about, because it does not
    know how to write them (RFC 6531).
    """

    refused_at: Stage | None
    reply: ServerReply
    recipients: tuple[RecipientReply, ...] = ()
    unspeakable: tuple[str, ...] = ()


_ADDRESS = re.compile(r"""[^\s@"(),:;<>\[\]\\]+@[^\s@"(),:;<>\[\]\\]+""")
_NO_XTEXT = re.compile(r"[^!-*,-<>-~]")


def check(*addresses: str) -> None:
    """ValueError, before anything is sent, for an address that would not arrive as it is."""
    for address in addresses:
        if not (_ADDRESS.fullmatch(address) and address.isprintable() and len(address) <= 320):
            raise ValueError("An address for SMTP is local@domain, without spaces, controls or quotes.")


def mail_from(address: str, options: Sequence[str]) -> str:
    return " ".join([f"MAIL FROM:<{address}>", *options])


def rcpt_to(address: str, *, notify: bool) -> str:
    """``notify``: ask for word of failure and delay, and for the address to be named in it (RFC 3461)."""
    command = f"RCPT TO:<{address}>"
    if notify:
        command += " NOTIFY=FAILURE,DELAY"
        if address.isascii():
            command += f" ORCPT=rfc822;{xtext(address)}"
    return command


def xtext(text: str) -> str:
    """RFC 3461 section 4, of ASCII."""
    return _NO_XTEXT.sub(lambda found: f"+{ord(found[0]):02X}", text)
