"""Requests that no client library would send."""

from typing import Any

import httpx2

from lab.product import Caller

JSON, GRAPHQL = "application/json", "application/graphql-response+json"
VIEWER = "{ viewer { permissions } }"


async def post(caller: Caller, body: Any, **headers: str) -> httpx2.Response:
    """A JSON body, and headers written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await caller.http.post("/graphql", json=body, headers=named)


async def asked(caller: Caller, document: str, **variables: Any) -> httpx2.Response:
    return await post(caller, {"query": document, "variables": variables}, Accept=GRAPHQL)


def codes(answer: httpx2.Response) -> list[str]:
    return [error["extensions"]["code"] for error in answer.json().get("errors", [])]


def refused(answer: httpx2.Response) -> tuple[int, list[str], bool]:
    """Status, codes, each named once, and whether anything was executed."""
    return answer.status_code, sorted({*codes(answer)}), "data" in answer.json()
