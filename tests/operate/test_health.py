"""Whether it lives and whether it should be given work, told to anybody and in few words."""

from typing import Any

import pytest

from lab.commands import Letterhead
from lab.product import Product, Start
from letterhead.store.database import opened, select
from letterhead.store.upgrades import judge


async def ready(product: Product) -> tuple[int, dict[str, Any]]:
    response = await product.admin.http.get("/readyz", headers={"Authorization": ""})
    return response.status_code, response.json()


@pytest.fixture
async def newer(database_url: str) -> None:
    """A database that a newer version has taken something away from."""
    async with opened(database_url):
        await applied("9999_contract_gone")


async def applied(name: str) -> None:
    await select(
        f"""INSERT INTO tortoise_migrations (app, name, applied_at)
            VALUES ('letterhead', '{name}', CURRENT_TIMESTAMP) RETURNING name"""
    )


async def test_it_is_ready(product: Product) -> None:
    assert await ready(product) == (200, {"status": "ready"})


async def test_what_a_newer_version_added_does_not_trouble_it(product: Product) -> None:
    await applied("9999_more")
    assert await ready(product) == (200, {"status": "ready"})


async def test_what_a_newer_version_took_away_does(product: Product) -> None:
    await applied("9999_contract_gone")
    assert await ready(product) == (503, {"status": "the database is of another version"})


async def test_an_older_database_is_not_used(product: Product) -> None:
    await select("DELETE FROM tortoise_migrations WHERE name LIKE '0005%' RETURNING name")
    assert await ready(product) == (503, {"status": "the database is of another version"})


async def test_one_that_is_about_to_end_says_so(product: Product) -> None:
    product.serving.house.closing.begin(seconds=5)
    assert await ready(product) == (503, {"status": "shutting down"})
    assert (await product.admin.http.get("/healthz")).json() == {"status": "ok"}


async def test_it_does_not_start_on_a_newer_database(newer: None, start: Start) -> None:
    from letterhead.errors import ConfigurationError

    with pytest.raises(ConfigurationError, match="newer than this version can use"):
        async with start():
            pass


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_process_ends_with_one_line_that_says_why(
    letterhead: Letterhead, newer: None, database_url: str, command: str
) -> None:
    ended = letterhead(command, DATABASE_URL=database_url, KEYS="k1:" + "A" * 43 + "=", PORT="0")
    line = (
        "letterhead: LETTERHEAD_DATABASE_URL: the database is newer than this version can use "
        "(9999_contract_gone); run a newer version\n"
    )
    assert (ended.code, ended.err) == (1, line)


def test_versions_that_only_add_go_together() -> None:
    assert judge({"0001_a", "0002_b"}, {"0001_a"}) is None
    assert judge({"0001_a"}, {"0001_a"}) is None
    assert "older" in (judge({"0001_a"}, {"0001_a", "0002_b"}) or "")
    assert "newer" in (judge({"0001_a", "0002_contract_b"}, {"0001_a"}) or "")
