"""Small schemas from a seed, with everything that a type can be, and resolvers told by seed and path."""

from functools import partial
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    GraphQLUnionType,
)
from graphql.type import GraphQLDefaultInput

from compiled.values import Later, Values

SCALARS = (GraphQLInt, GraphQLString, GraphQLBoolean, GraphQLFloat, GraphQLID)


def write_moody(value: Any) -> Any:
    if value == "fails":
        raise ValueError("this one cannot be written")
    return value


class Thing:
    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __repr__(self) -> str:
        return f"a {self.kind}"


class Things(Values):
    def object(self, kind: GraphQLObjectType, rng: Random, depth: int) -> Any:
        lies = rng.random() < self.faults
        name = rng.choice(list(self.schema.type_map)) if lies else kind.name
        return {"__typename": name} if rng.random() < 0.2 else Thing(name)


def plainly(value: Any) -> str:
    """The same for the same value, wherever it lies in memory."""
    if isinstance(value, tuple | list):
        return str([plainly(one) for one in value])
    return repr(value) if isinstance(value, str | int | float | dict | Thing) else type(value).__name__


class World:
    """``schema``, and a ``seed`` that tells what its resolvers do at each path."""

    def __init__(self, rng: Random) -> None:
        self.seed, self.rng = rng.random(), rng
        self.faults = rng.choice((0.0, 0.02, 0.1))
        self.enum = GraphQLEnumType("Colour", {"RED": 1, "GREEN": "green", "BLUE": None})
        self.moody = GraphQLScalarType("Moody", coerce_output_value=write_moody)
        count = GraphQLArgument(GraphQLNonNull(GraphQLInt), default=GraphQLDefaultInput(value=2))
        self.arguments = {
            "count": count,
            "text": GraphQLArgument(GraphQLString, out_name="words"),
            "colours": GraphQLArgument(GraphQLList(GraphQLNonNull(self.enum))),
            "box": GraphQLArgument(self._box()),
        }
        self.interface = GraphQLInterfaceType(
            "Named", lambda: self.fields_of["Named"], resolve_type=self._maybe(self._resolve_type)
        )
        interfaces = [[self.interface], [self.interface], []]
        self.objects = [
            GraphQLObjectType(
                f"T{number}",
                partial(self._fields_with_named, f"T{number}"),
                interfaces=interfaces[number],
                is_type_of=self._is_type_of(f"T{number}"),
            )
            for number in range(3)
        ]
        self.union = GraphQLUnionType("Any", self.objects, resolve_type=self._maybe(self._resolve_type))
        self.fields_of = {
            name: self._fields(name) for name in ("Named", "T0", "T1", "T2", "Query", "Mutation")
        }
        query, mutation = (GraphQLObjectType(one, self.fields_of[one]) for one in ("Query", "Mutation"))
        self.schema = GraphQLSchema(query, mutation, types=self.objects)
        self.values = Things(self.schema, self.faults)

    def _fields_with_named(self, name: str) -> dict[str, GraphQLField]:
        return self.fields_of["Named"] | self.fields_of[name]

    def given(self) -> dict[str, Any]:
        return {"root_value": Thing("Query")}

    def _box(self) -> GraphQLInputObjectType:
        size = GraphQLInputField(GraphQLInt, default=GraphQLDefaultInput(value=1))
        return GraphQLInputObjectType("Box", {"size": size, "label": GraphQLInputField(GraphQLString)})

    def _fields(self, name: str) -> dict[str, GraphQLField]:
        names = [f"{name.lower()}{number}" for number in range(self.rng.randint(2, 5))]
        return {name: self._field() for name in names}

    def _field(self) -> GraphQLField:
        arguments = {name: arg for name, arg in self.arguments.items() if self.rng.random() < 0.3}
        resolve = self._resolve if self.rng.random() < 0.7 else self._resolve_later
        return GraphQLField(self._type(0), arguments, resolve=resolve)

    def _type(self, depth: int) -> Any:
        chance = self.rng.random()
        if chance < 0.3 and depth < 3:
            return GraphQLNonNull(self._type(3)) if depth == 2 else self._non_null(depth)
        if chance < 0.5 and depth < 2:
            return GraphQLList(self._type(depth + 1))
        kinds = [*SCALARS, self.enum, self.moody, self.interface, self.union, *self.objects, *self.objects]
        return self.rng.choice(kinds)

    def _non_null(self, depth: int) -> Any:
        inner = self._type(depth + 1)
        return inner if isinstance(inner, GraphQLNonNull) else GraphQLNonNull(inner)

    def _at(self, info: GraphQLResolveInfo[Any], *more: Any) -> Random:
        typenames, step = [], info.path
        while step:
            typenames.append(step.typename)
            step = step.prev
        return Random(f"{self.seed} {info.path.as_list()} {typenames} {info.field_name} {plainly(more)}")

    def _resolve(self, source: Any, info: GraphQLResolveInfo[Any], **given: Any) -> Any:
        rng = self._at(info, source, list(given.items()), len(info.field_nodes))
        if rng.random() < self.faults:
            raise rng.choice((ValueError("raised"), KeyError("key")))
        return self.values.of(info.return_type, rng)

    async def _resolve_later(self, source: Any, info: GraphQLResolveInfo[Any], **given: Any) -> Any:
        value = self._resolve(source, info, **given)
        return await value if isinstance(value, Later) else value

    def _maybe(self, resolver: Any) -> Any:
        return resolver if self.rng.random() < 0.7 else None

    def _resolve_type(self, value: Any, info: GraphQLResolveInfo[Any], of: Any) -> Any:
        rng = self._at(info, value)
        if rng.random() < self.faults:
            return rng.choice(
                (None, 7, "Nothing", "Colour", "Query", Later("T0", 1), Later(KeyError("k"), 1))
            )
        name = value.get("__typename") if isinstance(value, dict) else getattr(value, "kind", None)
        return Later(name, 1) if rng.random() < 0.2 else name

    def _is_type_of(self, name: str) -> Any:
        def is_type_of(value: Any, info: GraphQLResolveInfo[Any]) -> Any:
            rng = self._at(info, value, name)
            if rng.random() < self.faults:
                raise ValueError("cannot say")
            answer = getattr(value, "kind", None) == name or (
                isinstance(value, dict) and value.get("__typename") == name
            )
            return Later(answer, 1) if rng.random() < 0.2 else answer

        return self._maybe(is_type_of)
