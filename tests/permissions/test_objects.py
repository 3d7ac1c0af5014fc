"""What a caller may not see is nowhere: by no id, in no list, beside nothing, in no count."""

from typing import Any
from uuid import uuid4

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, build_schema, get_named_type

from api.walking import called, fields_that_show, paths
from lab.databases import counted
from lab.product import Caller
from letterhead.schema.ids import decode, encode
from letterhead.schema.schema import schema
from letterhead.store import models
from permissions.conftest import Matrix
from permissions.table import KNOWN, SEES
from permissions.test_fields import OF_ITSELF, PARAMETER

pytestmark = pytest.mark.asyncio(loop_scope="module")

TYPES = build_schema(schema.as_str())
NODE = TYPES.type_map["Node"]
BY_ID = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"


def edges(types: GraphQLSchema) -> dict[str, str]:
    """By ``Type.field``: a query of the ids of all that the field leads to, for many of the type at once."""
    found = {}
    for name, path in paths(types).items():
        for field, of in fields_that_show(types, name):
            ids = _ids_of(types, get_named_type(of.type))
            if ids and field not in ("edges", "nodes"):
                found[f"{name}.{field}"] = path.document(f"{called(field, of)} {ids}")
    return found


def _ids_of(types: GraphQLSchema, of: Any) -> str:
    if of.name.endswith("Connection"):
        inner = _ids_of(types, get_named_type(of.fields["nodes"].type))
        return inner and f"{{ nodes {inner} edges {{ node {inner} }} }}"
    if of == NODE or (isinstance(of, GraphQLObjectType) and NODE in of.interfaces):
        return "{ id }"
    if isinstance(of, GraphQLInterfaceType | GraphQLObjectType):
        return ""
    members = [member for member in types.get_possible_types(of) if NODE in member.interfaces]
    return f"{{ __typename {' '.join(f'... on {one.name} {{ id }}' for one in members)} }}" if members else ""


EDGES = edges(TYPES)


async def test_no_kind_of_object_is_forgotten() -> None:
    assert isinstance(NODE, GraphQLInterfaceType)
    assert {kind.name for kind in TYPES.get_possible_types(NODE)} == set(SEES)


async def things(matrix: Matrix) -> dict[str, str]:
    """By the names of the table; those that nobody has asked for yet are the first of their kind."""
    company = {"company_id": matrix.ours.product.company_id}
    token = await models.ApiToken.filter(**company).first()
    entry = await models.AuditEntry.filter(**company).first()
    assert token
    assert entry
    return matrix.ours.named | {
        "token": encode("ApiToken", token.id),
        "entry": encode("AuditEntry", entry.id),
    }


@pytest.mark.parametrize("kind", SEES)
async def test_by_its_id_it_is_seen_by_those_who_may(matrix: Matrix, kind: str) -> None:
    named = await things(matrix)
    ids = [named[thing] for thing in SEES[kind]]
    seen: dict[str, set[str]] = {thing: set() for thing in SEES[kind]}
    for name in KNOWN | {"theirs"}:
        nodes = (await matrix.callers[name].ask(BY_ID, ids=ids))["nodes"]
        for thing, node in zip(seen, nodes, strict=True):
            seen[thing] |= {name} if node else set()

    assert seen == SEES[kind]


@pytest.mark.parametrize("kind", [kind for kind in SEES if SEES[kind]])
async def test_hidden_costs_what_missing_costs(matrix: Matrix, kind: str) -> None:
    """By the statements that it takes, which a clock could tell."""
    named = await things(matrix)
    for thing, seen_by in SEES[kind].items():
        for name in (KNOWN | {"theirs"}) - seen_by:
            of_hidden, of_nothing = [
                await _statements(matrix.callers[name], one) for one in (named[thing], encode(kind, uuid4()))
            ]
            assert (thing, name, of_hidden) == (thing, name, of_nothing)


async def _statements(caller: Caller, node_id: str) -> list[str]:
    with counted() as statements:
        assert (await caller.ask(BY_ID, ids=[node_id]))["nodes"] == [None]
    return [PARAMETER.sub("?", one) for one in statements if not OF_ITSELF.search(one)]


@pytest.mark.parametrize("name", sorted(KNOWN | {"theirs"}))
async def test_nothing_leads_to_what_is_hidden(matrix: Matrix, name: str) -> None:
    """What any field shows is seen by its id as well, and is of the caller's company."""
    caller = matrix.callers[name]
    others = matrix.ours if name == "theirs" else matrix.theirs
    await others.look()
    for edge, document in EDGES.items():
        shown = await _shown(caller, document, matrix, name)
        assert (edge, shown & {*others.ids.values()}) == (edge, set())
        again = await _by_id(caller, shown)
        assert (edge, shown - again) == (edge, set())


async def _shown(caller: Caller, document: str, matrix: Matrix, name: str) -> set[str]:
    named = matrix.theirs.named if name == "theirs" else matrix.ours.named
    given = {"employee": named["ann"]} if "$employee" in document else {}
    answer = await caller.answer(document, **given)
    codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
    assert codes <= {"FORBIDDEN", "NOT_FOUND"}, (document, answer)
    return set(_ids(answer.get("data")))


async def _by_id(caller: Caller, ids: set[str]) -> set[str]:
    every = sorted(one for one in ids if decode(one))
    pages = [every[start : start + 100] for start in range(0, len(every), 100)]
    found = [node for page in pages for node in (await caller.ask(BY_ID, ids=page))["nodes"]]
    return {node["id"] for node in found if node}


def _ids(value: Any) -> list[str]:
    match value:
        case {"id": str(found)}:
            return [found]
        case dict():
            return [one for inner in value.values() for one in _ids(inner)]
        case list():
            return [one for inner in value for one in _ids(inner)]
    return []
