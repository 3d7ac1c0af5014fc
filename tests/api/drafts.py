"""Settings of accounts in the sandbox's mail service."""

from collections.abc import Callable
from typing import Any

from letterhead.sandbox.mailboxes import SANDBOX_DOMAIN, SANDBOX_PASSWORD
from letterhead.sandbox.service import Sandbox

Draft = Callable[..., dict[str, Any]]


def at(name: str) -> str:
    return f"{name}@{SANDBOX_DOMAIN}"


def server(protocol: str, port: int, **changes: Any) -> dict[str, Any]:
    return {"protocol": protocol, "host": "localhost", "port": port, "security": "STARTTLS", **changes}


def draft_in(sandbox: Sandbox, name: str, **changes: Any) -> dict[str, Any]:
    """``changes``: what is to be different."""
    return {
        "address": at(name),
        "providerKey": "custom",
        "smtp": server("SMTP", sandbox.smtp_port),
        "incoming": server("POP3", sandbox.pop3_port),
        "credential": {"password": SANDBOX_PASSWORD},
        **changes,
    }
