"""Reading alone first, and all that resolvers do where that is not enough."""

from typing import Any

from letterhead.schema.compiled.leaf import NotReadingError
from letterhead.schema.compiled.plan import Selection
from letterhead.schema.compiled.reading import Reader
from letterhead.schema.compiled.run import At, Run, Select
from letterhead.schema.compiled.shortcuts import Shortcuts


def attempting(selection: Selection, kind: type, select: Select, shortcuts: Shortcuts) -> Select:
    """``select``, or what only reads, where it can; after a failure not again in the same run."""
    try:
        read = Reader(shortcuts).function(selection, kind)
    except (NotReadingError, SyntaxError):  # Python takes no more than a hundred indentations
        return select

    def attempt(run: Run, source: Any, at: "At | None") -> Any:
        if selection not in run.bound:
            try:
                return read(source, run)
            except Exception:  # noqa: BLE001 - whatever it is, it is found again, and said
                run.bound[selection] = None
        return select(run, source, at)

    return attempt
