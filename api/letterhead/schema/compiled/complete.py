"""From what a resolver returned to what is answered: "Value Completion" (GraphQL specification, 6.4.3).

Each of these does for one field what graphql-core's executor does for any, step for step: what is awaited
together, in which order errors are found and what becomes of the rest are the same. Values of kinds that are
rare go to the executor itself.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from graphql import (
    GraphQLAbstractType,
    GraphQLEnumType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    Undefined,
    is_abstract_type,
    is_enum_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.executor import collect_iterator_awaitables, invalid_return_type_error
from graphql.pyutils import gather_with_cancel

from letterhead.schema.compiled.plan import Field
from letterhead.schema.compiled.run import At, Complete, Run, Select, failed, info_of, path_of
from letterhead.schema.compiled.shortcuts import Shortcuts

S = TypeVar("S")
DONE = frozenset({dict, list, str, int, float, bool, type(None)})
"""Nothing of these is awaitable, nor an exception."""


async def gathered(results: Any, pending: Sequence[Any]) -> Any:
    """``results`` with what is awaited at the keys or indices ``pending``."""
    if len(pending) == 1:
        results[pending[0]] = await results[pending[0]]
    else:
        awaited = await gather_with_cancel(*(results[key] for key in pending))
        for key, value in zip(pending, awaited, strict=True):
            results[key] = value
    return results


def guarding(field: Field, of: GraphQLOutputType) -> Callable[[Run, Awaitable[Any], At], Awaitable[Any]]:
    """For what is completed but for what it awaits."""

    async def guarded(run: Run, completed: Awaitable[Any], at: At) -> Any:
        try:
            return await completed
        except Exception as error:  # noqa: BLE001 - whatever a resolver raises is the field's error
            failed(run, error, of, field, at)
            return None

    return guarded


@dataclass(frozen=True)
class Below:
    """How to go on with an object of a type, and with one of just this class."""

    selects: Mapping[GraphQLObjectType, Select]
    classes: Mapping[type, Select]


def by_class(named: object, selects: Mapping[GraphQLObjectType, S], shortcuts: Shortcuts) -> Mapping[type, S]:
    """``named``: a type. What there is for an object of just this class."""
    if is_object_type(named):
        return dict.fromkeys(shortcuts.classes(named), selects[named])
    if not is_abstract_type(named):
        return {}
    found = ((shortcuts.class_in(named, one), select) for one, select in selects.items())
    return {kind: select for kind, select in found if kind is not None}


def settling(field: Field, of: GraphQLOutputType, below: Below, shortcuts: Shortcuts) -> Complete:
    """For a value, or an awaitable of one, at a place that is null, or nulls its parent, after an error."""
    guarded, complete = guarding(field, of), completing(field, of, below, shortcuts)
    classes, mark = below.classes, shortcuts.mark

    async def awaited(run: Run, value: Awaitable[Any], at: At) -> Any:
        try:
            found = await value
            kind = type(found)
            is_known = kind in classes and not hasattr(found, mark)
            completed = classes[kind](run, found, at) if is_known else complete(run, found, at)
            if run.is_awaitable(completed):
                completed = await completed
        except Exception as error:  # noqa: BLE001 - as above
            failed(run, error, of, field, at)
            return None
        return completed

    def settle(run: Run, value: Any, at: At) -> Any:
        kind = type(value)
        if kind in classes and not hasattr(value, mark):
            completed = classes[kind](run, value, at)
        elif kind not in DONE and run.is_awaitable(value):
            return awaited(run, value, at)
        else:
            completed = complete(run, value, at)
        if type(completed) not in DONE and run.is_awaitable(completed):
            return guarded(run, completed, at)
        return completed

    return settle


def completing(field: Field, of: GraphQLOutputType, below: Below, shortcuts: Shortcuts) -> Complete:
    if is_non_null_type(of):
        return _non_null(field, completing(field, of.of_type, below, shortcuts))
    if is_list_type(of):
        return listing(field, of, below, shortcuts)
    if is_leaf_type(of):
        return _leaf(of, shortcuts)
    if is_abstract_type(of):
        return _abstract(field, of, below.selects)
    assert isinstance(of, GraphQLObjectType)
    return _object(field, of, below.selects[of])


def _non_null(field: Field, complete: Complete) -> Complete:
    name = f"{field.parent}.{field.nodes[0].name.value}"

    def complete_non_null(run: Run, value: Any, at: At) -> Any:
        completed = complete(run, value, at)
        if completed is None:
            raise TypeError(f"Cannot return null for non-nullable field {name}.")
        return completed

    return complete_non_null


def _leaf(of: GraphQLLeafType, shortcuts: Shortcuts) -> Complete:
    members = shortcuts.members(of) if isinstance(of, GraphQLEnumType) else None

    def complete_leaf(run: Run, value: Any, at: At) -> Any:
        if isinstance(value, Exception):
            raise value
        if value is None or value is Undefined:
            return None
        return run.complete_leaf_value(of, value)

    def complete_member(run: Run, value: Any, at: At) -> Any:
        assert members is not None
        return members.names[value] if type(value) is members.kind else complete_leaf(run, value, at)

    return complete_member if is_enum_type(of) and members else complete_leaf


def listing(
    field: Field,
    of: GraphQLList[Any],
    below: Below,
    shortcuts: Shortcuts,
) -> Complete:
    item_type, details, mark = of.of_type, field.details, shortcuts.mark
    settle, guarded = settling(field, item_type, below, shortcuts), guarding(field, item_type)
    classes = below.classes

    def complete_list(run: Run, value: Any, at: At) -> Any:
        if type(value) is not list and type(value) is not tuple:
            return run.complete_value(of, details, info_of(field, run, at), path_of(at), value, None)
        completed: list[Any] = []
        pending: list[int] = []
        items = iter(value)
        try:
            for index, item in enumerate(items):
                item_at = (at, index, None)
                try:
                    kind = type(item)
                    if kind in classes and not hasattr(item, mark):
                        done = classes[kind](run, item, item_at)
                        if type(done) is not dict:
                            done = guarded(run, done, item_at)
                    else:
                        done = settle(run, item, item_at)
                except Exception as error:  # noqa: BLE001 - as above
                    failed(run, error, item_type, field, item_at)
                    done = None
                completed.append(done)
                if type(done) not in DONE and run.is_awaitable(done):
                    pending.append(index)
        except Exception:
            orphans = [completed[index] for index in pending]
            orphans += collect_iterator_awaitables(items, run.is_awaitable)
            if orphans:
                run.settle_in_background(orphans)
            raise
        return gathered(completed, pending) if pending else completed

    return complete_list


def _object(field: Field, of: GraphQLObjectType, select: Select) -> Complete:
    is_type_of, details = of.is_type_of, field.details

    async def when_told(run: Run, verdict: Awaitable[bool], value: Any, at: At) -> Any:
        if not await verdict:
            raise invalid_return_type_error(of, value, details)
        completed = select(run, value, at)
        return await completed if run.is_awaitable(completed) else completed

    def complete_object(run: Run, value: Any, at: At) -> Any:
        if isinstance(value, Exception):
            raise value
        if value is None or value is Undefined:
            return None
        if is_type_of is not None:
            verdict = is_type_of(value, info_of(field, run, at))
            if run.is_awaitable(verdict):
                return when_told(run, verdict, value, at)
            if not verdict:
                raise invalid_return_type_error(of, value, details)
        return select(run, value, at)

    return complete_object


def _abstract(field: Field, of: GraphQLAbstractType, selects: Mapping[GraphQLObjectType, Select]) -> Complete:
    details = field.details
    by_type = {one: _object(field, one, select) for one, select in selects.items()}

    def complete_as(run: Run, told: Any, value: Any, info: GraphQLResolveInfo[Any], at: At) -> Any:
        return by_type[run.ensure_valid_runtime_type(told, of, details, info, value)](run, value, at)

    async def when_told(run: Run, told: Awaitable[Any], value: Any, info: Any, at: At) -> Any:
        completed = complete_as(run, await told, value, info, at)
        return await completed if run.is_awaitable(completed) else completed

    def complete_abstract(run: Run, value: Any, at: At) -> Any:
        if isinstance(value, Exception):
            raise value
        if value is None or value is Undefined:
            return None
        info = info_of(field, run, at)
        told = (of.resolve_type or run.type_resolver)(value, info, of)
        if run.is_awaitable(told):
            return when_told(run, told, value, info, at)
        return complete_as(run, told, value, info, at)

    return complete_abstract
