"""A plan, written down as Python: one function for each selection, which reads like what one would write.

What is plain is done in place: an attribute that holds a value of the very class that its type wants. All
else is a call: ``settle_N`` for any other value of field N, ``failed_N`` for an exception at it.

    def select_3(run, source, path):  # Employee
        results, pending = {}, []
        try:
            try:
                value = source.name
                if type(value) is not str:
                    value = settle_7(run, value, new(Path, (path, "name", "Employee")))
                    if type(value) not in DONE and run.is_awaitable(value):
                        pending.append("name")
            except Exception as error:
                value = failed_7(run, error, new(Path, (path, "name", "Employee")))
            results["name"] = value
            …
        except Exception:
            abandon(run, results, pending)
            raise
        return gathered(results, pending) if pending else results
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInt,
    GraphQLObjectType,
    GraphQLString,
    get_nullable_type,
)
from graphql.pyutils import Path
from graphql.type import GraphQLNullableType

from letterhead.schema.compiled.call import calling
from letterhead.schema.compiled.complete import DONE, gathered, guarding, new, settling
from letterhead.schema.compiled.plan import Field, Selection
from letterhead.schema.compiled.run import Run, Select
from letterhead.schema.compiled.shortcuts import Shortcuts

PLAIN = {
    GraphQLString: "type(value) is str",
    GraphQLID: "type(value) is str",
    GraphQLBoolean: "type(value) is bool",
    GraphQLInt: "type(value) is int and -2147483648 <= value <= 2147483647",
}
"""What of the specification's scalars is answered as it is."""

Lines = Iterator[str]


class Writer:
    """``names``: what the functions that have been written find as their globals."""

    def __init__(self, shortcuts: Shortcuts) -> None:
        self.shortcuts = shortcuts
        self.names: dict[str, Any] = {
            "DONE": DONE,
            "Path": Path,
            "abandon": _abandon,
            "gathered": gathered,
            "new": new,
        }
        self.written: list[tuple[int, Field]] = []

    def compile(self, selections: Iterable[Selection]) -> Mapping[int, Select]:
        """The functions, by the numbers of their selections."""
        selections = list(selections)
        source = "\n".join(line for selection in selections for line in self._selection(selection))
        exec(compile(source, "<operation>", "exec"), self.names)  # noqa: S102 - all names in it are ours or GraphQL's
        functions: dict[int, Select] = {one.number: self.names[f"select_{one.number}"] for one in selections}
        for number, field in self.written:
            selects = {of: functions[one.number] for of, one in field.selections.items()}
            self._complete(number, field, selects)
        return functions

    def _complete(self, number: int, field: Field, selects: Mapping[GraphQLObjectType, Select]) -> None:
        of, details = field.definition.type, field.details

        def failed(run: Run, error: Exception, at: Path) -> None:
            run.handle_field_error(error, of, details, at)

        self.names[f"settle_{number}"] = settling(field, of, selects, self.shortcuts)
        self.names[f"guarded_{number}"] = guarding(field, of)
        self.names[f"failed_{number}"] = failed

    def _selection(self, selection: Selection) -> Lines:
        yield f"def select_{selection.number}(run, source, path):  # {selection.type.name}"
        yield "    results, pending = {}, []"
        yield "    try:"
        yield "        pass"
        for field in selection.fields:
            yield from (f"        {line}" for line in self._field(field))
        yield "    except Exception:"
        yield "        abandon(run, results, pending)"
        yield "        raise"
        yield "    return gathered(results, pending) if pending else results"

    def _field(self, field: Field) -> Lines:
        if field.is_typename:
            yield f"results[{field.key!r}] = {field.parent.name!r}"
            return
        number = len(self.written)
        self.written.append((number, field))
        attribute = self.shortcuts.attribute(field.definition)
        at = f"new(Path, (path, {field.key!r}, {field.parent.name!r}))"
        if attribute is None:
            yield f"at = {at}"
            at, steps = "at", self._called(number, field)
        else:
            steps = self._read(number, field, attribute, at)
        yield "try:"
        yield from (f"    {line}" for line in steps)
        yield "except Exception as error:"
        yield f"    value = failed_{number}(run, error, {at})"
        yield f"results[{field.key!r}] = value"

    def _called(self, number: int, field: Field) -> Lines:
        """By the field's resolver."""
        self.names[f"call_{number}"] = calling(field, self.shortcuts)
        yield f"value = call_{number}(run, source, at)"
        yield from self._settled(number, field, "at")

    def _read(self, number: int, field: Field, attribute: str, at: str) -> Lines:
        """From an attribute of the source."""
        nullable = get_nullable_type(field.definition.type)
        yield f"value = source.{attribute}"
        branch = "if"
        if plain := self._plain(number, nullable):
            yield f"if {plain[0]}:"
            yield f"    {plain[1]}"
            branch = "elif"
        elif isinstance(nullable, GraphQLObjectType) and (classes := self.shortcuts.classes(nullable)):
            self.names[f"classes_{number}"] = classes
            yield f"if type(value) in classes_{number} and not hasattr(value, {self.shortcuts.mark!r}):"
            yield f"    value = select_{field.selections[nullable].number}(run, value, {at})"
            yield "    if type(value) is not dict:"
            yield f"        value = guarded_{number}(run, value, {at})"
            yield f"        pending.append({field.key!r})"
            branch = "elif"
        is_nullable = nullable is field.definition.type
        yield f"{branch} {'value is not None' if is_nullable else 'True'}:"
        yield from (f"    {line}" for line in self._settled(number, field, at))

    def _plain(self, number: int, of: GraphQLNullableType) -> tuple[str, str] | None:
        """A test, and what is done where it holds."""
        if of in PLAIN:
            return PLAIN[of], "pass"
        members = self.shortcuts.members(of) if isinstance(of, GraphQLEnumType) else None
        if members is None:
            return None
        self.names |= {f"kind_{number}": members.kind, f"names_{number}": members.names}
        return f"type(value) is kind_{number}", f"value = names_{number}[value]"

    def _settled(self, number: int, field: Field, at: str) -> Lines:
        yield f"value = settle_{number}(run, value, {at})"
        yield "if type(value) not in DONE and run.is_awaitable(value):"
        yield f"    pending.append({field.key!r})"


def _abandon(run: Run, results: Mapping[str, Any], pending: list[str]) -> None:
    """What is awaitable still comes to its end, though nobody waits for it."""
    if pending:
        run.settle_in_background([results[key] for key in pending])
