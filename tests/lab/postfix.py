"""A private Postfix: submission with sign-in, and delivery to Dovecot's mailboxes."""

import grp
import os
import pwd
import time
from collections.abc import Mapping
from pathlib import Path

MAIN = """\
compatibility_level = 3.6
queue_directory = {home}/spool
data_directory = {home}/data
daemon_directory = {daemons}
maillog_file = {home}/postfix.log
maillog_file_prefixes = {home}
myhostname = mail.lab.example
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
smtpd_error_sleep_time = 0
smtpd_client_event_limit_exceptions = static:all
recipient_delimiter = +
message_size_limit = 1000000

smtpd_tls_chain_files = {home}/server.pem
smtpd_tls_security_level = encrypt
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {home}/sockets/auth
smtpd_sender_login_maps = texthash:{home}/owners
smtpd_sender_restrictions = reject_sender_login_mismatch
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination

# Whatever is not at home here is not found, and comes back as a bounce.
virtual_mailbox_domains = {domains}
virtual_mailbox_maps = texthash:{home}/mailboxes
virtual_mailbox_base = {home}/mail
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
default_transport = nowhere:
nowhere_destination_recipient_limit = 1
"""

MASTER = """\
127.0.0.1:{submission} inet n - n - - smtpd
127.0.0.1:{submissions} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
nowhere unix - n n - - pipe
  user=nobody argv={home}/nowhere ${{recipient}}
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""

NOWHERE = """\
#!/bin/sh
case "$1" in missing@*) echo 5.1.1 No such user here; exit 67 ;; esac
echo 5.1.2 There is no such domain in the laboratory
exit 68
"""

QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "saved", "trace")


def configure(
    home: Path,
    daemons: str,
    ports: Mapping[str, int],
    owners: Mapping[str, str],
    mailboxes: Mapping[str, str],
) -> Path:
    """Writes everything Postfix needs into ``home``, and answers where its configuration is.

    ``owners``: which login may send as an address, by address.
    """
    _make_spool(home / "spool")
    postfix, owner = pwd.getpwnam("postfix"), pwd.getpwnam("nobody")
    (home / "data").mkdir(exist_ok=True)
    os.chown(home / "data", postfix.pw_uid, postfix.pw_gid)
    (home / "owners").write_text("".join(f"{address} {login}\n" for address, login in owners.items()))
    (home / "mailboxes").write_text(
        "".join(f"{address} {mailbox}/\n" for address, mailbox in mailboxes.items())
    )
    (home / "nowhere").write_text(NOWHERE)
    (home / "nowhere").chmod(0o755)
    config = home / "postfix"
    config.mkdir(exist_ok=True)
    domains = ", ".join(sorted({address.partition("@")[2] for address in mailboxes}))
    (config / "main.cf").write_text(
        MAIN.format(home=home, daemons=daemons, domains=domains, uid=owner.pw_uid, gid=owner.pw_gid)
    )
    (config / "master.cf").write_text(MASTER.format(home=home, **ports))
    # Postfix waits until files that are younger than two seconds have settled.
    an_hour_ago = time.time() - 3600
    for path in (config / "main.cf", home / "owners", home / "mailboxes"):
        os.utime(path, (an_hour_ago, an_hour_ago))
    return config


def command(daemons: str, config: Path) -> list[str]:
    """Postfix in the foreground, below a shell that passes the end on to it.

    Its master changes its user for a moment, at which Linux forgets that it wanted to end with its parent.
    """
    passing_on = '"$@" & trap "kill $!" TERM; wait'
    return ["/bin/sh", "-c", passing_on, "postfix", f"{daemons}/master", "-d", "-c", str(config)]


def _make_spool(spool: Path) -> None:
    """The queue's directories with the owners that postfix-files(5) wants."""
    postfix = pwd.getpwnam("postfix").pw_uid
    postdrop = grp.getgrnam("postdrop").gr_gid
    spool.mkdir(exist_ok=True)
    (spool / "pid").mkdir(exist_ok=True)
    for name, group, mode in (
        *((queue, 0, 0o700) for queue in QUEUES),
        ("private", 0, 0o700),
        ("public", postdrop, 0o710),
        ("maildrop", postdrop, 0o730),
    ):
        (spool / name).mkdir(exist_ok=True)
        os.chown(spool / name, postfix, group)
        (spool / name).chmod(mode)
