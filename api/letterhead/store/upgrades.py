"""Whether this version and the database's tables go together.

Versions run side by side during an upgrade, so a migration only adds: what older versions do not know does
not trouble them. One that takes something away that they use is named ``NNNN_contract_…``; a version that
does not know it refuses the database.
"""

from collections.abc import Collection

from letterhead.errors import ConfigurationError
from letterhead.store.database import APPLIED, select
from letterhead.store.migrations import known

CONTRACT = "_contract_"


async def at_odds() -> str | None:
    """Why this version cannot use the database, or None."""
    rows = await select(APPLIED)
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
