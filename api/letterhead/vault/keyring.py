"""Where the keys come from: the environment, a file, or for a first try a file made beside the database."""

import base64
import os
import shlex
import subprocess
from collections.abc import Iterable
from pathlib import Path

import structlog

from letterhead.errors import ConfigurationError
from letterhead.settings import Settings
from letterhead.vault.vault import KEY_BYTES, Vault

log = structlog.get_logger(__name__)
COMMAND_SECONDS = 30


def open_vault(settings: Settings) -> Vault:
    """The vault of this process. Raises ConfigurationError when there is no key, or a malformed one."""
    if settings.keys:
        return Vault(_parse("LETTERHEAD_KEYS", settings.keys.get_secret_value().split(",")))
    if settings.key_file:
        return Vault(_read(settings.key_file))
    if settings.keys_command:
        return Vault(_printed_by(settings.keys_command))
    if settings.database_url.startswith("sqlite://"):
        return Vault(_read_or_make(Path(settings.database_url.removeprefix("sqlite://") + ".key")))
    raise ConfigurationError(
        "LETTERHEAD_KEYS: no key to seal secrets with; set it, LETTERHEAD_KEY_FILE or "
        "LETTERHEAD_KEYS_COMMAND (`letterhead keys generate` prints a new key)"
    )


def generate() -> str:
    """A new key as ``KID:KEY``."""
    return f"k{os.urandom(4).hex()}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}"


def _read_or_make(path: Path) -> dict[str, bytes]:
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(generate() + "\n")
        log.warning(
            "made a key file; keep it as safe as the database, and apart from its backups", path=str(path)
        )
    except FileExistsError:
        pass
    except OSError as exc:
        raise ConfigurationError(f"LETTERHEAD_KEY_FILE: none can be made: {exc.strerror}") from None
    return _read(path)


def _read(path: Path) -> dict[str, bytes]:
    try:
        lines = path.read_text().splitlines()
    except OSError as exc:
        raise ConfigurationError(f"LETTERHEAD_KEY_FILE: the file cannot be read: {exc.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigurationError("LETTERHEAD_KEY_FILE: the file is not text") from None
    return _parse("LETTERHEAD_KEY_FILE", lines)


def _printed_by(command: str) -> dict[str, bytes]:
    """What the operator's command prints. What it says when it fails is not shown: it could be a key."""
    name = "LETTERHEAD_KEYS_COMMAND"
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own words, from the environment
            shlex.split(command), capture_output=True, check=True, text=True, timeout=COMMAND_SECONDS
        )
    except subprocess.CalledProcessError as exc:
        raise ConfigurationError(f"{name}: it ended with exit code {exc.returncode}") from None
    except subprocess.TimeoutExpired:
        raise ConfigurationError(f"{name}: it took more than {COMMAND_SECONDS} seconds") from None
    except (OSError, ValueError):
        raise ConfigurationError(f"{name}: it cannot be run") from None
    return _parse(name, done.stdout.splitlines())


def _parse(name: str, entries: Iterable[str]) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for entry in (entry.strip() for entry in entries):
        if not entry or entry.startswith("#"):
            continue
        kid, colon, encoded = entry.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except ValueError:  # also of what is not ASCII
            key = b""
        if not (colon and kid.isalnum() and len(key) == KEY_BYTES):
            raise ConfigurationError(
                f"{name}: entry {len(keys) + 1} is not KID:KEY with a key of {KEY_BYTES} bytes in base64 "
                "(`letterhead keys generate` prints one)"
            )
        if kid in keys:
            raise ConfigurationError(f"{name}: the key id {kid} stands there twice")
        keys[kid] = key
    if not keys:
        raise ConfigurationError(f"{name}: no key in it (`letterhead keys generate` prints one)")
    return keys
