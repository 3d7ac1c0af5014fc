"""The file of registered operations, and what is kept of those that were sent."""

import json
from pathlib import Path

import pytest

from letterhead.errors import ConfigurationError, NotAnswerable
from letterhead.schema.documents import Documents, InvalidError
from letterhead.schema.operations import read_operations, sha256_of
from letterhead.schema.recent import Recent
from letterhead.schema.schema import schema
from letterhead.schema.unquoted import without_value
from letterhead.settings import Settings

NAME = "query Name { company { name } }"


def test_apollos_manifest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    operation = {"id": "abc", "name": "Name", "type": "query", "body": NAME}
    path.write_text(json.dumps({"format": "apollo-persisted-query-manifest", "operations": [operation]}))

    assert read_operations(path) == {sha256_of(NAME): NAME, "abc": NAME}


@pytest.mark.parametrize(
    "text", ["", "[]", '{"a": 1}', '{"format": "apollo-persisted-query-manifest", "a": 1,']
)
def test_a_bad_file_stops_the_start(tmp_path: Path, text: str) -> None:
    path = tmp_path / "operations.json"
    path.write_text(text)

    with pytest.raises(ConfigurationError, match=r"^LETTERHEAD_OPERATIONS: "):
        read_operations(path)


def test_only_registered_operations_need_a_file_of_them() -> None:
    with pytest.raises(ConfigurationError, match=r"^LETTERHEAD_ONLY_REGISTERED_OPERATIONS: "):
        Documents(Settings(only_registered_operations=True))


def test_only_what_is_valid_is_kept() -> None:
    documents = Documents(Settings())
    for number in range(50):
        with pytest.raises((InvalidError, NotAnswerable)):
            documents.prepare(schema._schema, f"{{ nothing{number} }}", curious=True)
    prepared = documents.prepare(schema._schema, NAME, curious=True)

    assert documents.prepare(schema._schema, NAME, curious=False) is prepared
    assert len(documents._prepared) == 1


def test_what_is_kept_is_bounded_by_number_and_size() -> None:
    recent: Recent[int] = Recent(most=3, most_characters=10)
    for number, characters in enumerate((1, 1, 1, 1, 9, 11)):
        recent.keep(str(number), number, characters=characters)

    assert [recent.get(str(number)) for number in range(6)] == [None, None, None, 3, 4, None]


@pytest.mark.parametrize(
    "message",
    ["Cannot query field 'nam' on type 'Company'. Did you mean 'name'?", "Unknown type 'Compan'."],
)
def test_names_are_repeated(message: str) -> None:
    assert without_value(message) in {message, message + "."}
