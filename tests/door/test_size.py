"""What a document and an operation come to, told from the text."""

from typing import Any

import pytest
from graphql import FragmentDefinitionNode, OperationDefinitionNode, get_introspection_query, parse
from hypothesis import given
from hypothesis import strategies as st

from letterhead.schema.limits.cost import Cost, cost_of
from letterhead.schema.limits.size import EndlessError, Size, size_of
from letterhead.schema.schema import schema

PEOPLE = "{ company { employees(first: %s) { %s } } }"


def size(text: str) -> Size:
    return size_of(parse(text))


def cost(text: str, **variables: Any) -> Cost:
    nodes = parse(text).definitions
    [operation] = [node for node in nodes if isinstance(node, OperationDefinitionNode)]
    fragments = {node.name.value: node for node in nodes if isinstance(node, FragmentDefinitionNode)}
    return cost_of(schema._schema, operation, fragments, variables)


def test_everything_is_counted() -> None:
    text = """
    query @a { x: company @b { ...F ... on Company { id id } } node { id } }
    fragment F on Company @c { employees { nodes { y: name } } }
    """
    assert size(text) == Size(
        depth=4, aliases=2, directives=3, fragments=3, repeats=2, roots=2, introspects=False
    )


def test_the_roots_of_fragments_are_roots_too() -> None:
    assert size("{ ...F ...F } fragment F on Query { a b ... on Query { c } }").roots == 6


def test_introspection_is_as_deep_as_it_has_to_be() -> None:
    found = size(get_introspection_query())
    assert (found.depth, found.introspects) == (1, True)


@given(st.integers(0, 45))
def test_depth_is_told_through_fragments(links: int) -> None:
    chain = " ".join(f"fragment F{n} on Company {{ a {{ ...F{n + 1} }} }}" for n in range(links))
    assert size(f"{{ ...F0 }} {chain} fragment F{links} on Company {{ b }}").depth == links + 1


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=30))
def test_fragments_in_any_knot_come_to_an_end(spreads: list[tuple[int, int]]) -> None:
    fragments = [
        f"fragment F{n} on Company {{ id {' '.join(f'...F{to}' for of, to in spreads if of == n)} }}"
        for n in range(8)
    ]
    found = size("{ company { ...F0 } } " + " ".join(fragments))
    assert found.depth == 2


def test_nobody_reads_a_chain_without_end() -> None:
    chain = " ".join(f"fragment F{n} on Company {{ ...F{n + 1} }}" for n in range(150))
    with pytest.raises(EndlessError):
        size(f"{{ ...F0 }} {chain}")


@pytest.mark.parametrize(
    ("text", "variables", "objects"),
    [
        ("{ viewer { permissions } }", {}, 1),
        (PEOPLE % (40, "nodes { id }"), {}, 1 + 1 + 40),
        (PEOPLE % (40, "edges { node { id } }"), {}, 1 + 1 + 40 * 2),
        (PEOPLE % (10, "nodes { groups(first: 5) { nodes { id } } }"), {}, 2 + 10 * (1 + 1 + 5)),
        (PEOPLE % (10, "pageInfo { hasNextPage }"), {}, 3),
        ("query ($n: Int!) " + PEOPLE % ("$n", "nodes { id }"), {"n": 7}, 2 + 7),
        ("query ($n: Int! = 9) " + PEOPLE % ("$n", "nodes { id }"), {}, 2 + 9),
        ("query ($n: Int!) " + PEOPLE % ("$n", "nodes { id }"), {"n": "many"}, 2 + 100),
        (PEOPLE % (-5, "nodes { id }"), {}, 2),
        ("{ company { employees { nodes { id } } } }", {}, 2 + 25),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["a"] * 3}, 3),
        ('{ nodes(ids: ["a", "b"]) { id } }', {}, 2),
        ('{ provider(key: "google") { presets { label } } }', {}, 1 + 10),
        ("{ ...F ...F } fragment F on Query { company { id } }", {}, 2),
        ("{ __schema { types { name } } }", {}, 0),
    ],
)
def test_objects_are_pages_times_pages(text: str, variables: dict[str, Any], objects: int) -> None:
    assert cost(text, **variables).objects == objects


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("{ viewer { permissions } }", 1),
        (PEOPLE % (100, "nodes { groups(first: 10) { nodes { id } } }"), 1 + 12),
        ('{ a: discover(address: "a@b.example") { address } }', 101),
        ("mutation { ...F } fragment F on Mutation { sendMessage(input: {}) { replayed } }", 11),
    ],
)
def test_probes_and_sends_cost_more_than_objects(text: str, points: int) -> None:
    assert cost(text).points == points
