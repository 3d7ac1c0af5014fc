"""A person's browser: it keeps cookies, and goes where it is sent."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urljoin

import httpx2


class Browser:
    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client
        self.visited: list[str] = []

    async def open(self, url: str) -> httpx2.Response:
        """The page at the end of all redirects."""
        while True:
            response = await self.look_at(url)
            if not response.is_redirect:
                return response
            url = urljoin(url, response.headers["location"])

    async def until(self, url: str, prefix: str) -> str:
        """The first address that begins like this, not yet opened."""
        while not url.startswith(prefix):
            response = await self.look_at(url)
            assert response.is_redirect, response.text
            url = urljoin(url, response.headers["location"])
        return url

    async def look_at(self, url: str) -> httpx2.Response:
        self.visited.append(url)
        return await self.client.get(url)


@asynccontextmanager
async def opened(ca_file: Path) -> AsyncIterator[Browser]:
    trust = ssl.create_default_context(cafile=ca_file)
    async with httpx2.AsyncClient(verify=trust, trust_env=False) as client:
        yield Browser(client)
