"""Selections of which every field only reads, written down as what one would write by hand:

    def read_3(source, run):  # Connection
        find_5 = found(run, 5)
        list_1 = []
        for value_2 in source.page.items:
            if type(value_2) is not kind_1: raise NotAtHandError
            value_3 = value_2.name
            if type(value_3) is not str: raise NotAtHandError
            value_4 = find_5(value_2.id)
            …
            list_1.append({"name": value_3, …})
        return {"nodes": list_1}

Objects that only hold another one are not made: their fields are read from that. Whatever is not as it
should be, an error, an awaitable, a value of another class, ends it with an exception; nothing has been
done by then, so that the selection's other function does it all, and says what is wrong.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLOutputType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
)
from graphql.type import GraphQLNullableType

from letterhead.schema.compiled.call import binding
from letterhead.schema.compiled.complete import by_class
from letterhead.schema.compiled.leaf import NotReadingError, leaf
from letterhead.schema.compiled.plan import Field, Selection
from letterhead.schema.compiled.run import Run
from letterhead.schema.compiled.shortcuts import Reading, Shortcuts, Stored, Wrapping

DEEPEST = 8
"""Lists inside each other: Python takes no more than twenty loops."""

Lines: TypeAlias = Iterator[str]
Read: TypeAlias = Callable[[Any, Run], dict[str, Any]]


class NotAtHandError(Exception):
    """Something cannot be answered by reading alone."""


@dataclass(frozen=True)
class Code:
    """An expression. ``kind``: of its value, where it is known; ``show``: its value, if it is a function."""

    text: str
    kind: type | None = None
    show: Any = None


Source: TypeAlias = Mapping[str, Code] | Code
"""An object, or the attributes of one that is not made."""


@dataclass(frozen=True)
class Place:
    """A field, and the object that it is asked of."""

    field: Field
    source: Source


class Reader:
    """Writes the function for a selection of objects of one class."""

    def __init__(self, shortcuts: Shortcuts) -> None:
        self.shortcuts = shortcuts
        self.names: dict[str, Any] = {"NotAtHandError": NotAtHandError}
        self.before: list[str] = []
        self.count = self.depth = 0

    def function(self, selection: Selection, kind: type) -> Read:
        """Raises NotReadingError."""
        body = list(self._object(selection, Code("source", kind), "answer"))
        lines = [
            "def read(source, run):",
            *(f"    {line}" for line in (*self.before, *body, "return answer")),
        ]
        exec(compile("\n".join(lines), "<selection>", "exec"), self.names)  # noqa: S102 - all names in it are ours or GraphQL's
        read: Read = self.names["read"]
        return read

    def _name(self, of: str, value: Any = None) -> str:
        """A name that is not used yet; of ``value``, if there is one."""
        self.count += 1
        name = f"{of}_{self.count}"
        if value is not None:
            self.names[name] = value
        return name

    def _object(self, selection: Selection, source: Source, target: str) -> Lines:
        entries = []
        for field in selection.fields:
            if field.is_typename:
                entries.append(f"{field.key!r}: {field.parent.name!r}")
                continue
            reading = self.shortcuts.reading(field)
            if reading is None:
                raise NotReadingError
            value = self._name("value")
            yield from self._field(field, reading, source, value)
            entries.append(f"{field.key!r}: {value}")
        yield f"{target} = {{{', '.join(entries)}}}"

    def _field(self, field: Field, reading: Reading, source: Source, value: str) -> Lines:
        of, (*above, last) = field.definition.type, reading.path.split(".")
        holder = source
        for name in above:
            holder = self._attribute(holder, name)
        stored = self._stored(holder, last) if reading.find is None else None
        if (
            stored is not None
            and stored.table is not None
            and isinstance(get_nullable_type(of), GraphQLEnumType)
        ):
            yield from self._stored_member(of, holder, stored, value)
            return
        if reading.find is not None:
            yield f"{value} = {self._finder(field, reading)}({self._attribute(holder, last).text})"
        elif stored is not None:
            yield f"{value} = {_text(holder)}.{stored.code}"
            if stored.read is not None:
                yield f"if {value} is not None: {value} = {self._name('read', stored.read)}({value})"
        else:
            yield f"{value} = {self._attribute(holder, last).text}"
        show: Any = reading.show
        if isinstance(show, str):
            held = self._attribute(source, show)
            show = held.show or held
        lines = self._value(Place(field, source), of, value, show, each=reading.each)
        if self.depth and (isinstance(show, Mapping) or (stored and isinstance(show, Wrapping))):
            lines = self._unless_again(value, lines)
        yield from lines

    def _unless_again(self, value: str, lines: Lines) -> Lines:
        """What is held in the same place by many items of a list is often one object."""
        last, known = self._name("last"), self._name("known")
        self.before.append(f"{last} = {self._name('nothing', object())}")
        yield f"if {value} is {last}: {value} = {known}"
        yield "else:"
        yield f"    {last} = {value}"
        yield from (f"    {line}" for line in lines)
        yield f"    {known} = {value}"

    def _finder(self, field: Field, reading: Reading) -> str:
        assert reading.find is not None
        bind = binding(field, self.shortcuts.direct(field), reading.find)
        if bind is None:
            raise NotReadingError
        name = self._name("find")
        self.before.append(f"{name} = {self._name('bind', bind)}(run)")
        return name

    def _attribute(self, source: Source, name: str) -> Code:
        if not isinstance(source, Code):
            return source[name]
        kind = self.shortcuts.holds(source.kind, name) if source.kind else None
        return Code(f"{source.text}.{name}", kind)

    def _stored(self, holder: Source, name: str) -> Stored | None:
        if not isinstance(holder, Code) or holder.kind is None:
            return None
        return self.shortcuts.stored(holder.kind, name)

    def _stored_member(self, of: GraphQLOutputType, holder: Source, stored: Stored, value: str) -> Lines:
        """From what is stored to what is answered by one table."""
        enum = get_nullable_type(of)
        members = self.shortcuts.members(enum) if isinstance(enum, GraphQLEnumType) else None
        if members is None or stored.table is None:
            raise NotReadingError
        names = {key: members.names[member] for key, member in stored.table.items()}
        if enum is of:
            names[None] = None  # type: ignore[assignment]  # where it may be null
        yield f"{value} = {self._name('names', names)}[{_text(holder)}.{stored.code}]"

    def _value(
        self, place: Place, of: GraphQLOutputType, value: str, show: Any, *, each: bool = False
    ) -> Lines:
        """From what was read to what is answered, both in the variable ``value``."""
        nullable = get_nullable_type(of)
        if is_leaf_type(nullable) and show is None:
            yield from leaf(nullable, value, self._name, self.shortcuts, optional=nullable is of)
            return
        lines = self._some(place, of, value, show, each=each)
        if nullable is of:
            yield f"if {value} is not None:"
            lines = (f"    {line}" for line in lines)
        yield from lines

    def _some(self, place: Place, of: GraphQLOutputType, value: str, show: Any, *, each: bool) -> Lines:
        """The same where it has to be something: that it is not null is seen by its class."""
        nullable = get_nullable_type(of)
        if isinstance(nullable, GraphQLList) and (each or show is None):
            yield from self._list(place, nullable, value, show)
        elif isinstance(show, Mapping):
            yield from self._one_of(place, nullable, value, show)
        elif isinstance(show, Wrapping):
            yield from self._held(place, nullable, value, show)
        elif isinstance(show, Code) and (known := self._known(place, of)):
            yield f"if {show.text} is not {self._name('known', known)}: raise NotAtHandError"
            yield from self._held(place, nullable, value, known)
        elif show is not None:
            text = show.text if isinstance(show, Code) else self._name("show", show)
            yield f"if {value} is None: raise NotAtHandError"
            yield f"{value} = {text}({value})"
            yield from self._value(place, of, value, None)
        else:
            yield from self._made(place, nullable, value)

    def _known(self, place: Place, of: GraphQLOutputType) -> Wrapping[Any] | None:
        """The one way there is to an object of this type."""
        kinds = self._selections(place.field, get_named_type(of))
        known = {show for kind in kinds if (show := self.shortcuts.wrapping(kind))}
        return known.pop() if len(known) == 1 else None

    def _list(self, place: Place, of: GraphQLList[Any], value: str, show: Any) -> Lines:
        self.depth += 1
        if self.depth > DEEPEST:
            raise NotReadingError
        items, item = self._name("items"), self._name("item")
        yield f"if type({value}) is not tuple and type({value}) is not list: raise NotAtHandError"
        yield f"{items} = []"
        yield f"for {item} in {value}:"
        yield from (f"    {line}" for line in self._value(place, of.of_type, item, show))
        yield f"    {items}.append({item})"
        yield f"{value} = {items}"
        self.depth -= 1

    def _one_of(
        self, place: Place, of: GraphQLNullableType, value: str, shows: Mapping[type, Wrapping[Any]]
    ) -> Lines:
        for number, show in enumerate(shows.values()):
            kind = self._name("kind", show.of)
            yield f"{'elif' if number else 'if'} type({value}) is {kind}:"
            yield from (f"    {line}" for line in self._held(place, of, value, show))
        yield "else: raise NotAtHandError"

    def _held(self, place: Place, of: GraphQLNullableType, value: str, show: Wrapping[Any]) -> Lines:
        """What an object would hold, which is not made."""
        selection = self._selection(place.field, of, show.kind)
        source = {show.name: Code(value, show.of)}
        source |= {name: self._attribute(place.source, name) for name in show.more}
        source |= {name: Code(self._name("fixed", given), show=given) for name, given in show.fixed.items()}
        answer = self._name("answer")
        yield f"if type({value}) is not {self._name('kind', show.of)}: raise NotAtHandError"
        yield from self._object(selection, source, answer)
        yield f"{value} = {answer}"

    def _made(self, place: Place, of: GraphQLNullableType, value: str) -> Lines:
        """An object of the schema's."""
        answer = self._name("answer")
        mark = self.shortcuts.mark
        for number, (kind, selection) in enumerate(self._selections(place.field, of).items()):
            test = f"type({value}) is {self._name('kind', kind)} and not hasattr({value}, {mark!r})"
            yield f"{'elif' if number else 'if'} {test}:"
            yield from (f"    {line}" for line in self._object(selection, Code(value, kind), answer))
        yield "else: raise NotAtHandError"
        yield f"{value} = {answer}"

    def _selections(self, field: Field, of: object) -> Mapping[type, Selection]:
        """By the classes of the objects of which they are asked. Raises NotReadingError for none."""
        found = by_class(of, field.selections, self.shortcuts)
        if not found:
            raise NotReadingError
        return found

    def _selection(self, field: Field, of: GraphQLNullableType, kind: type) -> Selection:
        try:
            return self._selections(field, of)[kind]
        except KeyError:
            raise NotReadingError from None


def _text(source: Source) -> str:
    assert isinstance(source, Code)
    return source.text
