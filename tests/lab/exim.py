"""A real Exim on loopback: submission with sign-in, and refusals in its own words."""

import os
import pwd
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import trustme

from lab.daemons import DidNotStartError, daemon, free_ports, listens_on
from lab.needs import missing, program

OWNER = "Debian-exim"
"""The user that Debian's binary insists on."""

CONFIG = """\
exim_path = %(exim)s
spool_directory = %(home)s/spool
log_file_path = %(home)s/%%slog
pid_file_path = %(home)s/exim.pid
notifier_socket =
primary_hostname = mail.lab.example
local_interfaces = 127.0.0.1
daemon_smtp_ports = %(every_port)s
tls_on_connect_ports = %(submissions)s
smtp_accept_max_per_host = ${if eq{$received_port}{%(crowded)s}{1}{0}}
message_size_limit = 5000
rfc1413_query_timeout = 0s
queue_only

tls_advertise_hosts = *
tls_certificate = %(home)s/${if eq{$received_port}{%(misnamed)s}{misnamed}{server}}.pem
tls_require_ciphers = ${if eq{$received_port}{%(outdated)s}{%(old_versions)s}{NORMAL}}
auth_advertise_hosts = ${if or{{eq{$tls_in_cipher}{}} {eq{$received_port}{%(nameless)s}}}{}{*}}
domainlist local_domains = lab.example

acl_smtp_mail = check_mail
acl_smtp_rcpt = check_rcpt
acl_smtp_data = check_data

begin acl

check_mail:
  deny     senders       = prohibited@lab.example
  deny     senders       = bare@lab.example
           !encrypted    = *
           message       = 530 5.7.0 Must issue a STARTTLS command first
  deny     senders       = member@lab.example
           !authenticated = *
           message       = Authentication required
  deny     senders       = foreign@lab.example
           message       = 550 5.7.1 You are not allowed to use $sender_address as sender address
  defer    senders       = later@lab.example
  accept

check_rcpt:
  deny     senders       = late@lab.example
           message       = Sender address $sender_address is not owned by $authenticated_id
  deny     senders       = ghost@lab.example
           !verify       = sender
  defer    senders       = greylisted@lab.example
           message       = 451 4.7.1 Greylisted, please try again in 60 seconds
  defer    senders       = slow@lab.example
  defer    senders       = full@lab.example
           message       = 452 4.2.2 Mailbox is over quota
  accept   authenticated = *
           senders       = *@lab.example
           verify        = recipient
  require  message       = relay not permitted
           domains       = +local_domains
  require  verify        = recipient
  accept

check_data:
  discard

begin routers

known:
  driver = accept
  local_parts = ! unknown : ! ghost
  domains = +local_domains
  transport = nowhere

begin transports

nowhere:
  driver = appendfile
  file = /dev/null
  user = %(owner)s

begin authenticators

plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = %(is_plain)s
  server_set_id = $auth2

login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = <| Username: | Password:
  server_condition = %(is_login)s
  server_set_id = $auth1
"""
PORTS = ("submission", "submissions", "crowded", "misnamed", "nameless", "outdated")
OLD_VERSIONS = "NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.0"
PUZZLED = "puzzled@lab.example"
"""For this login Exim looks where there is nothing, and cannot say whether the password is right."""


@dataclass(frozen=True, kw_only=True)
class Exim:
    """All ports want STARTTLS but ``submissions``, which begins with TLS.

    ``crowded`` takes one connection at a time; ``misnamed`` shows a certificate for another host;
    ``nameless`` offers no way to sign in; ``outdated`` knows TLS 1.1 at best. What else is refused goes by
    the sender, see the configuration. ``users``: passwords by login.
    """

    host: str
    submission: int
    submissions: int
    crowded: int
    misnamed: int
    nameless: int
    outdated: int
    users: Mapping[str, str] = field(repr=False)
    log: Path

    def refused_sign_ins(self) -> int:
        return self.log.read_text().count("535 Incorrect authentication data")


@contextmanager
def running_exim(ca: trustme.CA, users: Mapping[str, str]) -> Iterator[Exim]:
    """Skips where Exim is missing, or may not be started."""
    exim = program("exim4", of="Exim", places=[Path("/usr/sbin"), Path("/opt/exim4/usr/sbin")])
    if os.geteuid() != 0:
        missing("Exim can be started by root only")
    with ExitStack() as running:
        for attempt in range(3):
            try:
                server = running.enter_context(_started(exim, ca, users))
                break
            except DidNotStartError:  # another run may have taken a port between choosing and using it
                if attempt == 2:
                    raise
        yield server


@contextmanager
def _started(exim: str, ca: trustme.CA, users: Mapping[str, str]) -> Iterator[Exim]:
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    with tempfile.TemporaryDirectory(prefix="lab-") as temporary:
        home = Path(temporary)
        config = _configured(home, exim, ca, users, ports)
        ready = listens_on(*(port for name, port in ports.items() if name != "crowded"))
        with daemon(_command(exim, config), ready=ready, log=home / "output.log"):
            yield Exim(host="localhost", users=users, log=home / "mainlog", **ports)


def _command(exim: str, config: Path) -> list[str]:
    """Exim in the foreground, below a shell that passes the end on to it.

    It changes its user, at which Linux forgets that it wanted to end with its parent.
    """
    passing_on = '"$@" & trap "kill $!" TERM; wait'
    return ["/bin/sh", "-c", passing_on, "exim", exim, "-C", str(config), "-bdf"]


def _configured(
    home: Path, exim: str, ca: trustme.CA, users: Mapping[str, str], ports: Mapping[str, int]
) -> Path:
    """Writes everything Exim needs into ``home``, and answers where its configuration is."""
    for name, identity in (("server", "localhost"), ("misnamed", "mail.elsewhere.example")):
        certificate = ca.issue_cert(identity).private_key_and_cert_chain_pem
        certificate.write_to_path(str(home / f"{name}.pem"))
    (home / "users").write_text("".join(f"{user}: {secret}\n" for user, secret in users.items()))
    (home / "spool").mkdir()
    (home / "mainlog").touch()
    owner = pwd.getpwnam(OWNER)
    for path in (home, *home.iterdir()):
        os.chown(path, owner.pw_uid, owner.pw_gid)
    config = home / "exim.conf"
    values = {
        "home": home,
        "exim": exim,
        "owner": OWNER,
        "every_port": " : ".join(map(str, ports.values())),
        "old_versions": OLD_VERSIONS,
        "is_plain": _condition(home, user="$auth2", secret="$auth3"),
        "is_login": _condition(home, user="$auth1", secret="$auth2"),
    }
    config.write_text(CONFIG % (values | dict(ports)))
    return config


def _condition(home: Path, *, user: str, secret: str) -> str:
    users = f"{home}/${{if eq{{{user}}}{{{PUZZLED}}}{{nowhere}}{{users}}}}"
    return f"${{if eq{{{secret}}}{{${{lookup{{{user}}}lsearch{{{users}}}{{$value}}fail}}}}}}"
