"""The two addresses a browser comes to on its way to a service and back, and the small pages it may see."""

import base64
import hashlib
from collections.abc import Awaitable, Callable
from functools import partial
from html import escape
from urllib.parse import urlsplit
from uuid import UUID

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from letterhead.house import House
from letterhead.signin.flows import DoneStep, FailedStep, Flow
from letterhead.signin.starting import EXPIRES_AFTER
from letterhead.signin.tickets import cookie_name
from letterhead.signin.visiting import NotThisWay, come_back, depart
from letterhead.wire.origins import with_parameter

LONGEST_QUERY = 8192
STYLE = "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:4rem auto;padding:0 1rem}"
PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
GO_ON = "You can close this window and go on where you began."
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>{style}</style>
<h1>{title}</h1>
{paragraphs}
</html>
"""

Answer = Callable[[House, Request], Awaitable[Response]]


def content_policy(**sources: str) -> dict[str, str]:
    """Headers of a page to which nothing is allowed but ``sources``, such as ``style_src``."""
    allowed = [f"{name.replace('_', '-')} {source}; " for name, source in sources.items()]
    policy = (
        f"default-src 'none'; {''.join(allowed)}base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return PRIVATE | {"Content-Security-Policy": policy}


def only(text: str) -> str:
    """As a source: this very script or style, and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


HEADERS = content_policy(style_src=only(STYLE))


def sign_in_routes(house: House, *, opaque: Callable[[UUID], str]) -> list[Route]:
    """``opaque``: a flow's id as front ends know it."""
    back = partial(_answered, house, partial(_back, opaque=opaque))
    return [
        Route("/sign-in/callback", back, methods=["GET"]),
        Route("/sign-in/{ticket}", partial(_answered, house, _out), methods=["GET"]),
    ]


async def _answered(house: House, answer: Answer, request: Request) -> Response:
    try:
        response = await answer(house, request)
    except NotThisWay as no:
        response = _page(no.title, no.advice, status=no.status)
    response.headers.update(HEADERS)
    return response


async def _out(house: House, request: Request) -> Response:
    departure = await depart(house, request.path_params["ticket"])
    response = RedirectResponse(departure.url, status_code=302)
    name, value = departure.cookie
    response.set_cookie(
        name,
        value,
        max_age=int(EXPIRES_AFTER.total_seconds()),
        path=_cookie_path(house),
        secure=house.settings.address_of("").startswith("https:"),
        httponly=True,
        samesite="lax",
    )
    return response


async def _back(house: House, request: Request, *, opaque: Callable[[UUID], str]) -> Response:
    if len(request.url.query) > LONGEST_QUERY:
        raise NotThisWay("The service answered at too great a length", "Start again.", status=400)
    flow = await come_back(house, dict(request.query_params), request.cookies)
    if flow.return_to:
        url = with_parameter(flow.return_to, "flowId", opaque(flow.id))
        response: Response = RedirectResponse(url, status_code=303)
    else:
        response = _page_of(flow)
    response.delete_cookie(cookie_name(flow.id), path=_cookie_path(house))
    return response


def _cookie_path(house: House) -> str:
    """Where a proxy puts this server below a path of its own, the browser sees that too."""
    return urlsplit(house.settings.address_of("/sign-in")).path


def _page_of(flow: Flow) -> Response:
    match flow.step:
        case DoneStep():
            return _page(
                f"{flow.address} is signed in", "You can close this window and go on where you began."
            )
        case FailedStep(diagnosis=diagnosis):
            advice = [instruction.text for instruction in diagnosis.advice]
            said = [f"The service said: {diagnosis.reply.text}"] if diagnosis.reply else []
            return _page(diagnosis.title, diagnosis.explanation, *said, *advice)
        case _:
            return _page("The sign-in goes on", GO_ON)


def _page(title: str, *paragraphs: str, status: int = 200) -> Response:
    html = PAGE.format(
        title=escape(title),
        style=STYLE,
        paragraphs="\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs),
    )
    return HTMLResponse(html, status_code=status)
