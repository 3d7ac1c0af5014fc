"""What every statement about the line says of an account, or of one of its aliases: a row of a part."""

from letterhead.senders.ranking import NAMES

DECIDING, CANDIDATES, EXCLUDED = 1, 2, 3
"""The parts: accounts among which is the one to write from; those in line; those that cannot be chosen."""

ALIAS = (
    "s.address AS alias_address, s.address_key AS alias_key, s.display_name AS alias_name, "
    "s.proof AS alias_proof, s.position AS alias_position"
)
NO_ALIAS = (
    "NULL AS alias_address, NULL AS alias_key, NULL AS alias_name, NULL AS alias_proof, "
    "CAST(NULL AS integer) AS alias_position"
)
IN_LINE = "1 AS accessible, CASE a.scope_mode WHEN 'SELECTED' THEN 1 ELSE 0 END AS linked"
"""Of accounts that can be written from."""

ALIAS_NAMES = ("alias_address", "alias_key", "alias_name", "alias_proof", "alias_position")
COLUMNS = ", ".join((*NAMES, "accessible", "linked", *ALIAS_NAMES))
PLACE = "tier, a.position, a.created_at, a.id"
IN_ORDER = "ORDER BY part, tier, position, created_at, id, alias_position, alias_key"


def part(number: int, sql: str) -> str:
    """Of a UNION ALL, to be put in order. What cannot be chosen is in no tier."""
    tier = "0 AS tier" if number == EXCLUDED else "tier"
    return f"SELECT {number} AS part, {tier}, {COLUMNS} FROM ({sql}) part"
