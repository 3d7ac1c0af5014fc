"""The schema as it is committed is the schema as it is, and it says what everything is."""

from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLNamedType,
    build_schema,
    is_introspection_type,
    is_specified_scalar_type,
)

from architecture.code import ROOT
from letterhead.schema.schema import schema


def test_the_committed_schema_is_the_schema() -> None:
    committed = (ROOT / "schema.graphql").read_text()
    assert committed == schema.as_str() + "\n", "run make schema, and read what changed for clients"


def test_every_element_is_described() -> None:
    types = build_schema(schema.as_str()).type_map.values()
    ours = [kind for kind in types if not is_introspection_type(kind) and not is_specified_scalar_type(kind)]
    assert [name for kind in ours for name, described in _elements(kind) if not described] == []


def _elements(kind: GraphQLNamedType) -> Iterator[tuple[str, str | None]]:
    """Name and description of a type and of all in it. A mutation's one input is described by its type."""
    yield kind.name, kind.description
    if isinstance(kind, GraphQLEnumType):
        for name, value in kind.values.items():
            yield f"{kind.name}.{name}", value.description
    for name, field in getattr(kind, "fields", {}).items():
        yield f"{kind.name}.{name}", field.description
        for argument_name, argument in getattr(field, "args", {}).items():
            if (kind.name, argument_name) != ("Mutation", "input"):
                yield f"{kind.name}.{name}({argument_name})", argument.description
