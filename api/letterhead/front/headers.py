"""Headers as ASGI carries them: pairs of octets, names in lower case.

Of most requests a few are looked at once, for which an object around all of them would have to be made first.
"""

from collections.abc import Mapping

from starlette.types import Message, Scope

Raw = tuple[bytes, bytes]


def header(scope: Scope, name: bytes) -> str | None:
    """Of a request. ``name``: in lower case."""
    for key, value in scope.get("headers", ()):
        if key == name:
            found: str = value.decode("latin-1")
            return found
    return None


def raw(headers: Mapping[str, str]) -> list[Raw]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def complete(start: Message, others: list[Raw]) -> None:
    """Adds to the start of an answer what it does not say itself."""
    headers = start.get("headers", ())
    said = {name for name, _ in headers}
    start["headers"] = [*headers, *(pair for pair in others if pair[0] not in said)]
