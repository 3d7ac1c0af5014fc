"""The product's own schema, with stand-ins for what its resolvers come up with."""

from datetime import UTC, datetime
from random import Random
from types import SimpleNamespace
from typing import Any

import strawberry
from graphql import GraphQLField, GraphQLObjectType, GraphQLResolveInfo
from strawberry.schema.config import StrawberryConfig

from compiled.values import Later, Values
from letterhead.errors import NotAnswerable
from letterhead.schema.accounts import EmailAccount
from letterhead.schema.execution import DEFINITION, Execution
from letterhead.schema.mutation import Mutation
from letterhead.schema.query import Query
from letterhead.schema.scalars import SCALARS
from letterhead.schema.shown import READING

AT = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
ERRORS = (
    PermissionError("not for you"),
    NotAnswerable("FORBIDDEN", "No."),
    KeyError("key"),
    AssertionError(),
)


def path_of(field: GraphQLField) -> str | None:
    """Of a field that only reads what its object, or one that this holds, has at hand."""
    known = field.extensions[DEFINITION]
    if known.base_resolver is not None:
        reading = getattr(known.base_resolver.wrapped_func, READING, None)
        return reading.path if reading and reading.find is None and reading.show is None else None
    return known.python_name if known.is_basic_field else None


def _held(instance: Any, above: list[str]) -> Any:
    for name in above:
        vars(instance).setdefault(name, SimpleNamespace())
        instance = vars(instance)[name]
    return instance


class Instances(Values):
    """Objects of the classes that the schema is made from."""

    def object(self, kind: GraphQLObjectType, rng: Random, depth: int) -> Any:
        if rng.random() < self.faults:
            others = [one for one in self.schema.type_map.values() if isinstance(one, GraphQLObjectType)]
            kind = rng.choice([one for one in others if DEFINITION in one.extensions])
        definition = kind.extensions[DEFINITION]
        made_of = definition.concrete_of or definition
        instance = object.__new__(rng.choice((definition.origin, made_of.origin, made_of.origin)))
        for field in kind.fields.values():
            path = path_of(field)
            if path and rng.random() > self.faults / 2:
                *above, name = path.split(".")
                setattr(_held(instance, above), name, self.of(field.type, rng, depth + 1))
        casts = rng.random() < self.faults
        return strawberry.cast(rng.choice((definition.origin, EmailAccount)), instance) if casts else instance

    def member(self, kind: Any, rng: Random) -> Any:
        members = list(kind.extensions[DEFINITION].wrapped_cls)
        return rng.choice((*members, members[0].value)) if rng.random() > self.faults else "NOBODY"

    def scalar(self, name: str, rng: Random) -> Any:
        return AT if name == "DateTime" and rng.random() > self.faults else super().scalar(name, rng)


class Whole:
    """``seed`` and ``faults`` are for the next operation."""

    def __init__(self) -> None:
        made = strawberry.Schema(
            query=Query,
            mutation=Mutation,
            types=[EmailAccount],
            execution_context_class=Execution,
            config=StrawberryConfig(scalar_map=SCALARS),
        )
        self.schema, self.seed = made._schema, 0
        self.values = Instances(self.schema, 0.0)
        for kind in self.schema.type_map.values():
            if isinstance(kind, GraphQLObjectType) and DEFINITION in kind.extensions:
                self._stand_in(kind)

    def _stand_in(self, kind: GraphQLObjectType) -> None:
        for field in kind.fields.values():
            if path_of(field) is None:
                later = field.extensions[DEFINITION].is_async
                field.resolve = self._resolve_later if later else self._resolve

    def _resolve(self, _source: Any, info: GraphQLResolveInfo[Any], **given: Any) -> Any:
        rng = Random(f"{self.seed} {info.path.as_list()} {info.parent_type} {sorted(given)}")
        if rng.random() < self.values.faults:
            raise rng.choice(ERRORS)
        return self.values.of(info.return_type, rng)

    async def _resolve_later(self, source: Any, info: GraphQLResolveInfo[Any], **given: Any) -> Any:
        value = self._resolve(source, info, **given)
        return await value if isinstance(value, Later) else value
