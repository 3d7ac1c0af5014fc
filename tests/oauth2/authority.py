"""An authorization server (RFC 6749, RFC 7636, OIDC Core) that is strict, and remembers what it was asked."""

import asyncio
import base64
import hashlib
import json
import secrets
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import trustme
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from lab.tokens import token_for

CLIENT_ID = "letterhead-at-the-lab"
CLIENT_SECRET = "Canary-client-secret"


@dataclass
class Authority:
    """What a test may change: who is signed in there, what is granted, and how it misbehaves.

    ``signed_in``: the login at the service. ``grants``: the scopes; None: all that are asked for.
    ``refusal``: the error with which the person is sent back. ``lasts``: seconds of an access token.
    ``broken``: the status with which the token endpoint answers instead. ``held``: what it waits for.
    """

    url: str = ""
    callback: str = ""
    signed_in: str = "sales@lab.example"
    grants: tuple[str, ...] | None = None
    refusal: str | None = None
    lasts: int = 3600
    broken: int | None = None
    held: asyncio.Event | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    exchanges: Counter[str] = field(default_factory=Counter)
    issued: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    refresh_tokens: dict[str, dict[str, str]] = field(default_factory=dict)
    _waiting: dict[str, dict[str, str]] = field(default_factory=dict)

    def forget_codes(self) -> None:
        self._waiting.clear()

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        self.asked.append(asked)
        assert asked["response_type"] == "code"
        assert (asked["client_id"], asked["redirect_uri"]) == (CLIENT_ID, self.callback)
        assert (asked["code_challenge_method"], len(asked["code_challenge"])) == ("S256", 43)
        answer = {"state": asked["state"]}
        if self.refusal:
            answer |= {"error": self.refusal, "error_description": "The person <b>said</b> no."}
        else:
            answer["code"] = f"Canary-code-{secrets.token_urlsafe(12)}"
            self.codes.append(answer["code"])
            self._waiting[answer["code"]] = asked | {"user": self.signed_in}
        return RedirectResponse(f"{self.callback}?{urlencode(answer)}")

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode(), strict_parsing=True))
        self.exchanges[form["grant_type"]] += 1
        if self.held:
            await self.held.wait()
        if self.broken:
            return Response("out of order", self.broken)
        if (form["client_id"], form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return _error("invalid_client", 401)
        if form["grant_type"] == "refresh_token":
            consent = self.refresh_tokens.pop(form["refresh_token"], None)
        else:
            consent = self._redeemed(form)
        if consent is None:
            given = form.get("code") or form["refresh_token"]
            return _error("invalid_grant", 400, f"no such code or token: {given}")
        return JSONResponse(self._issued_for(consent))

    def _redeemed(self, form: dict[str, str]) -> dict[str, str] | None:
        """A code is good once, and for whoever knows what it was asked with."""
        consent = self._waiting.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest())
        if consent is None or consent["code_challenge"] != challenge.rstrip(b"=").decode():
            return None
        return consent if consent["redirect_uri"] == form["redirect_uri"] else None

    def _issued_for(self, consent: dict[str, str]) -> dict[str, object]:
        """With a refresh token that is good once: it rotates."""
        user, refresh = consent["user"], f"Canary-refresh-{secrets.token_urlsafe(12)}"
        access = token_for(user, expires_in=max(self.lasts, 30), note=secrets.token_hex(4))
        self.refresh_tokens[refresh] = consent
        self.issued += [access, refresh]
        claims = {"iss": self.url, "aud": CLIENT_ID, "email": user, "nonce": consent["nonce"]}
        return {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": self.lasts,
            "refresh_token": refresh,
            "scope": " ".join(self.grants) if self.grants else consent["scope"],
            "id_token": ".".join(map(_part, ({"alg": "none"}, claims, {}))),
        }


def _error(error: str, status: int, description: str = "") -> Response:
    return JSONResponse({"error": error, "error_description": description}, status)


def _part(value: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@asynccontextmanager
async def running_authority(ca: trustme.CA, port: int, folder: Path) -> AsyncIterator[Authority]:
    """At https://localhost, with a certificate of the laboratory's."""
    authority = Authority(url=f"https://localhost:{port}")
    pem = folder / "authority.pem"
    ca.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(pem))
    server = uvicorn.Server(
        uvicorn.Config(
            authority.app(),
            ssl_certfile=str(pem),
            log_config=None,
            access_log=False,
            lifespan="off",
        )
    )
    with socket.create_server(("127.0.0.1", port)) as listener:
        ended = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield authority
        finally:
            server.should_exit = True
            await ended
