"""The page behind a one-time link, and the two addresses that its script asks."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from letterhead.errors import LetterheadError
from letterhead.house import House
from letterhead.signin import links
from letterhead.signin.flows import AskStep, DoneStep, FailedStep, Step, VisitStep, WaitStep
from letterhead.signin.links import LinkNotGood, OpenedLink
from letterhead.signin.web import PRIVATE, content_policy, only
from letterhead.wire.server import MailServer
from letterhead_providers import Instruction

MOST_OCTETS = 16 * 1024
NOT_GOOD = (
    "It was used already, has expired, was withdrawn, or is not complete. Ask whoever sent it to you for a "
    "new one."
)

FOLDER = Path(__file__).parent / "page"
STYLE, SCRIPT = ((FOLDER / name).read_text(encoding="utf-8") for name in ("link.css", "link.js"))
PAGE = (
    (FOLDER / "link.html")
    .read_text(encoding="utf-8")
    .replace("<style></style>", f"<style>{STYLE}</style>")
    .replace("<script></script>", f"<script>{SCRIPT}</script>")
)
HEADERS = content_policy(
    style_src=only(STYLE),
    script_src=only(SCRIPT),
    connect_src="'self'",
    require_trusted_types_for="'script'",
)

Answer = Callable[[House, Mapping[str, Any]], Awaitable[OpenedLink]]


class NotUnderstood(LetterheadError):
    """``status``: as in HTTP."""

    def __init__(self, why: str, *, status: int) -> None:
        super().__init__(why)
        self.status = status


def link_routes(house: House) -> list[Route]:
    return [
        Route("/sign-in/link", _page, methods=["GET"]),
        Route("/sign-in/link/open", partial(_answered, house, _open), methods=["POST"]),
        Route("/sign-in/link/answer", partial(_answered, house, _answer), methods=["POST"]),
    ]


async def _page(request: Request) -> Response:
    return HTMLResponse(PAGE, headers=HEADERS)


async def _answered(house: House, answer: Answer, request: Request) -> Response:
    try:
        shown, status = _shown(await answer(house, await _told(request))), 200
    except LinkNotGood:
        shown, status = {"message": NOT_GOOD}, 410
    except NotUnderstood as no:
        shown, status = {"message": str(no)}, no.status
    return JSONResponse(shown, status, headers=PRIVATE)


async def _open(house: House, told: Mapping[str, Any]) -> OpenedLink:
    return await links.look(house, _text(told.get("token")))


async def _answer(house: House, told: Mapping[str, Any]) -> OpenedLink:
    answers = told.get("answers")
    if not isinstance(answers, dict):
        raise NotUnderstood("The answers are missing.", status=400)
    given = {name: _text(value) for name, value in answers.items()}
    return await links.answer(house, _text(told.get("token")), given)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise NotUnderstood("The token and each answer are texts.", status=400)
    return value


async def _told(request: Request) -> dict[str, Any]:
    """A page of another origin cannot send JSON here unless we let it, and we do not."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise NotUnderstood("Send application/json.", status=415)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_OCTETS:
            raise NotUnderstood(f"That is more than {MOST_OCTETS} octets.", status=413)
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        told = None
    if not isinstance(told, dict):
        raise NotUnderstood("That is not a JSON object.", status=400)
    return told


def _shown(link: OpenedLink) -> dict[str, Any]:
    flow = link.flow
    servers = (("sends", flow.smtp), ("receives", flow.incoming))
    return {
        "company": link.company,
        "requester": link.requester,
        "address": flow.address,
        "service": link.service,
        "servers": {what: _server(server, link) for what, server in servers if server},
        "expiresAt": flow.expires_at.isoformat(),
        "step": _step(flow.step),
    }


def _server(server: MailServer, link: OpenedLink) -> dict[str, Any]:
    return {
        "host": server.host,
        "port": server.port,
        "security": server.security,
        "known": server.host not in link.unknown_hosts,
    }


def _step(step: Step) -> dict[str, Any]:
    match step:
        case AskStep():
            return {
                "is": "ask",
                "title": step.title,
                "instructions": _instructions(step.instructions),
                "fields": [
                    {
                        "name": f.name,
                        "label": f.label,
                        "secret": f.secret,
                        "required": f.required,
                        "help": f.help,
                    }
                    for f in step.fields
                ],
                "problems": [{"field": p.field, "message": p.message} for p in step.problems],
            }
        case VisitStep():
            return {"is": "visit", "url": step.url}
        case WaitStep():
            return {"is": "wait", "message": step.message}
        case DoneStep():
            return {"is": "done"}
        case FailedStep(diagnosis=diagnosis):
            return {
                "is": "failed",
                "title": diagnosis.title,
                "explanation": diagnosis.explanation,
                "said": diagnosis.reply.text if diagnosis.reply else None,
                "advice": _instructions(diagnosis.advice),
            }


def _instructions(instructions: tuple[Instruction, ...]) -> list[dict[str, str | None]]:
    return [{"text": instruction.text, "link": instruction.link} for instruction in instructions]
