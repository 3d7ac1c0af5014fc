"""A plan, written down as Python: one function for each selection, which reads like what one would write.

What is plain is done in place: values of the very class that their type wants, objects of a class that is
known, lists. All else is a call: ``settle_N`` for any other value of field N, ``failed_N`` for an exception.

    def select_3(run, source, path):  # Employee
        results, pending = {}, ()
        try:
            try:
                value = source.name
                if type(value) is str:
                    pass
                else:
                    value = settle_7(run, value, (path, "name", "Employee"))
                    if type(value) not in DONE and run.is_awaitable(value):
                        pending += ("name",)
            except Exception as error:
                value = failed_7(run, error, (path, "name", "Employee"))
            results["name"] = value
            …
        except Exception:
            abandon(run, results, pending)
            raise
        return gathered(results, pending) if pending else results
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from graphql import GraphQLEnumType, GraphQLList, get_named_type, get_nullable_type
from graphql.type import GraphQLNullableType

from letterhead.schema.compiled.attempt import attempting
from letterhead.schema.compiled.call import calling
from letterhead.schema.compiled.complete import DONE, Below, by_class, gathered, guarding, listing, settling
from letterhead.schema.compiled.leaf import is_plain
from letterhead.schema.compiled.plan import Field, Selection
from letterhead.schema.compiled.run import At, Run, Select, failed
from letterhead.schema.compiled.shortcuts import Shortcuts

Lines = Iterator[str]


class Writer:
    """``names``: what the functions that have been written find as their globals."""

    def __init__(self, shortcuts: Shortcuts) -> None:
        self.shortcuts = shortcuts
        self.names: dict[str, Any] = {"DONE": DONE, "abandon": _abandon, "gathered": gathered}
        self.written: list[tuple[int, Field]] = []
        self.attempts: dict[tuple[int, type], Select] = {}

    def compile(self, selections: Iterable[Selection]) -> Mapping[int, Select]:
        """The functions, by the numbers of their selections."""
        selections = list(selections)
        source = "\n".join(line for selection in selections for line in self._selection(selection))
        exec(compile(source, "<operation>", "exec"), self.names)  # noqa: S102 - all names in it are ours or GraphQL's
        functions: dict[int, Select] = {one.number: self.names[f"select_{one.number}"] for one in selections}
        for number, field in self.written:
            self._complete(number, field, functions)
        return functions

    def _complete(self, number: int, field: Field, functions: Mapping[int, Select]) -> None:
        of, shortcuts = field.definition.type, self.shortcuts
        below = Below(
            {one: functions[selection.number] for one, selection in field.selections.items()},
            {
                kind: self._attempt(selection, kind, functions[selection.number])
                for kind, selection in by_class(get_named_type(of), field.selections, shortcuts).items()
            },
        )

        def failed_here(run: Run, error: Exception, at: At) -> None:
            failed(run, error, of, field, at)

        nullable = get_nullable_type(of)
        if isinstance(nullable, GraphQLList):
            self.names[f"list_{number}"] = listing(field, nullable, below, shortcuts)
        self.names[f"classes_{number}"] = below.classes
        self.names[f"settle_{number}"] = settling(field, of, below, shortcuts)
        self.names[f"guarded_{number}"] = guarding(field, of)
        self.names[f"failed_{number}"] = failed_here

    def _attempt(self, selection: Selection, kind: type, select: Select) -> Select:
        key = (selection.number, kind)
        if key not in self.attempts:
            self.attempts[key] = attempting(selection, kind, select, self.shortcuts)
        return self.attempts[key]

    def _selection(self, selection: Selection) -> Lines:
        yield f"def select_{selection.number}(run, source, path):  # {selection.type.name}"
        yield "    results, pending = {}, ()"
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
        at = f"(path, {field.key!r}, {field.parent.name!r})"
        yield "try:"
        yield f"    value = {self._asked(number, field, at)}"
        yield from (f"    {line}" for line in self._completed(number, field, at))
        yield "except Exception as error:"
        yield f"    value = failed_{number}(run, error, {at})"
        yield f"results[{field.key!r}] = value"

    def _asked(self, number: int, field: Field, at: str) -> str:
        """The expression for what the field's resolver returns."""
        reading = self.shortcuts.reading(field)
        if reading is not None and reading.find is None and reading.show is None:
            return f"source.{reading.path}"
        direct = self.shortcuts.direct(field)
        if direct is not None and direct.alone is not None:
            self.names[f"call_{number}"] = direct.alone
            return f"call_{number}(source)"
        self.names[f"call_{number}"] = calling(field, direct)
        return f"call_{number}(run, source, {at})"

    def _completed(self, number: int, field: Field, at: str) -> Lines:
        of = field.definition.type
        nullable = get_nullable_type(of)
        quick = self._plain(number, nullable) or self._below(number, field, nullable, at)
        if quick:
            yield f"if {quick[0]}:"
            yield from (f"    {line}" for line in quick[1:])
        rest = "value is not None" if nullable is of else "True"
        yield f"{'elif' if quick else 'if'} {rest}:"
        yield f"    value = settle_{number}(run, value, {at})"
        yield "    if type(value) not in DONE and run.is_awaitable(value):"
        yield f"        pending += ({field.key!r},)"

    def _plain(self, number: int, of: GraphQLNullableType) -> Sequence[str]:
        """A test, and what is done where it holds."""
        plain = is_plain(of)
        if plain is not None:
            return plain.format("value"), "pass"
        members = self.shortcuts.members(of) if isinstance(of, GraphQLEnumType) else None
        if members is None:
            return ()
        self.names |= {f"kind_{number}": members.kind, f"names_{number}": members.names}
        return f"type(value) is kind_{number}", f"value = names_{number}[value]"

    def _below(self, number: int, field: Field, of: GraphQLNullableType, at: str) -> Sequence[str]:
        """The same for objects and lists."""
        if isinstance(of, GraphQLList):
            test, done, kind = "type(value) is list", f"list_{number}", "list"
        elif field.selections:
            test = f"type(value) in classes_{number} and not hasattr(value, {self.shortcuts.mark!r})"
            done, kind = f"classes_{number}[type(value)]", "dict"
        else:
            return ()
        return (
            test,
            f"value = {done}(run, value, {at})",
            f"if type(value) is not {kind}:",
            f"    value = guarded_{number}(run, value, {at})",
            f"    pending += ({field.key!r},)",
        )


def _abandon(run: Run, results: Mapping[str, Any], pending: Sequence[str]) -> None:
    """What is awaitable still comes to its end, though nobody waits for it."""
    if pending:
        run.settle_in_background([results[key] for key in pending])
