"""A provider as a TOML file, for those who know a mail service and no Python.

    name = "Acme Mail"
    domains = ["acme.example"]
    mx = ["mx.acme.example"]
    smtp = "smtp.acme.example:465 tls"
    pop3 = "pop.acme.example:995 tls"

The file's name is the key, unless ``key`` says otherwise. Every field of ``Provider`` and of what it holds
may be given under its own name. Shorter forms:

- ``smtp``, ``pop3``, ``imap``: a server, or a list of them, best first; the presets are made of these.
  A server is ``host:port security``, where security is tls or starttls; a login may follow. A preset that is
  written out under ``[[presets]]`` has these keys too.
- ``username``: the login at all servers where it is not the whole address: ``{local}``, ``{domain}``, text.
- ``auth_methods``: without them a password. A way in may be its kind alone, such as "app_password".
- an instruction may be its text alone; a text that follows it and is a link is its link.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from letterhead_providers.admission import Rejected, data_fault
from letterhead_providers.building import Short, build, field_names, in_words, place, refuse_unknown
from letterhead_providers.hookspecs import hookimpl
from letterhead_providers.provider import (
    CONTRACT,
    CredentialKind,
    Preset,
    Provider,
    Security,
    Server,
)
from letterhead_providers.reply import Instruction, Protocol

SERVER = re.compile(r"(?P<host>\S+):(?P<port>\d{1,5})\s+(?P<security>[A-Za-z]+)(?:\s+(?P<username>\S.*))?")
USUAL_PORTS = {Security.TLS: 465, Security.STARTTLS: 587}
TITLES = {
    CredentialKind.PASSWORD: "Password",
    CredentialKind.APP_PASSWORD: "App password",
    CredentialKind.API_KEY: "API key",
    CredentialKind.OAUTH2: "Sign in with a browser",
    CredentialKind.NONE: "No sign-in",
}
SERVERS = {"smtp", "pop3", "imap", "username"}


def read_provider(text: str, *, source: str) -> Provider:
    """The provider that ``text`` describes. ``source``: the file's name, which also gives the key.

    Raises Rejected with the file, the place in it, and what to write instead.
    """
    try:
        return _read(text, Path(source).stem)
    except Rejected as exc:
        raise Rejected(f"{source}: {exc}") from exc


def read_file(file: Path) -> Provider:
    """The same for a file. A byte-order mark, as some editors write it, does no harm."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as exc:
        raise Rejected(f"{file.name}: it is not UTF-8; save it in that encoding") from exc
    except OSError as exc:
        raise Rejected(f"{file.name}: it cannot be read: {exc.strerror}") from exc
    return read_provider(text, source=file.name)


def providers_in(folder: Path) -> tuple[Provider, ...]:
    """Those of all TOML files in ``folder``, by file name. Raises Rejected for the first bad one."""
    return tuple(map(read_file, files_in(folder)))


def files_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.toml"))


def plugin_of_file(file: Path) -> ModuleType:
    """A plugin that speaks for the file's provider. Raises Rejected as ``read_provider`` does."""
    provider = read_file(file)
    module = ModuleType(file.stem)
    vars(module).update(CONTRACT=CONTRACT, providers=hookimpl(lambda: [provider]))
    return module


def _read(text: str, key: str) -> Provider:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise Rejected(f"it is not TOML: {exc}") from exc
    provider: Provider = build(Provider, _unfolded(table, key), "", SHORT)
    if fault := data_fault(provider):
        raise Rejected(fault)
    return provider


# ── from the short form to the full one ──


def _unfolded(table: dict[str, Any], key: str) -> dict[str, Any]:
    refuse_unknown(table, field_names(Provider) | SERVERS, "")
    full = {"key": key} | {name: value for name, value in table.items() if name not in SERVERS}
    if "presets" in table and (also := SERVERS & table.keys()):
        raise Rejected(f"{min(also)}: give either presets or servers; move it into each preset")
    full["presets"] = _presets_of(table) if "presets" not in table else _presets(table["presets"])
    full["auth_methods"] = _methods(table.get("auth_methods", ["password"]))
    return full


