"""A mail service on this machine alone, for trying everything without a real account.

Every address at sandbox.letterhead.example has a mailbox, and every mailbox the same password. Mail goes
from one of them to another and nowhere else, and is forgotten when the sandbox ends.
"""

import asyncio
import ipaddress
import logging
import ssl
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from letterhead.errors import ConfigurationError
from letterhead.sandbox import pop3, smtp
from letterhead.sandbox.certificate import make_certificate
from letterhead.sandbox.mailboxes import Mailboxes


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """Where it listens, and its certificate authority. ``ca_file`` is there while the sandbox runs."""

    smtp_port: int
    pop3_port: int
    ca_pem: str
    ca_file: Path


@asynccontextmanager
async def running_sandbox(
    *, host: str = "127.0.0.1", smtp_port: int = 0, pop3_port: int = 0
) -> AsyncIterator[Sandbox]:
    """Runs in this event loop for as long as the block does. Port 0: any that is free.

    Raises ConfigurationError when ``host`` is not a loopback address or a port is taken.
    """
    if not ipaddress.ip_address(host).is_loopback:
        raise ConfigurationError(
            f"The sandbox listens on this machine only, and {host} is not a loopback address."
        )
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd's; it would log what clients say
    mailboxes = Mailboxes()
    submitting: set[smtp.Server] = set()
    reading: set[pop3.Pop3] = set()
    with _certified() as (context, ca_file):
        try:
            async with (
                _listening(
                    smtp.server_factory(mailboxes, context=context, connections=submitting), host, smtp_port
                ) as taken_smtp_port,
                _listening(
                    pop3.server_factory(mailboxes, context=context, connections=reading), host, pop3_port
                ) as taken_pop3_port,
            ):
                yield Sandbox(
                    smtp_port=taken_smtp_port,
                    pop3_port=taken_pop3_port,
                    ca_pem=ca_file.read_text(),
                    ca_file=ca_file,
                )
        finally:
            for ended in (*(client.end() for client in submitting), *(client.end() for client in reading)):
                await ended


@contextmanager
def _certified() -> Iterator[tuple[ssl.SSLContext, Path]]:
    """A context to serve with, and a file with the authority behind it."""
    certificate = make_certificate()
    with tempfile.TemporaryDirectory(prefix="letterhead-sandbox-") as directory:
        server, authority = Path(directory, "server.pem"), Path(directory, "ca.pem")
        server.write_bytes(certificate.server)
        authority.write_bytes(certificate.authority)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(server)
        server.unlink()
        yield context, authority


@asynccontextmanager
async def _listening(factory: Callable[[], asyncio.BaseProtocol], host: str, port: int) -> AsyncIterator[int]:
    """The port it listens on."""
    try:
        server = await asyncio.get_running_loop().create_server(factory, host, port)
    except OSError as exc:
        raise ConfigurationError(f"The sandbox cannot listen on {host}:{port}: {exc.strerror}.") from exc
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
