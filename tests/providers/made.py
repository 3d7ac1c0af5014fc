"""Plugins made up for a test."""

from types import ModuleType
from typing import Any

from letterhead_providers import (
    CONTRACT,
    AuthMethod,
    CredentialKind,
    Preset,
    Protocol,
    Provider,
    Security,
    Server,
    hookimpl,
)

PASSWORD = AuthMethod(key="password", title="Password", kind=CredentialKind.PASSWORD)
SMTP = Server(protocol=Protocol.SMTP, host="smtp.acme.example", port=465, security=Security.TLS)
POP3 = Server(protocol=Protocol.POP3, host="pop.acme.example", port=995, security=Security.TLS)


def a_provider(**changes: Any) -> Provider:
    data: dict[str, Any] = {
        "key": "acme",
        "name": "Acme Mail",
        "domains": ("acme.example",),
        "presets": (Preset(label="TLS", smtp=SMTP, incoming=POP3),),
        "auth_methods": (PASSWORD,),
    }
    return Provider(**(data | changes))


def a_plugin(*providers: Provider, **attributes: Any) -> ModuleType:
    """A module with the hook ``providers``, and with further hooks given as plain functions."""
    offered = list(providers) or [a_provider()]
    module = ModuleType("made_up")
    hooks = {"providers": lambda: offered} | attributes
    module.__dict__["CONTRACT"] = CONTRACT
    for name, value in hooks.items():
        module.__dict__[name] = hookimpl(value) if callable(value) else value
    return module
