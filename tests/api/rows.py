"""What the database holds, beneath everything that the product says of it."""

from tortoise import Tortoise

from letterhead.store.database import select

OF_ASKING = "allowance"
"""How often somebody asked is written down, whatever became of it."""


def tables() -> list[str]:
    return sorted(model._meta.db_table for model in Tortoise.apps["letterhead"].values())


async def counts() -> dict[str, int]:
    """How many rows each table has, but for what is written down of asking itself."""
    each = " UNION ALL ".join(
        f"SELECT '{table}' AS name, COUNT(*) AS rows FROM {table}" for table in tables() if table != OF_ASKING
    )
    return {row["name"]: row["rows"] for row in await select(each)}


async def everything() -> str:
    """Every column of every row, as text."""
    return "\n".join([str(dict(row)) for table in tables() for row in await select(f"SELECT * FROM {table}")])


async def everything_but_tokens() -> str:
    """The same without the tokens, whose use is written down."""
    lines = (await everything()).splitlines()
    return "\n".join(line for line in lines if "'last_used_at'" not in line and "'busy_until'" not in line)
