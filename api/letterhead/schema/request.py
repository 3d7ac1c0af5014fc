"""What a client sends, read as the GraphQL over HTTP specification says (draft of 2025, sections 5 and 6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from functools import lru_cache
from typing import Any

import orjson
from starlette.requests import Request

from letterhead.front.body import NotTakenError, read_body
from letterhead.front.headers import header
from letterhead.schema.documents import DOCUMENT_ID

JSON, GRAPHQL, STREAM = "application/json", "application/graphql-response+json", "text/event-stream"
ANSWERS = {GRAPHQL: GRAPHQL, JSON: JSON, STREAM: STREAM, "*/*": JSON, "application/*": JSON}
CLIENTS = 100
"""Kinds of them: each sends the same headers every time."""

UTF_8 = frozenset({"utf-8", "utf8", ""})
NAMES = (DOCUMENT_ID, "id")
"""Under which the id of a registered operation is sent: by the specification's appendix, and by Relay."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """``extensions``: with the id of a registered operation, if one is asked for."""

    query: str | None
    variables: Mapping[str, Any]
    operation_name: str | None
    extensions: Mapping[str, Any]


@lru_cache(maxsize=CLIENTS)
def media_of(accept: str) -> str:
    """The media type to answer in, as the client likes it best. Raises NotTakenError (406)."""
    liked = [entry for one in accept.split(",") if one.strip() and (entry := _liking(one))]
    if not accept.strip():
        return JSON
    if not liked:
        raise NotTakenError(406, f"Accept {GRAPHQL}, {JSON} or {STREAM}, in UTF-8.")
    return max(liked, key=lambda entry: entry[1])[0]


async def read_request(request: Request, *, most: int, seconds: float) -> Asked:
    """Raises NotTakenError."""
    if request.method == "GET":
        return _read_query(request)
    if not _is_json(header(request.scope, b"content-type") or ""):
        raise NotTakenError(415, f"Send {JSON}, in UTF-8.", Accept_Post=JSON)
    return asked_of(_json(await read_body(request, most=most, seconds=seconds), "body"))


def asked_of(told: object) -> Asked:
    """What a body says, or the payload of a websocket's message. Raises NotTakenError (400)."""
    if isinstance(told, list):
        raise _bad("Send one operation at a time: batches are not taken.")
    if not isinstance(told, dict):
        raise _bad("Send a JSON object.")
    document_id = next((told[name] for name in NAMES if told.get(name) is not None), None)
    extensions = _typed(told, "extensions", dict) or {}
    if document_id is not None:
        if not isinstance(document_id, str):
            raise _bad("The id of an operation is a text.")
        extensions = extensions | {DOCUMENT_ID: document_id}
    query = _typed(told, "query", str)
    if not query and DOCUMENT_ID not in extensions and "persistedQuery" not in extensions:
        raise _bad("There is no query: send a document.")
    return Asked(
        query=query or None,
        variables=_typed(told, "variables", dict) or {},
        operation_name=_typed(told, "operationName", str),
        extensions=extensions,
    )


def _read_query(request: Request) -> Asked:
    parameters = request.query_params.multi_items()
    told: dict[str, Any] = dict(parameters)
    if len(told) != len(parameters):
        raise _bad("A parameter stands twice in the address.")
    for name in ("variables", "extensions"):
        if told.get(name):
            told[name] = _json(told[name], name)
    return asked_of({name: value for name, value in told.items() if value != ""})


def _typed(told: Mapping[str, Any], name: str, kind: type) -> Any:
    value = told.get(name)
    if value is not None and not isinstance(value, kind):
        raise _bad(f"{name} has to be {'a text' if kind is str else 'an object'}, or null.")
    return value


def _json(text: str | bytes, what: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _bad(f"The {what} is not JSON.") from None


def _bad(message: str) -> NotTakenError:
    return NotTakenError(400, message)


def _liking(entry: str) -> tuple[str, float] | None:
    """What an entry of Accept comes to here, and how much it is liked (RFC 9110 section 12.4.2)."""
    media, _, parameters = entry.partition(";")
    answer = ANSWERS.get(media.strip().lower())
    said = {
        name.strip().lower(): value.strip(' "').lower()
        for name, _, value in (parameter.partition("=") for parameter in parameters.split(";"))
    }
    try:
        quality = float(said.get("q", "1"))
    except ValueError:
        return None
    return (answer, quality) if answer and quality > 0 and said.get("charset", "") in UTF_8 else None


def _is_json(content_type: str) -> bool:
    """In UTF-8."""
    if content_type == JSON:
        return True
    message = Message()
    message["content-type"] = (
        content_type.encode("ascii", "replace").decode().replace("\r", "").replace("\n", "")
    )
    charset = str(message.get_param("charset", "")).strip().lower()
    return bool(content_type) and message.get_content_type() == JSON and charset in UTF_8
