"""What every statement about the line says of an address, an account's own or an alias: a row of a part."""

from letterhead.senders.rules import ORDER, ExclusionReason, Precedence, ResolutionRule

DECIDING, CANDIDATES, EXCLUDED = 1, 2, 3
"""The parts: addresses among which is the one to write from; those in line; those that cannot be chosen."""

TIERS = len(ORDER[Precedence.EMPLOYEE_FIRST])
REASONS = dict(enumerate(ExclusionReason, start=TIERS))
"""What an address's verdict stands for, from the last tier on. Below, it is the tier of its rule."""

NAMES = (
    "verdict",
    "id",
    "address",
    "address_key",
    "display_name",
    "ready",
    "position",
    "created_at",
    "alias_position",
)
COLUMNS = ", ".join(NAMES)
OF_ACCOUNT = "a.id, a.address, a.address_key, a.display_name, a.status, a.position, a.created_at"
OWN = """a.tier AS verdict, a.id, a.address, a.address_key, a.display_name, a.status = 'READY' AS ready,
    a.position, a.created_at, -1 AS alias_position"""
"""Of an account ``a``, whose tier is known."""
ALIAS = """a.tier AS verdict, a.id, s.address, s.address_key,
    COALESCE(NULLIF(s.display_name, ''), a.display_name) AS display_name, a.status = 'READY' AS ready,
    a.position, a.created_at, s.position AS alias_position"""
"""Of its alias ``s``."""

PLACE = "tier, a.position, a.created_at, a.id"
IN_LINE = "ORDER BY verdict, position, created_at, id, alias_position, address_key"
BY_POSITION = "ORDER BY position, created_at, id, alias_position, address_key"
IN_ORDER = f"""ORDER BY told.part, CASE told.part WHEN {EXCLUDED} THEN 0 ELSE told.verdict END,
    told.position, told.created_at, told.id, told.alias_position, told.address_key"""


def number(reason: ExclusionReason) -> int:
    return next(number for number, one in REASONS.items() if one is reason)


def _tier(rule: ResolutionRule, precedence: str) -> str:
    tiers = {one: order.index(rule) for one, order in ORDER.items()}
    cases = " ".join(f"WHEN '{one}' THEN {tier}" for one, tier in tiers.items())
    return f"CASE {precedence} {cases} END" if len(set(tiers.values())) > 1 else str(tiers.popitem()[1])


def verdict(
    *, company: str, employee: str, accessible: str, linked: str, precedence: str, disabled_first: bool = True
) -> str:
    """The number of the account ``a``: of its rule if it is in line, or of the first reason why it is not.

    ``accessible``, ``linked``: the conditions under which the employee was given it, and it names the
    project. ``precedence``: the expression of it. ``disabled_first``: else one that the employee may not
    know of has another reason than that.
    """
    own = f"a.owner_id = {employee}"

    def tier(of_employee: ResolutionRule, of_company: ResolutionRule) -> str:
        tiers = _tier(of_employee, precedence), _tier(of_company, precedence)
        return f"CASE WHEN {own} THEN {tiers[0]} ELSE {tiers[1]} END"

    disabled = f"WHEN a.status = 'DISABLED' THEN {number(ExclusionReason.DISABLED)}"
    return f"""CASE {disabled if disabled_first else ""}
        WHEN {own} OR (a.owner_id = {company} AND (a.access_mode = 'ALL' OR {accessible})) THEN CASE
            {"" if disabled_first else disabled}
            WHEN a.scope_mode = 'ALL'
                THEN {tier(ResolutionRule.EMPLOYEE_UNLINKED, ResolutionRule.COMPANY_UNLINKED)}
            WHEN {linked} THEN {tier(ResolutionRule.EMPLOYEE_PROJECT, ResolutionRule.COMPANY_PROJECT)}
            ELSE {number(ExclusionReason.OTHER_PROJECT)} END
        WHEN a.owner_id = {company} THEN {number(ExclusionReason.NO_ACCESS)}
        ELSE {number(ExclusionReason.OTHER_EMPLOYEE)} END"""


def part(of: int, sql: str, *, besides: str = "") -> str:
    """Of a UNION ALL, to be put in order. ``besides``: further columns."""
    return f"SELECT {of} AS part, {COLUMNS}{besides} FROM ({sql}) part_{of}"
