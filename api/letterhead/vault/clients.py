"""The OAuth2 clients that the operator has registered at mail services, from a file of theirs.

    [gmail]
    client_id = "1234.apps.googleusercontent.com"
    client_secret = "GOCSPX-…"

    [microsoft]
    providers = ["microsoft365", "outlook-com"]
    client_id = "…"

A section is named after its provider, unless it names some. A public client has no secret.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from letterhead.errors import ConfigurationError
from letterhead.settings import Settings
from letterhead.vault.secret import Secret

KNOWN = frozenset({"client_id", "client_secret", "providers"})


@dataclass(frozen=True, kw_only=True)
class OAuth2Client:
    """``secret``: empty for a public client."""

    id: str
    secret: Secret


def open_clients(settings: Settings) -> Mapping[str, OAuth2Client]:
    """By provider key. Raises ConfigurationError, which shows no value of the file's."""
    clients: dict[str, OAuth2Client] = {}
    for name, section in _sections(settings.oauth2_clients):
        client, keys = _client(name, section), section.get("providers", [name])
        if not isinstance(keys, list) or not keys or not all(isinstance(key, str) for key in keys):
            raise _wrong(f'[{name}]: providers is a list of keys, such as ["gmail"]')
        for key in keys:
            if key in clients:
                raise _wrong(f"[{name}]: there is a client for {key} already")
            clients[key] = client
    return clients


def _sections(file: Path | None) -> Iterator[tuple[str, dict[str, Any]]]:
    if file is None:
        return
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as exc:
        raise _wrong(f"the file cannot be read: {exc.strerror}") from None
    except ValueError:  # also what is no UTF-8; the parser's own words could quote a secret
        raise _wrong(f"{file} is not TOML") from None
    for name, section in tables.items():
        if not isinstance(section, dict):
            raise _wrong(f"{name} stands outside of a section; write it under [PROVIDER]")
        yield name, section


def _client(name: str, section: Mapping[str, Any]) -> OAuth2Client:
    if unknown := section.keys() - KNOWN:
        raise _wrong(f"[{name}]: there is no {min(unknown)}; there are {', '.join(sorted(KNOWN))}")
    values = {key: section.get(key, "") for key in ("client_id", "client_secret")}
    for key, value in values.items():
        if not isinstance(value, str) or not value.isprintable():
            raise _wrong(f"[{name}]: {key} is not a text of printable characters")
    if not values["client_id"]:
        raise _wrong(f"[{name}]: client_id is missing")
    return OAuth2Client(id=values["client_id"], secret=Secret(values["client_secret"]))


def _wrong(why: str) -> ConfigurationError:
    return ConfigurationError(f"LETTERHEAD_OAUTH2_CLIENTS: {why}")
