"""HTTP through the guarded dialler: no proxy, no cookie, no compression, nothing longer than wanted."""

import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import SplitResult, urljoin, urlsplit

from letterhead.wire.dial import Dialler
from letterhead.wire.http_answer import REFUSED, HttpAnswer, NoAnswer, Place
from letterhead.wire.targets import clean_host
from letterhead_providers import Fetch, FetchOutcome

MOST_OCTETS = 256 * 1024
MOST_REDIRECTS = 3


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
    except NoAnswer as exc:
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
    except NoAnswer as exc:
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


def _place(url: str, hosts_allowed: Callable[[str], bool] | None, *, allow_plain: bool) -> Place:
    """Exactly the host that is judged is the one that is dialled: nothing reads the URL a second time."""
    wrong = NoAnswer("this is not a web address that can be asked")
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
        raise NoAnswer("only https is spoken to this server")
    if hosts_allowed is not None and not hosts_allowed(host):
        raise NoAnswer(REFUSED)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(
        scheme=parts.scheme, host=host, port=port or (443 if parts.scheme == "https" else 80), target=target
    )


def _redirected(request: Fetch, place: Place, location: str) -> Fetch:
    """Headers may be meant for the first host alone, so another one is sent none of them."""
    try:
        url = urljoin(request.url, location)
        parts = urlsplit(url)
    except ValueError:
        raise NoAnswer("the server redirects to what is no web address") from None
    if parts.scheme != place.scheme:
        raise NoAnswer("the server redirects to another scheme")
    stays = urlsplit(request.url).netloc == parts.netloc
    return replace(request, url=url, headers=request.headers if stays else {})


async def _ask(
    dialler: Dialler, request: Fetch, place: Place, most_octets: int, *, only_opened: bool = False
) -> tuple[HttpAnswer, str | None]:
    from letterhead.wire.http_exchange import ask  # noqa: PLC0415 - HTTP itself: many a process never speaks it

    return await ask(dialler, request, place, most_octets, only_opened=only_opened)
