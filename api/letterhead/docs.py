"""The pages of the documentation that repeat what the code says: ``python -m letterhead.docs FOLDER``."""

import ast
import asyncio
import inspect
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from letterhead.cli import app
from letterhead.diagnosis.texts import describe
from letterhead.settings import Settings
from letterhead_providers import (
    AuthMethod,
    DiagnosisCode,
    Instruction,
    Limits,
    Protocol,
    Provider,
    Server,
    hookspecs,
)
from letterhead_providers.catalogue import Catalogue, load
from letterhead_providers.conformance import Scale, scale_of

MADE = "<!-- Made from the code by `make docs`. Change it there. -->"
NOTHING = ast.Constant(None)


def pages() -> dict[str, str]:
    """Text by file name."""
    made = {
        "settings.md": _settings(),
        "commands.md": _commands(),
        "diagnoses.md": _diagnoses(),
        "hooks.md": _hooks(),
        "providers.md": _providers(load()),
    }
    return {name: f"{MADE}\n\n" + "\n".join(lines).strip() + "\n" for name, lines in made.items()}


def write(folder: Path) -> None:
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


def _settings() -> Iterator[str]:
    yield "# Settings\n"
    yield "All are read from the environment at the start. A wrong value stops the start with one line that"
    yield "names the variable, and never shows its value.\n"
    yield from _row("Variable", "Default", "What it says")
    yield "| --- | --- | --- |"
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, ()) else f"`{_as_written(field.default)}`"
        yield from _row(f"`LETTERHEAD_{name.upper()}`", default, field.description or "")


