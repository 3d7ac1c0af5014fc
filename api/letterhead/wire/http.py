"""HTTP through the guarded dialler: no proxy, no cookie, no compression, nothing longer than wanted."""

import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import SplitResult, urljoin, urlsplit

import httpcore2

from letterhead.wire.blame import blame
from letterhead.wire.dial import Dialler
from letterhead.wire.http_stream import GuardedBackend
from letterhead.wire.targets import clean_host
from letterhead.wire.trouble import Cause, NotReached
from letterhead_providers import Fetch, FetchOutcome

MOST_OCTETS = 256 * 1024
MOST_REDIRECTS = 3

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_OURS = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "upgrade", "te"}
)
_REFUSED = "this server may not be reached from here"
_WORDS = {
    Cause.TARGET_REFUSED: _REFUSED,
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


@dataclass(frozen=True, kw_only=True)
class HttpAnswer:
    """``status`` 0 and ``error`` set: no whole answer was had. ``error`` shows nothing of our network."""

    status: int
    content: bytes = field(default=b"", repr=False)
    charset: str = "utf-8"
    error: str | None = None


class _NoAnswer(Exception):
    """Its text is for ``HttpAnswer.error``."""


async def exchange(
    dialler: Dialler,
    request: Fetch,
    *,
    hosts_allowed: Callable[[str], bool] | None = None,
    allow_plain: bool = False,
    most_octets: int = MOST_OCTETS,
    redirects: int = MOST_REDIRECTS,
) -> HttpAnswer:
    """Ask one thing, and follow the redirects of a GET within its scheme, judging each host anew.

    ``hosts_allowed`` is asked about every host on the way. ``allow_plain``: http: URLs are taken too.
    Keeps no deadline: callers use ``asyncio.timeout``. Never raises for what a server or network does.
    """
    try:
        for _ in range(redirects + 1):
            place = _place(request.url, hosts_allowed, allow_plain=allow_plain)
            answer, location = await _ask(dialler, request, place, most_octets)
            if location is None or request.method != "GET":
                return answer
            request = _redirected(request, place, location)
    except _NoAnswer as exc:
        return HttpAnswer(status=0, error=str(exc))
    return HttpAnswer(status=0, error="the server redirects too often")


async def post(dialler: Dialler, request: Fetch) -> HttpAnswer:
    """Hand something over and see the status of the answer, of which no more is read.

    http: URLs are taken in networks that the operator opened. Keeps no deadline, and never raises.
    """
    try:
        place = _place(request.url, None, allow_plain=True)
        only_opened = place.scheme == "http"
        answer, _ = await _ask(dialler, request, place, most_octets=0, only_opened=only_opened)
    except _NoAnswer as exc:
        return HttpAnswer(status=0, error=str(exc))
    return answer


async def fetch(
    dialler: Dialler,
    request: Fetch,
    *,
    hosts_allowed: Callable[[str], bool] | None = None,
    most_octets: int = MOST_OCTETS,
    redirects: int = MOST_REDIRECTS,
) -> FetchOutcome:
    """``exchange`` over HTTPS in the words of the provider contract."""
    answer = await exchange(
        dialler, request, hosts_allowed=hosts_allowed, most_octets=most_octets, redirects=redirects
    )
    try:
        body = answer.content.decode(answer.charset, "replace")
    except LookupError:
        body = answer.content.decode("utf-8", "replace")
    return FetchOutcome(status=answer.status, body=body, error=answer.error)


@dataclass(frozen=True, kw_only=True)
class _Place:
    scheme: str
    host: str
    port: int
    target: str

    @property
    def url(self) -> httpcore2.URL:
        host = f"[{self.host}]" if ":" in self.host else self.host
        default = {"http": 80, "https": 443}[self.scheme]
        return httpcore2.URL(
            scheme=self.scheme.encode(),
            host=host.encode(),
            port=None if self.port == default else self.port,
            target=self.target.encode(),
        )


def _place(url: str, hosts_allowed: Callable[[str], bool] | None, *, allow_plain: bool) -> _Place:
    """Exactly the host that is judged is the one that is dialled: nothing reads the URL a second time."""
    wrong = _NoAnswer("this is not a web address that can be asked")
    if not re.fullmatch(r"[!-~]+", url):
        raise wrong
    try:
        parts: SplitResult = urlsplit(url)
        host, port = clean_host(parts.hostname or ""), parts.port
    except ValueError:
        raise wrong from None
    if parts.username is not None or parts.scheme not in ("http", "https"):
        raise wrong
    if parts.scheme == "http" and not allow_plain:
        raise _NoAnswer("only https is spoken to this server")
    if hosts_allowed is not None and not hosts_allowed(host):
        raise _NoAnswer(_REFUSED)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Place(
        scheme=parts.scheme, host=host, port=port or (443 if parts.scheme == "https" else 80), target=target
    )


def _redirected(request: Fetch, place: _Place, location: str) -> Fetch:
    """Headers may be meant for the first host alone, so another one is sent none of them."""
    try:
        url = urljoin(request.url, location)
        parts = urlsplit(url)
    except ValueError:
        raise _NoAnswer("the server redirects to what is no web address") from None
    if parts.scheme != place.scheme:
        raise _NoAnswer("the server redirects to another scheme")
    stays = urlsplit(request.url).netloc == parts.netloc
    return replace(request, url=url, headers=request.headers if stays else {})


async def _ask(
    dialler: Dialler, request: Fetch, place: _Place, most_octets: int, *, only_opened: bool = False
) -> tuple[HttpAnswer, str | None]:
    """The answer, and where it redirects to. ``most_octets`` 0: only its status."""
    if request.method not in _METHODS:
        raise _NoAnswer(f"{request.method!r} is not a method that can be used")
    connection = httpcore2.AsyncHTTPConnection(
        origin=place.url.origin,
        ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),  # a blank: the stream uses the dialler's
        network_backend=GuardedBackend(dialler, only_opened=only_opened),
    )
    body = request.body.encode("utf-8", "replace") if request.body is not None else None
    try:
        async with connection.stream(
            request.method, place.url, headers=_headers(request.headers), content=body
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
    raise _NoAnswer(why)


def _headers(given: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    own = [(b"Accept-Encoding", b"identity"), (b"Connection", b"close")]
    try:
        return own + [
            (name.encode("ascii"), value.encode("latin-1"))
            for name, value in given.items()
            if name.lower() not in _OURS
        ]
    except UnicodeError:
        raise _NoAnswer("a header has characters that cannot be sent") from None


async def _read(response: httpcore2.Response, most_octets: int) -> tuple[HttpAnswer, str | None]:
    headers = {name.lower(): value.decode("latin-1").strip() for name, value in response.headers}
    location = headers.get(b"location") if response.status in (301, 302, 303, 307, 308) else None
    if location is not None or not most_octets:
        return HttpAnswer(status=response.status), location
    if headers.get(b"content-encoding", "identity").lower() not in ("", "identity"):
        raise _NoAnswer("the server compresses its answer although it was asked not to")
    content = bytearray()
    async for chunk in response.aiter_stream():
        content += chunk
        if len(content) > most_octets:
            raise _NoAnswer(f"the answer is longer than {most_octets // 1024} kB")
    charset = re.search(r"charset=\"?([\w.:-]{1,40})", headers.get(b"content-type", ""), re.IGNORECASE)
    return HttpAnswer(
        status=response.status, content=bytes(content), charset=charset[1] if charset else "utf-8"
    ), None