def _presets_of(table: Mapping[str, Any]) -> list[Preset]:
    """POP3 and then IMAP beside the best way to send; after that the other ways to send."""
    smtp, pop3, imap = (
        _servers(protocol, table) for protocol in (Protocol.SMTP, Protocol.POP3, Protocol.IMAP)
    )
    incoming: list[Server | None] = [*pop3, *imap]
    if not smtp:
        if incoming:
            raise Rejected("smtp: it is missing, so that nothing could be sent")
        return []
    pairs = [(smtp[0], server) for server in incoming or [None]]
    pairs += [(server, pairs[0][1]) for server in smtp[1:]]
    return [
        Preset(label=_label(out, back, pairs[0]), smtp=out, incoming=back, recommended=number == 0)
        for number, (out, back) in enumerate(pairs)
    ]


def _label(out: Server, back: Server | None, first: tuple[Server, Server | None]) -> str:
    port = "" if USUAL_PORTS.get(out.security) == out.port else f" on port {out.port}"
    host = "" if out.host == first[0].host else f" at {out.host}"
    if back is None:
        return f"{out.security}{port}{host}, sending only"
    elsewhere = back.protocol is getattr(first[1], "protocol", None) and back != first[1]
    return f"{out.security}{port}{host}, incoming by {back.protocol}" + (f" at {back.host}" * elsewhere)


def _presets(given: Any) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not all(isinstance(preset, dict) for preset in given):
        raise Rejected("presets: write each under a line [[presets]] of its own")
    return [_preset(preset, f"presets#{number}") for number, preset in enumerate(given, 1)]


def _preset(given: Mapping[str, Any], at: str) -> dict[str, Any]:
    refuse_unknown(given, {"label", "recommended"} | SERVERS, at)
    found = {protocol: _servers(protocol, given, at) for protocol in Protocol}
    incoming = found[Protocol.POP3] + found[Protocol.IMAP]
    if len(found[Protocol.SMTP]) != 1 or len(incoming) > 1:
        raise Rejected(f"{at}: it has to have one smtp, and one of pop3 and imap or neither")
    rest = {key: value for key, value in given.items() if key not in SERVERS}
    return rest | {"smtp": found[Protocol.SMTP][0], "incoming": incoming[0] if incoming else None}


def _servers(protocol: Protocol, table: Mapping[str, Any], at: str = "") -> list[Server]:
    key = protocol.lower()
    given = table.get(key, [])
    lines = given if isinstance(given, list) else [given]
    return [_server(protocol, line, table.get("username", "{address}"), place(at, key)) for line in lines]


def _server(protocol: Protocol, line: Any, username: Any, at: str) -> Server:
    found = SERVER.fullmatch(line.strip()) if isinstance(line, str) else None
    if found is None:
        said = repr(line) if isinstance(line, str) else in_words(line)
        raise Rejected(f'{at}: {said} is no server; write "host:port tls" or "host:port starttls"')
    parts: dict[str, Any] = {
        "protocol": protocol,
        "host": found["host"].removeprefix("[").removesuffix("]"),
        "port": int(found["port"]),
        "security": found["security"],
        "username": username if found["username"] is None else found["username"],
    }
    server: Server = build(Server, parts, at, SHORT)
    return server


def _methods(given: Any) -> list[dict[str, Any]]:
    """What the kind of a way in says already; the first that can be used is recommended, if none is."""
    if not isinstance(given, list):
        raise Rejected("auth_methods: write each under a line [[auth_methods]] of its own")
    methods = [_method(way, f"auth_methods#{number}") for number, way in enumerate(given, 1)]
    if not any("recommended" in method for method in methods):
        usable = [method for method in methods if "unavailable_because" not in method]
        for method in usable[:1]:
            method["recommended"] = True
    return methods


def _method(given: Any, at: str) -> dict[str, Any]:
    table = {"kind": given} if isinstance(given, str) else given
    if not isinstance(table, dict):
        raise Rejected(f"{at}: it is {in_words(given)}, and has to be a kind or a table")
    if "kind" not in table:
        raise Rejected(f"{at}.kind: it is missing and has to be given")
    kind: CredentialKind = build(CredentialKind, table["kind"], f"{at}.kind", SHORT)
    title = table.get("title", TITLES[kind])
    return {"key": kind.lower().replace("_", "-"), "title": title, "secret_label": title} | table


def _instructions(given: list[Any]) -> list[Any]:
    steps: list[Any] = []
    for item in given:
        if isinstance(item, str) and item.startswith("https://") and steps and isinstance(steps[-1], dict):
            steps[-1] = {"link": item} | steps[-1]
        else:
            steps.append({"text": item} if isinstance(item, str) else item)
    return steps


SHORT: Short = {Instruction: _instructions}
