"""Somebody who vouches for people: its keys over HTTPS, and tokens as a test wants them."""

import asyncio
import hmac
import socket
import time
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme
import uvicorn
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

AUDIENCE = "letterhead"


@dataclass
class Issuer:
    """``keys``: those that are published. ``broken``: answers nothing but errors."""

    url: str
    keys: list[RSAKey] = field(default_factory=lambda: [new_key("first")])
    broken: bool = False
    asked: Counter[str] = field(default_factory=Counter)

    def token(self, *, key: RSAKey | None = None, alg: str = "RS256", **claims: Any) -> str:
        signing = key or self.keys[-1]
        at = int(time.time())
        said = {"iss": self.url, "aud": AUDIENCE, "sub": "ann", "iat": at, "exp": at + 300} | claims
        told = {name: value for name, value in said.items() if value is not None}
        return jwt.encode({"alg": alg, "kid": signing.kid}, told, signing)

    def unsigned(self, **claims: Any) -> str:
        head = _part(b'{"alg":"none"}')
        return f"{head}.{self.token(**claims).split('.')[1]}."

    def signed_with_the_public_key(self) -> str:
        """The old trick: what anybody may read, taken for a shared secret."""
        claims = self.token(org="Acme").split(".")[1]
        head = f'{{"alg":"HS256","kid":"{self.keys[-1].kid}"}}'
        signed = f"{_part(head.encode())}.{claims}"
        signature = hmac.digest(self.keys[-1].as_pem(private=False), signed.encode(), "sha256")
        return f"{signed}.{_part(signature)}"

    def app(self) -> Starlette:
        return Starlette(
            routes=[Route("/.well-known/openid-configuration", self._about), Route("/keys", self._published)]
        )

    async def _about(self, request: Request) -> Response:
        self.asked["about"] += 1
        if self.broken:
            return Response(status_code=500)
        return JSONResponse({"issuer": self.url, "jwks_uri": f"{self.url}/keys"})

    async def _published(self, request: Request) -> Response:
        self.asked["keys"] += 1
        return JSONResponse(KeySet(list(self.keys)).as_dict(private=False))


def _part(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def new_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})


@asynccontextmanager
async def running_issuer(ca: trustme.CA, port: int, folder: Path) -> AsyncIterator[Issuer]:
    issuer = Issuer(url=f"https://localhost:{port}")
    pem = folder / "issuer.pem"
    ca.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(pem))
    server = uvicorn.Server(
        uvicorn.Config(issuer.app(), ssl_certfile=str(pem), log_config=None, access_log=False, lifespan="off")
    )
    with socket.create_server(("127.0.0.1", port)) as listener:
        ended = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield issuer
        finally:
            server.should_exit = True
            await ended