def _as_written(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _commands() -> Iterator[str]:
    yield "# Commands\n"
    yield "Where a setting is in the way, a command says so in one line on standard error and ends with 1."
    for path, command in _leaves(get_command(app), "letterhead"):
        yield f"\n## {path}\n"
        yield _prose(inspect.cleandoc(command.help or ""))
        described = [
            one for one in command.params if one.name != "help" and not getattr(one, "hidden", False)
        ]
        if described:
            yield ""
        for parameter in described:
            yield f"- {_as_typed(parameter)}: {parameter.help or ''}"


def _leaves(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield path, command
        return
    for name, child in command.commands.items():
        yield from _leaves(child, f"{path} {name}")


def _as_typed(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{parameter.name.upper()}`"
    names = "/".join([*parameter.opts, *parameter.secondary_opts])
    return f"`{names}`" if parameter.is_flag else f"`{names} {parameter.name.upper()}`"


def _diagnoses() -> Iterator[str]:
    yield "# Diagnoses\n"
    yield "What a mail server means, in words a person can act on. The plugin of a service may say it more"
    yield "precisely; these are the words where it does not. Codes are added: expect ones you do not know."
    for code in DiagnosisCode:
        diagnosis = describe(code, explained_by="")
        yield f"\n## {code}\n"
        yield f"**{diagnosis.title}.** {diagnosis.explanation}\n"
        yield f"Whose move it is: {diagnosis.actor}. Try again: {diagnosis.retry}."
        yield from _instructions(diagnosis.advice)


def _hooks() -> Iterator[str]:
    yield "# Hooks\n"
    yield _prose(inspect.cleandoc(hookspecs.__doc__ or ""))
    yield "\nEach has an example that runs in [how to write a plugin](plugins.md)."
    for hook in hooks():
        yield f"\n## {hook.name}\n"
        yield "```python"
        yield f"def {hook.name}({ast.unparse(hook.args)}) -> {ast.unparse(hook.returns or NOTHING)}: ..."
        yield "```\n"
        yield _prose(ast.get_docstring(hook) or "")


def hooks() -> list[ast.FunctionDef]:
    """The questions a plugin may answer, as they are specified: types by the names that plugins import."""
    tree = ast.parse(inspect.getsource(hookspecs))
    return [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.decorator_list]


def _prose(docstring: str) -> str:
    """Docstrings mark code with two backticks, Markdown does with one."""
    return docstring.replace("``", "`")


def _providers(catalogue: Catalogue) -> Iterator[str]:
    scales = asyncio.run(_scales(catalogue))
    yield "# Mail services\n"
    yield "What is known about each without asking anybody. Any other server is `custom`: enter its settings."
    yield "How much its plugin offers is measured: see [the scale](plugins.md#the-scale).\n"
    yield from _row("Service", "Key", "Kind", "Incoming", "Ways in", "Scale")
    yield "| --- | --- | --- | --- | --- | --- |"
    for provider, scale in scales:
        usable = dict.fromkeys(way.kind for way in provider.auth_methods if not way.unavailable_because)
        name = f"[{provider.name}](#{provider.key})"
        yield from _row(
            name, f"`{provider.key}`", provider.kind, _incoming(provider), ", ".join(usable), scale.lower()
        )
    for provider, scale in scales:
        yield from _provider(provider, scale)


async def _scales(catalogue: Catalogue) -> list[tuple[Provider, Scale]]:
    """The bundled ones, best known first."""
    bundled = [
        provider
        for provider in catalogue.providers()
        if (plugin := catalogue.plugin_of(provider.key)) and plugin.bundled
    ]
    return [(provider, await scale_of(catalogue, provider)) for provider in bundled]


def _incoming(provider: Provider) -> str:
    spoken = {preset.incoming.protocol for preset in provider.presets if preset.incoming}
    return ", ".join(protocol for protocol in (Protocol.POP3, Protocol.IMAP) if protocol in spoken) or "none"


def _provider(provider: Provider, scale: Scale) -> Iterator[str]:
    name = f"[{provider.name}]({provider.website})" if provider.website else provider.name
    yield f"\n## {provider.key}\n"
    yield f"{name}, of the kind {provider.kind}. Sends as: {provider.sends_as}. Scale: {scale.lower()}."
    if provider.domains:
        yield f"Addresses: {', '.join(provider.domains)}."
    if provider.presets:
        yield ""
        yield from _row("Servers", "Sending", "Incoming")
        yield "| --- | --- | --- |"
    for preset in provider.presets:
        yield from _row(preset.label, _server(preset.smtp), _server(preset.incoming))
    for method in provider.auth_methods:
        yield from _way_in(method)
    if provider.limits:
        yield f"\nLimits: {_limits(provider.limits)}"
    if provider.sources:
        checked = f" (compared in {provider.checked})" if provider.checked else ""
        yield f"\nSources{checked}: " + ", ".join(f"<{source}>" for source in provider.sources)


def _way_in(method: AuthMethod) -> Iterator[str]:
    needs = ", with two-factor authentication on" if method.requires_two_factor else ""
    yield f"\n**{method.title}** ({method.kind}{needs})"
    if method.unavailable_because:
        yield f"\n{method.unavailable_because}"
    if method.login_format:
        yield f"\nThe login is {method.login_format.description}."
    if method.oauth2:
        scopes = ", ".join(f"`{scope}`" for scope in method.oauth2.scopes)
        yield f"\nIt needs a [client of the operator's](oauth2.md), with the scopes {scopes}."
    yield from _instructions(method.instructions)


def _server(server: Server | None) -> str:
    return f"{server.protocol} {server.host}:{server.port} {server.security}" if server else "none"


def _limits(limits: Limits) -> str:
    numbers = (
        (limits.messages_per_minute, "messages a minute"),
        (limits.messages_per_day, "messages a day"),
        (limits.recipients_per_message, "recipients a message"),
        (limits.bytes_per_message, "bytes a message"),
    )
    known = ", ".join(f"{number:,} {what}" for number, what in numbers if number is not None)
    said = [f"{known}." if known else "", limits.note or "", f"<{limits.source}>" if limits.source else ""]
    return " ".join(part for part in said if part)


def _instructions(instructions: Iterable[Instruction]) -> Iterator[str]:
    for number, instruction in enumerate(instructions, 1):
        if number == 1:
            yield ""
        link = f" <{instruction.link}>" if instruction.link else ""
        yield f"{number}. {instruction.text}{link}"


def _row(*cells: str) -> Iterator[str]:
    yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    write(Path(sys.argv[1]))
