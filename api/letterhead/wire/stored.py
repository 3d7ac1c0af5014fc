"""Servers as JSON columns hold them."""

from functools import lru_cache
from typing import Any

import orjson

from letterhead.wire.server import MailServer
from letterhead_providers import Protocol, Security

PROTOCOLS = {one.value: one for one in Protocol}
SECURITIES = {one.value: one for one in Security}


def server_to_json(server: MailServer | None) -> dict[str, object] | None:
    if server is None:
        return None
    return {
        "protocol": server.protocol.value,
        "host": server.host,
        "port": server.port,
        "security": server.security.value,
        "username": server.username,
    }


def server_from_json(stored: object) -> MailServer | None:
    if not isinstance(stored, dict):
        return None
    return MailServer(
        protocol=PROTOCOLS[stored["protocol"]],
        host=stored["host"],
        port=stored["port"],
        security=SECURITIES[stored["security"]],
        username=stored["username"],
    )


def stored_server(column: Any) -> MailServer | None:
    """As either database returns the column."""
    return _read(column) if isinstance(column, str) else server_from_json(column)


@lru_cache(maxsize=2000)
def _read(column: str) -> MailServer | None:
    """The same accounts are listed again and again."""
    return server_from_json(orjson.loads(column))
