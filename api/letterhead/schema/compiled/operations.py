"""Operations that have been compiled, as many as were used last."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from letterhead.schema.compiled.plan import Asked, NotCoveredError, conditions, plan
from letterhead.schema.compiled.run import Run, Select
from letterhead.schema.compiled.shortcuts import Shortcuts
from letterhead.schema.compiled.write import Writer
from letterhead.schema.recent import Recent

MOST, MOST_OCTETS = 1000, 64 * 1024 * 1024
OCTETS_OF_A_FIELD = 6000

Names: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Form:
    """``roots``: what is run, one after the other. Without any, graphql-core does it."""

    roots: Sequence[Select] = ()


ASKED_ONCE, NOT_COVERED = Form(), Form()


class Operations:
    """Of one schema. An operation is known by the text of its document and its place in it; it has one form
    for each set of values of the variables that decide what is asked.

    A form is compiled when it is asked for again: what is asked once is not worth it.
    """

    def __init__(self, shortcuts: Shortcuts) -> None:
        self._shortcuts = shortcuts
        self._conditions: Recent[Names | NotCoveredError] = Recent(
            most=MOST, most_characters=MOST_OCTETS // 8
        )
        self._forms: Recent[Form] = Recent(most=MOST, most_characters=MOST_OCTETS)

    def form(self, run: Run, *, serially: bool) -> Sequence[Select]:
        """What has to be run, one after the other. Empty: graphql-core has to do it."""
        loc = run.operation.loc
        if loc is None:
            return ()
        key = (loc.source.body, loc.start)
        names = self._conditions.get(key)
        if names is None:
            names = _conditions(run)
            self._conditions.keep(key, names, characters=len(loc.source.body))
        if isinstance(names, NotCoveredError):
            return ()
        values = tuple([run.variable_values.coerced.get(name) for name in names])
        if not all(isinstance(value, bool) for value in values):
            return ()
        return self._form((key, values), run, serially=serially, characters=len(loc.source.body)).roots

    def _form(self, key: Hashable, run: Run, *, serially: bool, characters: int) -> Form:
        form = self._forms.get(key)
        if form is None:
            self._forms.keep(key, ASKED_ONCE, characters=characters)
            return ASKED_ONCE
        if form is ASKED_ONCE:
            form, fields = _compiled(run, self._shortcuts, serially=serially)
            self._forms.keep(key, form, characters=characters + fields * OCTETS_OF_A_FIELD)
        return form


def _conditions(run: Run) -> Names | NotCoveredError:
    try:
        return conditions(run.operation, run.fragments)
    except NotCoveredError as no:
        return no.with_traceback(None)


def _compiled(run: Run, shortcuts: Shortcuts, *, serially: bool) -> tuple[Form, int]:
    """And the number of its fields."""
    asked = Asked(run.schema, run.operation, run.fragments, run.variable_values)
    try:
        roots, selections = plan(asked, serially=serially)
    except (NotCoveredError, RecursionError):
        return NOT_COVERED, 0
    functions = Writer(shortcuts).compile(selections)
    fields = sum(len(selection.fields) for selection in selections)
    return Form([functions[root.number] for root in roots]), fields
