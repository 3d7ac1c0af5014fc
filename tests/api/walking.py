"""Every field of the schema that shows objects, each in a query that shows it for many at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    is_composite_type,
    is_required_argument,
)

from letterhead.schema.schema import schema

ARGUMENTS = {"for": "{employeeId: $employee}", "addresses": '["to@acme.example"]'}
"""Of arguments that must be given."""

NOT_ROWS = {
    "Query.discover": "asks the network",
    "Query.explainReply": "asks plugins",
    "Query.provider": "asks plugins",
    "Query.previewAccountChange": "shows what becomes of one account",
    "Query.node": "shows what it is given an id of",
    "Query.nodes": "shows what it is given ids of",
}


AROUND = 10
"""What it costs a path to go by way of Node, behind which everything is."""


@dataclass(frozen=True, order=True)
class Path:
    """How a type is reached. ``head`` and ``tail`` enclose what is asked of it; ``many``: on a page."""

    length: int
    kind: str
    head: str = ""
    tail: str = ""
    many: bool = False

    def into(self, name: str, kind: str, *, many: bool = False, cost: int = 1) -> "Path":
        return Path(self.length + cost, kind, f"{self.head}{name} {{ ", f" }}{self.tail}", self.many or many)

    def document(self, field: str) -> str:
        given = "query ($employee: ID)" if "$employee" in self.head + field else ""
        return f"{given} {{ {self.head}{field}{self.tail} }}"


def documents() -> dict[str, str]:
    """By ``Type.field``: a query of that field alone, of as many objects of the type as there are."""
    types = build_schema(schema.as_str())
    found = paths(types)
    return {
        f"{name}.{field}": found[name].document(f"{called(field, of)} {{ is: __typename {_nodes(of)}}}")
        for name in sorted(found)
        for field, of in fields_that_show(types, name)
        if field not in ("edges", "pageInfo", "nodes")
    }


def paths(types: GraphQLSchema) -> dict[str, Path]:
    """The shortest to each type, by way of a page where there is one."""
    waiting = [Path(0, "Query")]
    found: dict[tuple[str, bool], Path] = {}
    while waiting:
        path = heappop(waiting)
        if (path.kind, path.many) not in found:
            found[path.kind, path.many] = path
            for longer in _next(types, path):
                heappush(waiting, longer)
    return {kind: found.get((kind, True), path) for (kind, _), path in found.items()}


def _next(types: GraphQLSchema, path: Path) -> Iterator[Path]:
    kind = types.type_map[path.kind]
    if isinstance(kind, GraphQLUnionType | GraphQLInterfaceType):
        cost = AROUND if isinstance(kind, GraphQLInterfaceType) else 0
        for member in types.get_possible_types(kind):
            yield path.into(f"... on {member.name}", member.name, cost=cost)
    for name, field in fields_that_show(types, path.kind):
        many = name == "nodes" and path.kind.endswith("Connection")
        yield path.into(called(name, field), get_named_type(field.type).name, many=many)


def fields_that_show(types: GraphQLSchema, kind: str) -> Iterator[tuple[str, GraphQLField]]:
    """Those that show objects."""
    named: GraphQLNamedType = types.type_map[kind]
    if isinstance(named, GraphQLObjectType):
        for name, field in named.fields.items():
            if is_composite_type(get_named_type(field.type)) and f"{kind}.{name}" not in NOT_ROWS:
                yield name, field


def called(name: str, field: GraphQLField) -> str:
    needed = [argument for argument in field.args if is_required_argument(field.args[argument])]
    given = [f"{argument}: {ARGUMENTS[argument]}" for argument in needed]
    given += ["first: 100"] if "first" in field.args else []
    return f"{name}({', '.join(given)})" if given else name


def _nodes(field: GraphQLField) -> str:
    named = get_named_type(field.type)
    return "nodes { __typename } " if named.name.endswith("Connection") else ""
