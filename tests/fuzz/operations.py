"""Operations that a schema allows, more or less: written by chance, and the same again from the same seed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

from fuzz.values import Values
from letterhead.schema.schema import schema

TYPES: GraphQLSchema = build_schema(schema.as_str())
DEEP = 5
IN_AN_OBJECT = 4
BROKEN = (
    "\0",
    "\ufeff",
    "{",
    "}",
    "...",
    "@skip",
    "$x",
    '"',
    '"""',
    "!",
    "é",
    "on",
    "#",
    "\\",
    "&",
    "\ud800",
)


class EnumName(str):
    """Written without quotes in a document."""

    __slots__ = ()


@dataclass
class Operation:
    """``field``: the one at the root."""

    kind: str
    field: str
    document: str
    variables: dict[str, Any]

    def body(self) -> dict[str, Any]:
        return {"query": self.document, "variables": self.variables}


@dataclass
class Writer:
    """Writes one operation after another."""

    random: Random
    values: Values
    declared: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)

    def operation(self, kind: str) -> Operation:
        """``kind``: query, mutation or subscription."""
        self.declared, self.variables = [], {}
        root = {"query": TYPES.query_type, "mutation": TYPES.mutation_type}.get(kind, TYPES.subscription_type)
        assert root
        name = self.random.choice([*root.fields])
        selected = self._field(name, root, DEEP)
        declared = f"({', '.join(self.declared)})" if self.declared else ""
        document = f"{kind} {declared} {{ {selected} }}"
        if self.random.random() < 0.06:
            document = self._broken(document)
        return Operation(kind, name, document, self.variables)

    def _field(self, name: str, of: GraphQLObjectType | GraphQLInterfaceType, deep: int) -> str:
        arguments = [
            f"{key}: {self._argument(key, argument)}"
            for key, argument in of.fields[name].args.items()
            if is_required_argument(argument) or self.random.random() < 0.35
        ]
        given = f"({', '.join(arguments)})" if arguments else ""
        return f"{name}{given}{self._selection(get_named_type(of.fields[name].type), deep - 1)}"

    def _selection(self, of: Any, deep: int, within: str = "") -> str:
        """``within``: the member of a union, whose fields must not be mixed up with those of another."""
        if is_leaf_type(of):
            return ""
        if isinstance(of, GraphQLUnionType | GraphQLInterfaceType):
            members = TYPES.get_possible_types(of)
            some = self.random.sample(members, k=min(3, len(members)))
            inner = [f"... on {one.name}{self._selection(one, deep, one.name)}" for one in some]
            return f" {{ __typename {' '.join(inner)} }}"
        assert isinstance(of, GraphQLObjectType)
        names = [n for n, f in of.fields.items() if deep > 0 or is_leaf_type(get_named_type(f.type))]
        chosen = self.random.sample(names, k=min(len(names), 1 + self.random.randrange(IN_AN_OBJECT)))
        if "id" in of.fields and "id" not in chosen:
            chosen.append("id")
        inner = [
            f"{within}_{name}: {self._field(name, of, deep)}" if within else self._field(name, of, deep)
            for name in chosen
        ]
        return f" {{ {' '.join(inner) or '__typename'} }}"

    def _argument(self, name: str, argument: GraphQLArgument) -> str:
        value = self._value(name, argument.type)
        if self.random.random() < 0.4:
            return literal(value, self.random)
        variable = f"v{len(self.declared)}"
        self.declared.append(f"${variable}: {argument.type}")
        if self.random.random() < 0.97:
            self.variables[variable] = value
        return f"${variable}"

    def _value(self, name: str, of: Any) -> Any:
        if self.random.random() < 0.015:
            return self.random.choice([None, [], {}, True, 1.5, "x", -1, [[None]], {"a": {"b": []}}])
        if isinstance(of, GraphQLNonNull):
            return self._value(name, of.of_type)
        if isinstance(of, GraphQLList):
            many = (120, 600) if is_leaf_type(get_named_type(of)) else ()
            return [
                self._value(name, of.of_type) for _ in range(self.random.choice((0, 1, 1, 2, 2, 3, *many)))
            ]
        if isinstance(of, GraphQLInputObjectType):
            return self._object(of)
        return self._leaf(name, of)

    def _leaf(self, name: str, of: Any) -> Any:
        if isinstance(of, GraphQLEnumType):
            return EnumName(
                self.random.choice([*of.values] if self.random.random() < 0.97 else ["NONE_SUCH"])
            )
        makes = {
            "Int": self.values.integer,
            "Float": partial(self.random.choice, (0.0, -1.5, 1e308, 5e-324)),
            "Boolean": partial(self.random.choice, (True, False)),
            "ID": self.values.opaque,
            "DateTime": self.values.instant,
        }
        return makes.get(of.name, partial(self.values.text, name))()

    def _object(self, of: GraphQLInputObjectType) -> dict[str, Any]:
        if of.is_one_of and self.random.random() < 0.95:
            name = self.random.choice([*of.fields])
            return {name: self._value(name, of.fields[name].type)}
        given = {
            name: self._value(name, field.type)
            for name, field in of.fields.items()
            if self._is_given(name, field)
        }
        if self.random.random() < 0.02:
            given["noSuchField"] = self._value("", TYPES.type_map["ID"])
        return given

    def _is_given(self, name: str, of: GraphQLInputField) -> bool:
        if name in RARELY:
            return self.random.random() < RARELY[name]
        return is_required_input_field(of) or self.random.random() < 0.4

    def _broken(self, document: str) -> str:
        at = self.random.randrange(len(document))
        match self.random.randrange(3):
            case 0:
                return document[:at] + self.random.choice(BROKEN) + document[at:]
            case 1:
                return document[:at] + document[at + 1 + self.random.randrange(8) :]
        return document[:at]


RARELY: Mapping[str, float] = {"removeMissing": 0.02}
"""With these little is left to ask about."""


def literal(value: Any, random: Random) -> str:
    """``value`` as it stands in a document."""
    if isinstance(value, dict):
        written = f"{{{', '.join(f'{key}: {literal(one, random)}' for key, one in value.items())}}}"
    elif isinstance(value, list):
        written = f"[{', '.join(literal(one, random) for one in value)}]"
    elif isinstance(value, EnumName):
        written = str(value)
    elif isinstance(value, str) and '"' not in value and random.random() < 0.1:
        written = f'"""{value}"""'
    else:
        written = json.dumps(value, ensure_ascii=random.random() < 0.7)
    return written
