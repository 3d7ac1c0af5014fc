"""What resolvers may come up with, right or wrong, told by a seed alone: the same for both executions."""

import asyncio
from collections.abc import AsyncIterator, Generator
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    get_nullable_type,
    is_abstract_type,
    is_list_type,
    is_non_null_type,
)


class Later:
    """Awaitable, any number of times."""

    def __init__(self, value: Any, ticks: int) -> None:
        self.value, self.ticks = value, ticks

    def __await__(self) -> Generator[Any, None, Any]:
        for _ in range(self.ticks):
            yield from asyncio.sleep(0).__await__()
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


class Odd:
    """Of no type in any schema."""

    def __repr__(self) -> str:
        return "odd"


async def in_turn(items: list[Any]) -> AsyncIterator[Any]:
    for item in items:
        yield item


WRONG = (Odd(), "", "word", 7, -1, 2**40, 0.5, float("nan"), True, [], ["a"], {}, {"a": 1}, Undefined, b"x")


class Values:
    """``faults``: how likely something is wrong, at each value."""

    def __init__(self, schema: GraphQLSchema, faults: float) -> None:
        self.schema, self.faults = schema, faults

    def of(self, kind: Any, rng: Random, depth: int = 0) -> Any:
        """For a field or a list's item of the type ``kind``; maybe an awaitable of it."""
        chance = rng.random()
        if chance < self.faults:
            return self.wrong(rng)
        value = None if chance < self.faults * 2 or depth > 8 else self.right(kind, rng, depth)
        if not is_non_null_type(kind) and rng.random() < 0.1:
            value = None
        return Later(value, rng.choice((0, 0, 1, 2))) if rng.random() < 0.15 else value

    def wrong(self, rng: Random) -> Any:
        error = rng.choice((ValueError("no"), KeyError("k"), RuntimeError("")))
        return rng.choice((error, Later(error, rng.choice((0, 1, 2))), Later(None, 1), *WRONG))

    def right(self, kind: Any, rng: Random, depth: int) -> Any:
        kind = get_nullable_type(kind)
        if is_list_type(kind):
            return self.many(kind, rng, depth)
        if is_abstract_type(kind):
            types = self.schema.get_possible_types(kind)
            return self.object(rng.choice(types), rng, depth)
        if isinstance(kind, GraphQLObjectType):
            return self.object(kind, rng, depth)
        return self.member(kind, rng) if isinstance(kind, GraphQLEnumType) else self.scalar(kind.name, rng)

    def many(self, kind: Any, rng: Random, depth: int) -> Any:
        items = [self.of(kind.of_type, rng, depth + 1) for _ in range(rng.choice((0, 1, 2, 2, 3)))]
        shape = rng.random()
        if shape < 0.8:
            return items
        return tuple(items) if shape < 0.9 else iter(items) if shape < 0.95 else in_turn(items)

    def member(self, kind: GraphQLEnumType, rng: Random) -> Any:
        name, value = rng.choice(list(kind.values.items()))
        return rng.choice((value.value, value.value, value.value, name, "NOBODY"))

    def scalar(self, name: str, rng: Random) -> Any:
        plain: dict[str, tuple[Any, ...]] = {
            "Int": (0, 1, -5, 2**31 - 1, -(2**31), 2**31, True, 3.0, "4"),
            "Float": (0.5, 1, -2.5, "1.5"),
            "String": ("a", "", "ü", 3, True),
            "ID": ("1", "x", 5),
            "Boolean": (True, False, 1, 0.0),
        }
        return rng.choice(plain.get(name, ("a", 1, None, "fails")))

    def object(self, kind: GraphQLObjectType, rng: Random, depth: int) -> Any:
        raise NotImplementedError
