"""A private Dovecot: POP3, IMAP, mailboxes, and the passwords Postfix asks it about."""

import os
import pwd
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from lab import tokens

READER: Final = "reader"
READER_PASSWORD: Final = "the laboratory reads all mailboxes"

CONFIG = """\
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
protocols = pop3 imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{home}/server.pem
ssl_key = <{home}/server.pem
hostname = mail.lab.example
mail_location = maildir:{home}/mail/%u
first_valid_uid = 1

# Every attempt to sign in is logged, whoever asked, and without waiting after a failure.
auth_verbose = yes
auth_debug = yes
auth_failure_delay = 0
auth_mechanisms = plain login xoauth2 oauthbearer
auth_master_user_separator = *
passdb {{
  driver = passwd-file
  args = username_format=%u {home}/readers
  master = yes
  mechanisms = plain login
}}
passdb {{
  driver = passwd-file
  args = username_format=%u {home}/users
  mechanisms = plain login
}}
passdb {{
  driver = oauth2
  args = {home}/oauth2.conf
  mechanisms = xoauth2 oauthbearer
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {home}/users
  default_fields = uid={uid} gid={gid} home={home}/mail/%u
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener {home}/sockets/auth {{
    user = postfix
    mode = 0600
  }}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
"""

# Tokens are judged without asking anybody.
OAUTH2 = """\
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={home}/keys/
username_attribute = sub
scope = mail
"""


def configure(home: Path, ports: Mapping[str, int], users: Mapping[str, str]) -> Path:
    """Writes everything Dovecot needs into ``home``, and answers where its configuration is."""
    owner = pwd.getpwnam("nobody")
    for name in ("mail", "sockets"):
        (home / name).mkdir(exist_ok=True)
    os.chown(home / "mail", owner.pw_uid, owner.pw_gid)
    (home / "users").write_text(
        "".join(f"{user}:{{PLAIN}}{secret}::::::\n" for user, secret in users.items())
    )
    (home / "readers").write_text(f"{READER}:{{PLAIN}}{READER_PASSWORD}::::::\n")
    tokens.write_key(home / "keys")
    (home / "oauth2.conf").write_text(OAUTH2.format(home=home))
    config = home / "dovecot.conf"
    config.write_text(CONFIG.format(home=home, uid=owner.pw_uid, gid=owner.pw_gid, **ports))
    return config
