"""What is read of real rows: whether an operation is compiled shows in nothing that is answered."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest

from api.drafts import Draft
from fuzz.askers import Asker, askers_of, leave
from fuzz.operations import Operation
from letterhead.schema.execution import Execution
from letterhead.serving import Serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

TIMES_UNTIL_COMPILED = 3
CHANGING = {"requestId", "resetAt", "remaining", "lastUsedAt"}


async def test_answers_are_those_of_graphql_core(
    server: Serving, draft: Draft, operations: int, seed: int
) -> None:
    random = Random(f"compiled {seed}")
    everybody = await askers_of(server, draft, random, f"alike {seed}")
    askers = [asker for asker in everybody if asker.name != "nobody"]
    data = 0
    for _ in range(operations // 4):
        asker = random.choice(askers)
        operation = asker.writer.operation("query")
        answers = [await _told(asker, operation) for _ in range(TIMES_UNTIL_COMPILED)]
        with not_compiled():
            expected = await _told(asker, operation)
        assert answers == [expected] * TIMES_UNTIL_COMPILED, operation
        data += bool(expected[0])
    await leave(everybody)

    assert data > operations // 20


@contextmanager
def not_compiled() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Execution, "may_compile", False)
        yield


async def _told(asker: Asker, operation: Operation) -> tuple[Any, list[str]]:
    """The data, and each error with its place. Whose faults are whose is not the same twice."""
    content, json_media = json.dumps(operation.body()).encode(), {"Content-Type": "application/json"}
    response = await asker.caller.http.post("/graphql", content=content, headers=json_media)
    answer = response.json()
    return _lasting(answer.get("data")), sorted(repr(_lasting(error)) for error in answer.get("errors", ()))


def _lasting(value: Any) -> Any:
    match value:
        case dict():
            return {key: _lasting(one) for key, one in value.items() if key not in CHANGING}
        case list():
            return [_lasting(one) for one in value]
    return value
