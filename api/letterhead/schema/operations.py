"""Operations that were registered beforehand: a file made when a client was built."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from letterhead.errors import ConfigurationError

APOLLO = "apollo-persisted-query-manifest"
PREFIX = re.compile(r"^sha256:")


def read_operations(path: Path) -> dict[str, str]:
    """Documents by every id they may be asked for by: the file's, and their SHA-256 in hexadecimal.

    Two formats: ``{ID: DOCUMENT, …}`` as Relay's compiler persists them, and Apollo's manifest. Raises
    ConfigurationError.
    """
    try:
        found = orjson.loads(path.read_bytes())
    except OSError as exc:
        raise ConfigurationError(f"LETTERHEAD_OPERATIONS: the file cannot be read: {exc.strerror}") from None
    except orjson.JSONDecodeError as exc:
        raise ConfigurationError(f"LETTERHEAD_OPERATIONS: {path} is not JSON: {exc}") from None
    operations = dict(_entries(found, path))
    return {sha256_of(text): text for text in operations.values()} | operations


def sha256_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _entries(found: object, path: Path) -> Iterator[tuple[str, str]]:
    if not isinstance(found, dict):
        raise ConfigurationError(f"LETTERHEAD_OPERATIONS: {path} holds no JSON object.")
    entries: Mapping[Any, Any] = found
    if found.get("format") == APOLLO:
        entries = {_of(one, "id"): _of(one, "body") for one in found.get("operations", ())}
    for name, text in entries.items():
        if not isinstance(name, str) or not isinstance(text, str):
            raise ConfigurationError(f"LETTERHEAD_OPERATIONS: {path}: each id stands before a document.")
        yield PREFIX.sub("", name), text


def _of(entry: object, name: str) -> object:
    return entry.get(name) if isinstance(entry, dict) else None
