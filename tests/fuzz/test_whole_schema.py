"""Whatever anybody asks: no fault, nothing of another company, no secret, and the server goes on.

LETTERHEAD_FUZZ_OPERATIONS and LETTERHEAD_FUZZ_SEED ask for more, and for others.
"""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

from api.drafts import Draft
from fuzz.askers import Asker, askers_of, leave
from fuzz.memory import resident_mebibytes
from fuzz.operations import Operation
from letterhead.serving import Serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROUND = 400
"""Then they begin anew with companies in which nothing was deleted yet."""
KINDS = ("query",) * 5 + ("mutation",) * 4 + ("subscription",)
LONG = 10_000
"""For an address."""
GIVEN_UP_SECONDS = 1.0
MOST_MEBIBYTES = 150


@dataclass
class Report:
    """``wrong``: by the kind of trouble, the last answer of it."""

    answered: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, str] = field(default_factory=dict)


async def test_whatever_is_asked_is_answered(
    server: Serving, draft: Draft, operations: int, seed: int
) -> None:
    random, report = Random(seed), Report()
    grown = 0.0
    for number in range(0, operations, ROUND):
        askers = await askers_of(server, draft, random, f"{seed}-{number}")
        before = resident_mebibytes()
        for _ in range(min(ROUND, operations - number)):
            await _ask(random.choice(askers), random, report)
        if number:
            grown += resident_mebibytes() - before
        await leave(askers)
    print(
        report.answered,
        report.statuses,
        report.codes,
        report.fields,
        report.fields.total(),
        f"{grown:.0f} MiB",
        sep="\n",
    )

    assert not report.wrong, "\n".join(report.wrong.values())
    assert grown < MOST_MEBIBYTES
    assert set(report.statuses) >= {200, 400, 401}


async def _ask(asker: Asker, random: Random, report: Report) -> None:
    operation = asker.writer.operation(random.choice(KINDS))
    with capture_logs() as logs:
        answer = await (_watched if operation.kind == "subscription" else _sent)(asker, operation, random)
    report.answered[asker.name] += 1
    report.statuses[answer.status_code] += 1
    text = answer.text
    for problem in _problems(asker, answer, logs, report):
        kind = f"{operation.field}: {problem[:60]}"
        report.wrong[kind] = f"{asker.name} {problem[:500]}\n  {operation}"[:3000]
    if answer.status_code == 200 and '"data":{' in text:
        report.fields[operation.field] += 1
        _remember(asker, text)


async def _sent(asker: Asker, operation: Operation, random: Random) -> httpx2.Response:
    body: Any = operation.body()
    match random.randrange(60):
        case 0:
            body["variables"] = random.choice([[], "x", 1, None, {"v0": {"v0": {}}}, {"": "\0"}])
        case 1:
            body["operationName"] = random.choice(["none", "\0", 1, "", []])
        case 2:
            body["extensions"] = random.choice(
                [[], {"persistedQuery": 1}, {"persistedQuery": {"version": 1}}]
            )
        case 3:
            body = random.choice([[body], None, "x", {}, {"query": 1}, {"query": "\ud800"}])
        case 4 if len(json.dumps(body)) < LONG:
            given = {key: one if isinstance(one, str) else json.dumps(one) for key, one in body.items()}
            given = {key: one.encode("utf-8", "replace").decode() for key, one in given.items()}
            return await asker.caller.http.get("/graphql", params=given)
    content, json_media = json.dumps(body).encode(), {"Content-Type": "application/json"}
    return await asker.caller.http.post("/graphql", content=content, headers=json_media)


async def _watched(asker: Asker, operation: Operation, random: Random) -> httpx2.Response:
    """Until there is something to see, or for a moment."""
    media = {"Accept": "text/event-stream", "Content-Type": "application/json"}
    content, heard = json.dumps(operation.body()).encode(), ""
    async with asker.caller.http.stream("POST", "/graphql", content=content, headers=media) as response:
        if not response.headers["content-type"].startswith("text/event-stream"):
            await response.aread()
            return response
        try:
            async with asyncio.timeout(GIVEN_UP_SECONDS):
                async for line in response.aiter_lines():
                    heard = line.removeprefix("data: ") if line.startswith("data: {") else heard
                    if heard:
                        break
        except TimeoutError:
            pass
    return httpx2.Response(response.status_code, text=heard or "{}")


def _problems(asker: Asker, answer: httpx2.Response, logs: list[Any], report: Report) -> list[str]:
    found = [f"status {answer.status_code}"] if answer.status_code >= 500 else []
    shown = answer.text.lower()
    try:
        errors = answer.json().get("errors", [])
    except ValueError:
        return [*found, f"no JSON: {answer.text[:200]}"]
    for error in errors:
        code = error.get("extensions", {}).get("code", "none")
        report.codes[code] += 1
        if code in {"INTERNAL", "TIMEOUT", "none"}:
            found.append(f"{code}: {error}")
    found += [f"shown: {text}" for text in asker.hidden if text in shown]
    found += [
        f"logged: {entry.get('exc_info')!r} {entry}"
        for entry in logs
        if entry["log_level"] in {"error", "critical"}
    ]
    return found


def _remember(asker: Asker, text: str) -> None:
    """Ids and cursors that were shown are asked for next."""
    values = asker.writer.values
    for name, value in _strings(json.loads(text)):
        if name in {"startCursor", "endCursor", "cursor"} and len(values.cursors) < 50:
            values.cursors.append(value)
        elif name == "id" and len(values.own) < 400 and not value.startswith("QXBpVG9rZW46"):
            values.own.append(value)


def _strings(value: Any, name: str = "") -> list[tuple[str, str]]:
    match value:
        case dict():
            return [pair for key, one in value.items() for pair in _strings(one, key)]
        case list():
            return [pair for one in value for pair in _strings(one, name)]
        case str():
            return [(name, value)]
    return []
