"""Real Postfix and Dovecot on loopback, as independent servers to test against."""

import asyncio
import email
import email.policy
import os
import poplib
import re
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from types import MappingProxyType

import pytest
import trustme

from lab import dovecot, postfix, tokens
from lab.daemons import DidNotStartError, daemon, free_ports, listens_on
from lab.needs import missing, program

USERS = MappingProxyType(
    {
        "sales@lab.example": "sales of the laboratory",
        "alice@lab.example": "alice in the laboratory",
        "bob@lab.example": "bob in the laboratory",
        "zoe@lab.example": 'a "quoted" \\ and a schöner secret',
        "contact@outside.example": "somebody outside",
    }
)
ALIASES = MappingProxyType({"support@lab.example": "sales@lab.example"})
"""Further From addresses, and the login that may use them."""

PORTS = ("submission", "submissions", "pop3", "pop3s", "imap", "imaps")
SIGN_IN = re.compile(
    r"client passdb out: (?:OK|FAIL)\t\d+\tuser=(?P<user>[^\t]+)(?P<reader>\toriginal_user=)?"
)


@dataclass(frozen=True, kw_only=True)
class MailServers:
    """``submission``, ``pop3`` and ``imap`` begin in clear and want STARTTLS; those with s begin with TLS.

    ``users``: passwords by login, which is the address. ``aliases``: the login by further From address.
    """

    host: str
    submission: int
    submissions: int
    pop3: int
    pop3s: int
    imap: int
    imaps: int
    users: Mapping[str, str] = field(repr=False)
    aliases: Mapping[str, str]
    ca_file: Path
    postfix_log: Path
    dovecot_log: Path

    def sign_in_attempts(self, user: str) -> int:
        """How often ``user`` was tried so far over SMTP, POP3 or IMAP, with whatever password."""
        tried = (SIGN_IN.search(line) for line in self._log_until_now().splitlines())
        return sum(match["user"] == user and not match["reader"] for match in tried if match)

    def token_for(self, user: str, *, expires_in: float = 3600, note: str = "") -> str:
        """An OAuth2 access token that all three protocols take instead of a password.

        ``expires_in``: seconds, negative for one that has run out. ``note``: makes it longer.
        """
        return tokens.token_for(user, expires_in=expires_in, note=note)

    async def mailbox(self, user: str, *, at_least: int = 0) -> list[EmailMessage]:
        """What is in a mailbox, oldest first. Waits up to 10 s for ``at_least`` messages to be there."""
        return await asyncio.to_thread(self._read, user, at_least)

    async def empty(self, user: str) -> None:
        """Deletes what is in a mailbox."""
        await asyncio.to_thread(self._delete, user)

    def _log_until_now(self) -> str:
        """Dovecot's log, once a sign-in of our own that was made just now stands in it."""
        with self._opened(next(iter(self.users))) as pop3:
            ours = f"rport={pop3.sock.getsockname()[1]}\t"
        while ours not in (log := self.dovecot_log.read_text()):
            time.sleep(0.005)
        return log

    def _read(self, user: str, at_least: int) -> list[EmailMessage]:
        deadline = time.monotonic() + 10
        while True:
            with self._opened(user) as pop3:
                raw = [pop3.retr(number + 1)[1] for number in range(pop3.stat()[0])]
            if len(raw) >= at_least or time.monotonic() > deadline:
                return [
                    email.message_from_bytes(b"\r\n".join(lines), policy=email.policy.default)
                    for lines in raw
                ]
            time.sleep(0.05)

    def _delete(self, user: str) -> None:
        with self._opened(user) as pop3:
            for number in range(pop3.stat()[0]):
                pop3.dele(number + 1)

    @contextmanager
    def _opened(self, user: str) -> Iterator[poplib.POP3_SSL]:
        """The mailbox, opened by the reader of all mailboxes, which is no attempt of the user's."""
        context = ssl.create_default_context(cafile=self.ca_file)
        pop3 = poplib.POP3_SSL(self.host, self.pop3s, context=context, timeout=10)
        try:
            pop3.user(f"{user}*{dovecot.READER}")
            pop3.pass_(dovecot.READER_PASSWORD)
            yield pop3
            pop3.quit()
        finally:
            pop3.close()


@pytest.fixture(scope="session")
def mailservers(lab_ca: trustme.CA, lab_ca_file: Path) -> Iterator[MailServers]:
    """Skips where Postfix or Dovecot are missing, or may not be started."""
    installed = _installed()
    certificate = lab_ca.issue_cert("localhost", "127.0.0.1", "mail.lab.example")
    with ExitStack() as running:
        for attempt in range(3):
            try:
                servers = running.enter_context(_started(installed, certificate, lab_ca_file))
                break
            except DidNotStartError:  # another run may have taken a port between choosing and using it
                if attempt == 2:
                    raise
        yield servers


@contextmanager
def running_mailservers(ca: trustme.CA, ca_file: Path, users: Mapping[str, str]) -> Iterator[MailServers]:
    """With other users and no aliases."""
    certificate = ca.issue_cert("localhost", "127.0.0.1")
    with _started(_installed(), certificate, ca_file, users, aliases={}) as servers:
        yield servers


@dataclass(frozen=True, kw_only=True)
class Installed:
    dovecot: str
    postfix_daemons: str


def _installed() -> Installed:
    places = [Path("/usr/sbin"), Path("/usr/local/sbin")]
    program("postfix", of="Postfix", places=places)
    postconf = program("postconf", of="Postfix", places=places)
    dovecot_program = program("dovecot", of="Dovecot", places=places)
    if not _output(dovecot_program, "--version").startswith("2.3."):
        missing("Dovecot 2.3 is not installed")
    if os.geteuid() != 0:
        missing("Postfix and Dovecot can be started by root only")
    return Installed(
        dovecot=dovecot_program, postfix_daemons=_output(postconf, "-d", "-h", "daemon_directory").strip()
    )


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@contextmanager
def _started(
    installed: Installed,
    certificate: trustme.LeafCert,
    ca_file: Path,
    users: Mapping[str, str] = USERS,
    aliases: Mapping[str, str] = ALIASES,
) -> Iterator[MailServers]:
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    own = {user: user for user in users}
    with tempfile.TemporaryDirectory(prefix="lab-") as temporary, ExitStack() as running:
        home = Path(temporary)
        home.chmod(0o755)  # the servers' own users come here
        (home / "server.pem").touch(mode=0o600)
        certificate.private_key_and_cert_chain_pem.write_to_path(str(home / "server.pem"))
        dovecot_config = dovecot.configure(home, ports, users)
        postfix_config = postfix.configure(
            home, installed.postfix_daemons, ports, owners=own | dict(aliases), mailboxes=own | dict(aliases)
        )
        running.enter_context(
            daemon(
                [installed.dovecot, "-F", "-c", str(dovecot_config)],
                ready=listens_on(*(ports[name] for name in ("pop3", "pop3s", "imap", "imaps"))),
                log=home / "dovecot.log",
            )
        )
        running.enter_context(
            daemon(
                postfix.command(installed.postfix_daemons, postfix_config),
                ready=listens_on(ports["submission"], ports["submissions"]),
                log=home / "postfix.log",
                env={"MAIL_CONFIG": str(postfix_config)},
            )
        )
        yield MailServers(
            host="localhost",
            users=users,
            aliases=aliases,
            ca_file=ca_file,
            postfix_log=home / "postfix.log",
            dovecot_log=home / "dovecot.log",
            **ports,
        )
