"""What failed is logged so that it can be found, and never with what somebody had entered."""

from typing import Any, Literal

import asyncpg
import pytest
from tortoise.exceptions import ValidationError

from api.marks import on_sqlite
from lab.canaries import all_logged, found
from lab.product import Product
from letterhead.settings import Settings

pytestmark = [pytest.mark.asyncio(loop_scope="module"), on_sqlite]
SECRET = "Kanarie/+? open sesame"
SAID = {
    "in of_a_driver",
    "asyncpg.exceptions.DataError (22000)",
    "tortoise.exceptions.ValidationError",
    "KeyError: 'name'",
}
FORGET = 'mutation { forgetBadAddress(input: {address: "Kanarie/+? open sesame"}) { forgotten } }'


def of_a_driver(*_: object, **__: object) -> Any:
    """As a driver does: its words say what it was given."""
    cause = asyncpg.DataError(f"invalid input for query argument $1: {SECRET!r}")
    both = [ValidationError(f"Length of {SECRET!r} 23 > 20"), KeyError("name")]
    raise ExceptionGroup("two", both) from cause


@pytest.mark.parametrize("form", ["console", "json"])
async def test_drivers_that_quote_values(
    acme: Product, settings: Settings, monkeypatch: pytest.MonkeyPatch, form: Literal["console", "json"]
) -> None:
    monkeypatch.setattr("letterhead.schema.bad_addresses.known_bad.forget_bad", of_a_driver)

    with all_logged(settings.model_copy(update={"log_format": form})) as written:
        answer = await acme.admin.answer(FORGET)

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["INTERNAL"]
    assert found({"log": written.getvalue(), "answer": str(answer)}, SECRET) == set()
    assert {said for said in SAID if said not in written.getvalue()} == set()
