"""Operations that have been compiled, as many as were used last."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from letterhead.schema.compiled.plan import Asked, NotCoveredError, conditions, plan
from letterhead.schema.compiled.run import Run, Select
from letterhead.schema.compiled.shortcuts import Shortcuts
from letterhead.schema.compiled.write import Writer

V = TypeVar("V")
MOST = 1000


class Operations:
    """Of one schema. An operation is known by the text of its document and its place in it; it has one form
    for each set of values of the variables that decide what is asked.
    """

    def __init__(self, shortcuts: Shortcuts, most: int = MOST) -> None:
        self._shortcuts = shortcuts
        self._conditions: _Recent[tuple[str, ...] | None] = _Recent(most)
        self._forms: _Recent[Sequence[Select] | None] = _Recent(most)

    def form(self, run: Run, *, serially: bool) -> Sequence[Select] | None:
        """What has to be run, one after the other. None: graphql-core has to do it."""
        loc = run.operation.loc
        if loc is None:
            return None
        key = (loc.source.body, loc.start)
        names = self._conditions.get(key, lambda: _conditions(run))
        if names is None:
            return None
        values = tuple(run.variable_values.coerced.get(name) for name in names)
        if not all(isinstance(value, bool) for value in values):
            return None
        return self._forms.get((key, values), lambda: _compiled(run, self._shortcuts, serially=serially))


def _conditions(run: Run) -> tuple[str, ...] | None:
    try:
        return conditions(run.operation, run.fragments)
    except NotCoveredError:
        return None


def _compiled(run: Run, shortcuts: Shortcuts, *, serially: bool) -> Sequence[Select] | None:
    asked = Asked(run.schema, run.operation, run.fragments, run.variable_values)
    try:
        roots, selections = plan(asked, serially=serially)
    except (NotCoveredError, RecursionError):
        return None
    functions = Writer(shortcuts).compile(selections)
    return [functions[root.number] for root in roots]


class _Recent(Generic[V]):
    """The values that were asked for last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, V] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], V]) -> V:
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        self._kept[key] = value = make()
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return value
