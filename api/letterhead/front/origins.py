"""Whose pages may ask from a browser (CORS)."""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import Message, Receive, Scope, Send

from letterhead.front.headers import header


class Origins(CORSMiddleware):
    """Starlette's, for requests that say which page they come from; answers to others depend on it too."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or header(scope, b"origin") is not None:
            await super().__call__(scope, receive, send)
            return

        async def varied(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"vary", b"Origin")]
            await send(message)

        await self.app(scope, receive, varied)
