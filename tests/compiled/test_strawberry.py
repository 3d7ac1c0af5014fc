"""What Strawberry wraps around resolvers still holds, and loaders still load together."""

from collections.abc import Awaitable
from enum import Enum
from typing import Annotated, Any

import pytest
import strawberry
from graphql import GraphQLError
from strawberry.dataloader import DataLoader
from strawberry.extensions import SchemaExtension
from strawberry.extensions.field_extension import FieldExtension
from strawberry.permission import BasePermission
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from letterhead.schema.execution import Execution


class Nobody(BasePermission):
    message = "nobody may"

    def has_permission(self, source: Any, info: strawberry.Info, **given: Any) -> bool:
        return False


class Doubled(FieldExtension):
    def resolve(self, next_: Any, source: Any, info: strawberry.Info, **given: Any) -> Any:
        return next_(source, info, **given) * 2


class Size(Enum):
    SMALL = "s"
    LARGE = "l"


@strawberry.input
class Box:
    size: Size = Size.SMALL
    tags: list[str] = strawberry.field(default_factory=list)


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Dog(Named):
    size: Size
    secret: str = strawberry.field(default="s", permission_classes=[Nobody])

    @strawberry.field(extensions=[Doubled()])
    def bark(self, times: int = 1) -> str:
        return "wuff" * times


@strawberry.type
class Cat(Named):
    lives: int | None

    @strawberry.field
    async def friend(self, info: strawberry.Info) -> "Dog | None":
        return await info.context["dogs"].load(self.name)


@strawberry.type
class Kennel:
    first: Dog


Animal = Annotated[Dog | Cat, strawberry.union("Animal")]


class Row:
    name, size = "not ours", Size.LARGE


@strawberry.type
class Query:
    @strawberry.field
    def where(self, info: strawberry.Info, box: Box | None = None, first: int = 3) -> str:
        asked = [field.name for field in info.selected_fields]
        return f"{info.path.as_list()} {info.field_name} {asked} {info.variable_values} {box} {first}"

    @strawberry.field
    def animals(self) -> list[Animal]:
        return [Dog(name="d", size=Size.LARGE), Cat(name="a", lives=7), Cat(name="b", lives=None)]

    @strawberry.field
    def named(self) -> list[Named | None]:
        cast = strawberry.cast(Dog, Row())
        return [Dog(name="d", size=Size.SMALL), cast, None, Row()]  # type: ignore[list-item]  # on purpose

    @strawberry.field
    def kennels(self) -> list[Kennel | None]:
        dogs = [Dog(name=name, size=Size.SMALL) for name in "de"]
        return [Kennel(first=dogs[0]), Kennel(first=strawberry.cast(Cat, dogs[1]))]

    @strawberry.field
    async def fails(self, size: Size) -> str | None:
        raise GraphQLError(f"no {size}", extensions={"code": "NO"})


DOCUMENTS = [
    "{ where here: where(first: 2) }",
    "query ($box: Box, $n: Int! = 5) { where(box: $box, first: $n) x: where(box: {size: LARGE, tags: []}) }",
    "{ animals { __typename ... on Dog { size bark b: bark(times: 2) } ... on Cat { friend { name } } } }",
    "{ kennels { first { name } } }",
    "{ named { name ... on Dog { size } } }",
    "{ animals { ... on Dog { secret } } }",
    "query ($size: Size!) { fails(size: $size) again: fails(size: LARGE) }",
]


def make(executor: type, *extensions: type[SchemaExtension]) -> strawberry.Schema:
    return strawberry.Schema(Query, types=[Dog], execution_context_class=executor, extensions=extensions)


async def asked(schema: strawberry.Schema, document: str) -> tuple[Any, ...]:
    batches: list[list[str]] = []

    async def load(names: list[str]) -> list[Dog]:
        batches.append(names)
        return [Dog(name=f"{name}'s", size=Size.SMALL) for name in names]

    variables = {"box": {"size": "LARGE", "tags": ["a"]}, "size": "SMALL"}
    answer = await schema.execute(document, variables, {"dogs": DataLoader(load_fn=load)})
    return answer.data, [error.formatted for error in answer.errors or ()], batches


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("CRITICAL", "strawberry.execution")


@pytest.mark.parametrize("document", DOCUMENTS)
async def test_answers_are_the_same(document: str) -> None:
    expected = await asked(make(StrawberryGraphQLCoreExecutionContext), document)
    compiled = make(Execution)
    for _ in range(3):
        assert await asked(compiled, document) == expected


async def test_loaders_load_together() -> None:
    compiled = make(Execution)
    await asked(compiled, DOCUMENTS[2])
    _, errors, batches = await asked(compiled, DOCUMENTS[2])
    assert errors == []
    assert batches == [["a", "b"]]


async def test_an_extension_that_resolves_is_asked_for_every_field() -> None:
    class Loud(SchemaExtension):
        def resolve(self, next_: Any, source: Any, info: Any, *args: Any, **given: Any) -> Any:
            value: Awaitable[Any] | Any = next_(source, info, *args, **given)
            return value.upper() if isinstance(value, str) else value

    data, _, _ = await asked(make(Execution, Loud), "{ animals { ... on Dog { name } } }")
    assert data == {"animals": [{"name": "D"}, {}, {}]}
