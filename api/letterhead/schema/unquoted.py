"""graphql-core's words, but for what they quote of a document's literals and variables, which may be a secret
that went astray."""

import re

QUOTED = re.compile(
    r"""(?s),?\ (?:but\ )?found:?\ .* | (?<=[.?])\ Found:\ .* | \ (?:got\ )?invalid\ value\b.*
    | (?<=\ value):\ .* | \ (?:values|characters?):\ .*
    | (?<=\bvalue\ )['"].* | (?<=\bcharacter\ )['"].* | (?<=sequence:\ ).* | (?<=^Value\ )['"].*""",
    re.VERBOSE,
)
"""Where it begins to quote."""

FOUND_TOKEN = re.compile(r"\b(?:found|[Uu]nexpected) (Name|Int|Float|String|BlockString)\b")
VARIABLE = re.compile(r"(Variable '\$\w+') has invalid value(?: at \.?([\w.\[\]]+))?: ")
OF_AN_ENUM = re.compile(r"(?s)Value .* does not exist in '(\w+)' enum\.")


def without_value(message: str) -> str:
    """Of a variable: its name, the path within it, and what was expected there."""
    if variable := VARIABLE.match(message):
        name, path = variable.groups()
        where = f"{name} has an invalid value" + (f" at {path}" if path else "")
        return f"{where}: {_expected(message[variable.end() :])}"
    if token := FOUND_TOKEN.search(message):
        return message[: token.end()] + "."
    return _expected(message)


def _expected(words: str) -> str:
    if enum := OF_AN_ENUM.match(words):
        return f"Expected a value of the enum '{enum[1]}'."
    said = QUOTED.sub("", words).rstrip(" ,;:.")
    return said if said.endswith("?") else f"{said}."
