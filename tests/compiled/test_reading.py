"""What fields only read is read in place, and what is odd is said as by the resolvers themselves."""

from dataclasses import dataclass
from typing import Any, cast

import pytest
import strawberry
from graphql import ExecutionResult, execute, parse
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from compiled.alike import shown as told
from letterhead.schema.execution import Execution
from letterhead.schema.shown import shown, wrapping
from letterhead.store.rows import column


class Leaf:
    def __init__(self, **stored: Any) -> None:
        self.stored = stored

    name: str = column("name")
    weight: int = column("weight", int)


@dataclass
class Branch:
    leaves: list[Any]
    branch: "Branch | None" = None


@strawberry.type
class ShownLeaf:
    leaf: strawberry.Private[Leaf]
    name: str = shown("leaf.name", "")
    weight: int | None = shown("leaf.weight", "")


made: list[object] = []


def _show_branch(held: Branch) -> "ShownBranch":
    return show_branch(held)


@strawberry.type
class ShownBranch:
    held: strawberry.Private[Branch]
    leaves: list[ShownLeaf | None] = shown("held.leaves", "", wrapping(ShownLeaf, "leaf", Leaf), each=True)
    branch: "ShownBranch | None" = shown("held.branch", "", _show_branch)

    def __post_init__(self) -> None:
        made.append(self)


show_branch = wrapping(ShownBranch, "held", Branch)


@strawberry.type
class Query:
    @strawberry.field
    def tree(self, info: strawberry.Info) -> ShownBranch:
        return show_branch(cast("Any", info.context))


SCHEMA = strawberry.Schema(query=Query)
GOOD, NOT_A_NUMBER, WITHOUT_A_NAME = (
    Leaf(name="oak", weight="3"),
    Leaf(name="ash", weight="heavy"),
    Leaf(name=None, weight=None),
)


def answer(document: str, tree: Branch, executor: type) -> ExecutionResult:
    result = execute(SCHEMA._schema, parse(document), context_value=tree, executor_class=executor)
    assert isinstance(result, ExecutionResult)
    return result


@pytest.mark.parametrize(
    "leaves",
    [
        [],
        [GOOD],
        [None],
        [GOOD, NOT_A_NUMBER],
        [WITHOUT_A_NAME, GOOD],
        ["no leaf"],
        [ValueError("gone")],
        "oak",
        None,
    ],
)
def test_answers_and_errors_are_those_of_the_resolvers(leaves: Any) -> None:
    document, tree = "{ tree { leaves { __typename name weight } } }", Branch(leaves)

    expected = answer(document, tree, StrawberryGraphQLCoreExecutionContext)
    answers = [answer(document, tree, Execution) for _ in range(3)]

    assert [told(one) for one in answers] == [told(expected)] * 3


def test_objects_that_only_hold_another_one_are_not_made() -> None:
    tree = Branch([], Branch([GOOD]))
    document = "{ tree { only: branch { leaves { name } } } }"

    answers = [answer(document, tree, Execution) for _ in range(3)]
    made.clear()
    answers.append(answer(document, tree, Execution))

    assert [one.data for one in answers] == [{"tree": {"only": {"leaves": [{"name": "oak"}]}}}] * 4
    assert not [one for one in made if isinstance(one, ShownLeaf)]


def test_a_document_may_nest_more_deeply_than_python() -> None:
    tree, document = Branch([GOOD]), "leaves { name }"
    for _ in range(60):
        tree, document = Branch([], tree), f"branch {{ {document} }}"
    document = f"{{ tree {{ {document} }} }}"

    expected = answer(document, tree, StrawberryGraphQLCoreExecutionContext)
    answers = [answer(document, tree, Execution) for _ in range(3)]

    assert [told(one) for one in answers] == [told(expected)] * 3
