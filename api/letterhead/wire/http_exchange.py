"""One request and its answer, by httpcore, on a connection of its own."""

import re
import ssl
from collections.abc import Mapping

import httpcore2

from letterhead.wire.blame import blame
from letterhead.wire.dial import Dialler
from letterhead.wire.http_answer import REFUSED, HttpAnswer, NoAnswer, Place
from letterhead.wire.http_stream import GuardedBackend
from letterhead.wire.trouble import Cause, NotReached
from letterhead_providers import Fetch

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_OURS = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "upgrade", "te"}
)
_WORDS = {
    Cause.TARGET_REFUSED: REFUSED,
    Cause.HOST_NOT_FOUND: "there is no server of this name",
    Cause.DNS_FAILED: "DNS could not answer",
    Cause.CONNECTION_REFUSED: "the server refused the connection",
    Cause.UNREACHABLE: "the server cannot be reached",
    Cause.TIMEOUT: "the server did not answer in time",
    Cause.TLS_UNTRUSTED: "the server’s certificate is not from an authority we trust",
    Cause.TLS_EXPIRED: "the server’s certificate has expired, or is not valid yet",
    Cause.TLS_WRONG_NAME: "the server’s certificate is for another name",
    Cause.TLS_HANDSHAKE: "the server and we found no common TLS",
    Cause.TLS_ON_PLAIN: "the server does not speak TLS there",
}


async def ask(
    dialler: Dialler, request: Fetch, place: Place, most_octets: int, *, only_opened: bool = False
) -> tuple[HttpAnswer, str | None]:
    """The answer, and where it redirects to. ``most_octets`` 0: only its status."""
    if request.method not in _METHODS:
        raise NoAnswer(f"{request.method!r} is not a method that can be used")
    connection = httpcore2.AsyncHTTPConnection(
        origin=_url(place).origin,
        ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),  # a blank: the stream uses the dialler's
        network_backend=GuardedBackend(dialler, only_opened=only_opened),
    )
    body = request.body.encode("utf-8", "replace") if request.body is not None else None
    try:
        async with connection.stream(
            request.method, _url(place), headers=_headers(request.headers), content=body
        ) as response:
            return await _read(response, most_octets)
    except NotReached as exc:
        why = _WORDS.get(exc.cause, _WORDS[Cause.UNREACHABLE])
    except (OSError, EOFError) as exc:
        cause, _ = blame(exc, implicit_tls=place.scheme == "https")
        why = _WORDS.get(cause, "the server broke off")
    except (httpcore2.ProtocolError, httpcore2.NetworkError, httpcore2.TimeoutException):
        why = "the server does not answer as HTTP demands, or breaks off"
    finally:
        await connection.aclose()
    raise NoAnswer(why)


def _headers(given: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    own = [(b"Accept-Encoding", b"identity"), (b"Connection", b"close")]
    try:
        return own + [
            (name.encode("ascii"), value.encode("latin-1"))
            for name, value in given.items()
            if name.lower() not in _OURS
        ]
    except UnicodeError:
        raise NoAnswer("a header has characters that cannot be sent") from None


async def _read(response: httpcore2.Response, most_octets: int) -> tuple[HttpAnswer, str | None]:
    headers = {name.lower(): value.decode("latin-1").strip() for name, value in response.headers}
    location = headers.get(b"location") if response.status in (301, 302, 303, 307, 308) else None
    if location is not None or not most_octets:
        return HttpAnswer(status=response.status), location
    if headers.get(b"content-encoding", "identity").lower() not in ("", "identity"):
        raise NoAnswer("the server compresses its answer although it was asked not to")
    content = bytearray()
    async for chunk in response.aiter_stream():
        content += chunk
        if len(content) > most_octets:
            raise NoAnswer(f"the answer is longer than {most_octets // 1024} kB")
    charset = re.search(r"charset=\"?([\w.:-]{1,40})", headers.get(b"content-type", ""), re.IGNORECASE)
    return HttpAnswer(
        status=response.status, content=bytes(content), charset=charset[1] if charset else "utf-8"
    ), None


def _url(place: Place) -> httpcore2.URL:
    host = f"[{place.host}]" if ":" in place.host else place.host
    default = {"http": 80, "https": 443}[place.scheme]
    return httpcore2.URL(
        scheme=place.scheme.encode(),
        host=host.encode(),
        port=None if place.port == default else place.port,
        target=place.target.encode(),
    )
