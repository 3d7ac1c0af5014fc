"""Operations over any schema, from a seed: aliases, merged fields, fragments, directives and variables."""

from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationType,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)

KEYS = "abcd"
LITERALS = {
    "Int": ("0", "3", "-2"),
    "Float": ("0.5", "2"),
    "String": ('"x"', '""'),
    "ID": ('"1"', "2"),
    "Boolean": ("true", "false"),
    "DateTime": ('"2026-01-31T09:30:00Z"',),
}
SENT: dict[str, tuple[Any, ...]] = {
    "Int": (1, 5, "wrong", None),
    "Float": (0.5, 2, None),
    "String": ("x", "", 4),
    "ID": ("1", 2, None),
    "Boolean": (True, False, True, False, None),
}


class Documents:
    """``document`` and the ``variables`` sent with it."""

    def __init__(self, schema: GraphQLSchema, rng: Random, *, fields: int = 40) -> None:
        self.schema, self.rng, self.left = schema, rng, fields
        self.fragments: list[str] = []
        self.declared: dict[str, str] = {}
        self.variables: dict[str, Any] = {}
        kind = OperationType.MUTATION if schema.mutation_type and rng.random() < 0.2 else OperationType.QUERY
        root = schema.get_root_type(kind)
        assert root is not None
        selection = self.selection(root, 0)
        names = ", ".join(f"${name}: {what}" for name, what in self.declared.items())
        head = f"{kind.value} Asked" + (f"({names})" if names else "")
        self.document = "\n".join([f"{head} {selection}", *self.fragments])

    def selection(self, kind: Any, depth: int) -> str:
        parts = [self.part(kind, depth) for _ in range(self.rng.randint(1, 5 if depth < 3 else 3))]
        return "{ " + " ".join(parts) + " }"

    def part(self, kind: Any, depth: int) -> str:
        chance = self.rng.random()
        if chance < 0.12 and depth < 7:
            on = self.narrowed(kind)
            head = f"... on {on.name}" if on is not kind or chance < 0.06 else "..."
            return f"{head}{self.condition()} {self.selection(on, depth + 1)}"
        if chance < 0.2 and depth < 7:
            on = self.narrowed(kind)
            name = f"F{len(self.fragments)}"
            self.fragments.append("")
            self.fragments[int(name[1:])] = f"fragment {name} on {on.name} {self.selection(on, depth + 1)}"
            return " ".join(f"...{name}{self.condition()}" for _ in range(self.rng.choice((1, 1, 2))))
        return self.field(kind, depth)

    def narrowed(self, kind: Any) -> Any:
        if is_abstract_type(kind):
            return self.rng.choice([kind, *self.schema.get_possible_types(kind)])
        around = list(kind.interfaces) if isinstance(kind, GraphQLObjectType) else []
        return self.rng.choice([kind, kind, *around])

    def field(self, kind: Any, depth: int) -> str:
        self.left -= 1
        known = getattr(kind, "fields", {})
        usable = [
            name
            for name, field in known.items()
            if not (is_composite_type(get_named_type(field.type)) and (depth > 6 or self.left < 0))
        ]
        deep = [name for name in usable if is_composite_type(get_named_type(known[name].type))]
        name = self.rng.choice(
            [*usable, *deep, *deep, "__typename"] if depth < 4 else [*usable, "__typename"]
        )
        alias = f"{self.rng.choice(KEYS)}{name[:12]}: " if self.rng.random() < 0.3 else ""
        if name == "__typename":
            return alias + name
        field = known[name]
        given = [self.argument(one, arg) for one, arg in field.args.items() if self.wants(arg)]
        arguments = f"({', '.join(given)})" if given else ""
        of = get_named_type(field.type)
        below = f" {self.selection(of, depth + 1)}" if is_composite_type(of) else ""
        return f"{alias}{name}{arguments}{self.condition()}{below}"

    def wants(self, argument: Any) -> bool:
        return is_required_argument(argument) or self.rng.random() < 0.4

    def argument(self, name: str, argument: Any) -> str:
        return f"{name}: {self.value(argument.type, 0, variable=0.5)}"

    def condition(self) -> str:
        if self.rng.random() > 0.12:
            return ""
        value = self.variable("Boolean!") if self.rng.random() < 0.6 else self.rng.choice(("true", "false"))
        return f" @{self.rng.choice(('skip', 'include'))}(if: {value})"

    def variable(self, what: str) -> str:
        """A new one, or one that is there already."""
        same = [name for name, declared in self.declared.items() if declared.partition(" ")[0] == what]
        if same and self.rng.random() < 0.4:
            return "$" + self.rng.choice(same)
        name, of = f"v{len(self.declared)}", what.strip("![]")
        default = self.rng.choice(LITERALS[of]) if of in LITERALS and self.rng.random() < 0.3 else None
        self.declared[name] = what + (f" = {default}" if default and "[" not in what else "")
        if self.rng.random() < (0.98 if "!" in what else 0.7) and of in SENT:
            value = self.rng.choice(SENT[of][:2] if self.rng.random() < 0.98 else SENT[of])
            self.variables[name] = [value] if "[" in what and self.rng.random() < 0.5 else value
        return f"${name}"

    def value(self, kind: Any, depth: int, *, variable: float = 0.2) -> str:
        of = get_named_type(kind)
        if of.name in SENT and self.rng.random() < variable:
            return self.variable(str(kind))
        if not is_non_null_type(kind) and (self.rng.random() < 0.1 or depth > 3):
            return "null"
        kind = get_nullable_type(kind)
        if is_list_type(kind):
            return (
                f"[{', '.join(self.value(kind.of_type, depth + 1) for _ in range(self.rng.randint(0, 2)))}]"
            )
        if isinstance(kind, GraphQLEnumType):
            return self.rng.choice(list(kind.values))
        if isinstance(kind, GraphQLInputObjectType):
            fields = [
                f"{name}: {self.value(field.type, depth + 1)}"
                for name, field in kind.fields.items()
                if is_required_input_field(field) or (depth < 2 and self.rng.random() < 0.3)
            ]
            return "{" + ", ".join(fields) + "}"
        return self.rng.choice(LITERALS.get(of.name, ('"x"', "1")))
