"""The page about the front door says what the settings and the code say."""

from pathlib import Path

import pytest

from letterhead.front.settings import FrontSettings
from letterhead.schema import answer

PAGE = Path(__file__).parents[2] / "docs" / "http.md"
ROWS = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
NUMBERS = {
    name: field for name, field in FrontSettings.model_fields.items() if field.annotation in {int, float}
}


@pytest.mark.parametrize("name", NUMBERS)
def test_every_limit_is_in_the_table(name: str) -> None:
    [row] = [row for row in ROWS if f"`LETTERHEAD_{name.upper()}`" in row]
    assert f" {NUMBERS[name].default} " in row


@pytest.mark.parametrize("name", FrontSettings.model_fields.keys() - NUMBERS.keys())
def test_every_switch_is_explained(name: str) -> None:
    assert f"LETTERHEAD_{name.upper()}" in PAGE.read_text()


@pytest.mark.parametrize("code", {*answer.STATUS, *answer.TAKEN.values()})
def test_every_code_is_in_the_table(code: str) -> None:
    assert [row for row in ROWS if f"`{code}`" in row.split("|")[1]]
