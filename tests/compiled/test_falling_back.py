"""What is not covered is left to graphql-core, before anything is resolved."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from graphql import build_schema, execute, parse, subscribe
from graphql.pyutils import AbortController

from compiled.alike import Compiled, executed

SCHEMA = build_schema("""
directive @loud on FIELD
type Query { name(of: String): String! other: Query }
type Mutation { name: String second: Query }
type Subscription { ticks: Int }
""")
COVERED = """
query ($yes: Boolean!) { name(of: "x") @include(if: $yes) __typename ...F }
fragment F on Query { other { name } }
"""


class Root:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def name(self, _info: Any, of: str = "") -> str:
        self.asked.append(of)
        return f"Ann {of}"

    def other(self, _info: Any) -> "Root":
        return self


def is_left(document: str, **given: Any) -> bool:
    """Whether graphql-core has done it."""
    before = Compiled.compiled
    for root in (Root(), Root()):
        execute(SCHEMA, parse(document), root, executor_class=Compiled, **given)
        assert len(root.asked) <= document.count("name"), "nothing is resolved twice"
    return Compiled.compiled == before


@pytest.mark.parametrize(
    "document",
    [
        "{ __schema { queryType { name } } name }",
        '{ name __type(name: "Query") { name } }',
        "{ name @loud }",
        "query @experimental_disableErrorPropagation { name }",
        "query ($no: Boolean) { name other @skip(if: $no) { name } }",
        "{ " + " ".join(f"n{number}: name" for number in range(501)) + " }",
    ],
)
def test_is_left_to_graphql_core(document: str) -> None:
    assert is_left(document)


def test_is_covered() -> None:
    assert not is_left(COVERED, variable_values={"yes": True})


def test_what_is_asked_once_is_not_compiled() -> None:
    before = Compiled.compiled
    execute(SCHEMA, parse("{ once: name }"), Root(), executor_class=Compiled)
    assert Compiled.compiled == before


def test_each_value_of_a_condition_has_its_own_form() -> None:
    for yes in (True, False) * 3:
        given = {"root_value": Root(), "variable_values": {"yes": yes}}
        expected = execute(SCHEMA, parse(COVERED), **given)
        assert execute(SCHEMA, parse(COVERED), executor_class=Compiled, **given) == expected


def test_operations_of_one_document_are_told_apart() -> None:
    document = parse("query A { a: name } query B { b: name }")
    for name in "ABABAB":
        answer = execute(SCHEMA, document, Root(), operation_name=name, executor_class=Compiled)
        assert answer.data == {name.lower(): "Ann "}


def test_variables_are_read_each_time() -> None:
    document = parse("query ($of: String) { name(of: $of) }")
    for of in "xyz":
        answer = execute(SCHEMA, document, Root(), variable_values={"of": of}, executor_class=Compiled)
        assert answer.data == {"name": f"Ann {of}"}


def test_middleware_is_asked_for_every_field() -> None:
    def loud(next_: Any, source: Any, info: Any, **given: Any) -> Any:
        value = next_(source, info, **given)
        return value.upper() if isinstance(value, str) else value

    given = {"root_value": Root(), "executor_class": Compiled, "middleware": [loud]}
    assert execute(SCHEMA, parse("{ name }"), **given).data == {"name": "ANN "}


def test_an_abort_signal_is_graphql_cores() -> None:
    assert is_left("{ name }", abort_signal=AbortController().signal)


def test_a_document_that_does_not_say_where_it_stands() -> None:
    before = Compiled.compiled
    execute(SCHEMA, parse("{ name }", no_location=True), Root(), executor_class=Compiled)
    assert Compiled.compiled == before


async def test_subscriptions() -> None:
    async def ticks(_info: Any) -> AsyncIterator[dict[str, int]]:
        yield {"ticks": 1}

    before = Compiled.compiled
    events: Any = subscribe(
        SCHEMA, parse("subscription { ticks }"), {"ticks": ticks}, executor_class=Compiled
    )
    assert [event.data async for event in events] == [{"ticks": 1}]
    assert Compiled.compiled == before


async def test_mutations_wait_for_each_other() -> None:
    order: list[str] = []

    async def step(name: str) -> str:
        order.append(f"{name} begins")
        await asyncio.sleep(0)
        order.append(f"{name} ends")
        return name

    root = {"name": lambda _info: step("first"), "second": lambda _info: {"name": lambda _i: step("second")}}
    document = parse("mutation { name again: name second { name } }")
    await executed(SCHEMA, document, Compiled, root_value=root)
    order.clear()
    answer = await executed(SCHEMA, document, Compiled, root_value=root)
    assert answer.data == {"name": "first", "again": "first", "second": {"name": "second"}}
    assert [line.split()[0] for line in order[::2]] == ["first", "first", "second"]
    assert all(a.split()[0] == b.split()[0] for a, b in zip(order[::2], order[1::2], strict=True))
