"""Whether this version and the database's tables go together.

Versions run side by side during an upgrade, so a migration only adds: what older versions do not know does
not trouble them. One that takes something away that they use is named ``NNNN_contract_…``; a version that
does not know it refuses the database.
"""

from collections.abc import Collection
from functools import cache
from pkgutil import iter_modules

from letterhead.errors import ConfigurationError
from letterhead.store import migrations
from letterhead.store.database import select

CONTRACT = "_contract_"


@cache
def known() -> frozenset[str]:
    """The migrations of this version."""
    return frozenset(module.name for module in iter_modules(migrations.__path__) if module.name[0].isdigit())


async def at_odds() -> str | None:
    """Why this version cannot use the database, or None."""
    rows = await select("SELECT name FROM tortoise_migrations WHERE app = 'letterhead'")
    return judge({row["name"] for row in rows}, known())


def judge(applied: Collection[str], ours: Collection[str]) -> str | None:
    if missing := set(ours) - set(applied):
        return f"the database is older than this version: {min(missing)} is missing; run `letterhead migrate`"
    beyond = {name for name in set(applied) - set(ours) if CONTRACT in name}
    if beyond:
        return f"the database is newer than this version can use ({min(beyond)}); run a newer version"
    return None


async def check() -> None:
    """Raises ConfigurationError."""
    if why := await at_odds():
        raise ConfigurationError(f"LETTERHEAD_DATABASE_URL: {why}")
