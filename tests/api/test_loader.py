"""What one field asks for is not taken away from it by another that failed."""

import asyncio

import pytest

from api.drafts import Draft
from lab.product import Product
from letterhead.schema.loader import Loader

pytestmark = pytest.mark.asyncio(loop_scope="module")

ONE_OF_TWO_FAILS = """
{ emailAccounts {
  nodes { aliases { address } tests(first: 0) { nodes { id } } }
  edges { node { aliases { address } id } }
} }
"""


async def test_a_field_that_fails_takes_nothing_from_others(acme: Product, draft: Draft) -> None:
    await acme.admin.saved(draft("sales"))

    answer = await acme.admin.answer(ONE_OF_TWO_FAILS)

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_INPUT"]
    assert answer["data"] is None


async def test_who_gives_up_leaves_the_others_waiting() -> None:
    async def load(keys: list[int]) -> list[int]:
        return [key * 2 for key in keys]

    loader: Loader[int, int] = Loader(load_fn=load)
    patient = asyncio.ensure_future(loader.load(1))
    impatient = asyncio.ensure_future(loader.load(1))
    impatient.cancel()

    assert await patient == 2
    assert impatient.cancelled()
    assert await loader.load(1) == 2


async def test_what_nobody_waits_for_is_given_up() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def load(keys: list[int]) -> list[int]:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return keys

    loader: Loader[int, int] = Loader(load_fn=load)
    waiting = [asyncio.ensure_future(loader.load(1)) for _ in range(2)]
    await begun.wait()
    for one in waiting:
        one.cancel()

    await ended.wait()
