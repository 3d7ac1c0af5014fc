"""A client of the schema, as small as one can be."""

from typing import Any

import httpx2

from letterhead.errors import LetterheadError


class TourFailed(LetterheadError):
    """A step came out otherwise than it should."""


class Asking:
    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def ask(self, document: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        response = await self._client.post("/graphql", json={"query": document, "variables": variables or {}})
        answer = response.json()
        if answer.get("errors"):
            raise TourFailed("; ".join(error["message"] for error in answer["errors"]))
        data: dict[str, Any] = answer["data"]
        return data

    async def do(self, document: str, mutation: str, given: dict[str, Any]) -> dict[str, Any]:
        """A mutation that is meant to succeed."""
        payload: dict[str, Any] = (await self.ask(document, {"input": given}))[mutation]
        if payload["errors"]:
            raise TourFailed("; ".join(error["message"] for error in payload["errors"]))
        return payload
