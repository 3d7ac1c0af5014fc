"""Where accounts are many: only those are looked at that can matter, found by the ranking."""

from dataclasses import dataclass

from letterhead.senders.facts import Setting
from letterhead.senders.ranking import COLUMNS, Place, Values, is_linked, line, may_use
from letterhead.senders.rows import ALIAS, IN_LINE, NO_ALIAS, PLACE
from letterhead.senders.rules import WhenNotReady, Wish


@dataclass(frozen=True, kw_only=True)
class Spot:
    """A place among addresses: an account's, then its own address (-1) or an alias by position and key."""

    place: Place
    alias_position: int
    alias_key: str


def deciding(at: Setting, wish: Wish, values: Values) -> str:
    """The few accounts that can matter for a decision."""
    company, key = values(at.desk.company_id), wish.key
    named = values(key) if key is not None else None
    firsts = []
    if wish.account_id is not None:
        firsts.append(_first(at, values, among=_with_id(company, values(wish.account_id))))
    elif named:
        firsts.append(_first(at, values, among=_with_address(company, named)))
    if not wish.is_choice:
        firsts.append(_first(at, values))
        if at.policy.when_not_ready is WhenNotReady.NEXT:
            firsts.append(_first(at, values, ready=True))
    union = " UNION ALL ".join(f"SELECT * FROM ({sql}) first_{number}" for number, sql in enumerate(firsts))
    if named is None:
        return f"SELECT a.*, {IN_LINE}, {NO_ALIAS} FROM ({union}) a"
    return f"""SELECT a.*, {IN_LINE}, {ALIAS} FROM ({union}) a LEFT JOIN sender_alias s
        ON s.company_id = {company} AND s.account_id = a.id AND s.address_key = {named}"""


def _first(at: Setting, values: Values, *, among: str = "", ready: bool = False) -> str:
    return line(at.desk, at.policy.precedence, values, limit=1, among=among, ready=ready)


def _with_id(company: str, account: str) -> str:
    return f"SELECT id AS account_id FROM email_account WHERE company_id = {company} AND id = {account}"


def _with_address(company: str, key: str) -> str:
    """The ids of the accounts that have the address, or an alias with it that is not refused."""
    return f"""SELECT id AS account_id FROM email_account WHERE company_id = {company} AND address_key = {key}
        UNION SELECT account_id FROM sender_alias
        WHERE company_id = {company} AND address_key = {key} AND proof <> 'REFUSED'"""


def candidates(at: Setting, values: Values, most: int, spot: Spot | None = None) -> str:
    """Accounts in line, each with those of its aliases that are not refused, from ``spot`` on."""
    company = values(at.desk.company_id)
    since = spot.place if spot else None
    accounts = line(at.desk, at.policy.precedence, values, limit=most, since=since)
    ahead = ""
    if spot:
        ahead = f"""AND NOT (s.account_id = {values(spot.place.id)} AND (s.position, s.address_key)
            <= ({values(spot.alias_position)}, {values(spot.alias_key)}))"""
    return f"""SELECT a.*, {IN_LINE}, {ALIAS} FROM ({accounts}) a LEFT JOIN sender_alias s
            ON s.company_id = {company} AND s.account_id = a.id AND s.proof <> 'REFUSED' {ahead}
        ORDER BY {PLACE}, s.position, s.address_key LIMIT {most}"""


ALIAS_ORDER = "COALESCE(s.position, -1), COALESCE(s.address_key, '')"


def excluded(at: Setting, values: Values, most: int, spot: Spot | None = None, *, everything: bool) -> str:
    """Accounts that cannot be written from, and refused aliases of those that can, after ``spot``."""
    desk = at.desk
    company, employee = values(desk.company_id), values(desk.employee_id)
    accounts, aliases = [f"a.company_id = {company}"], "1 = 1"
    if not everything:
        accounts.append(f"(a.owner_id = {employee} OR (a.owner_id = {company} AND {may_use(desk, values)}))")
    if spot:
        place = f"{values(spot.place.position)}, {values(spot.place.created_at)}, {values(spot.place.id)}"
        accounts.append(f"(a.position, a.created_at, a.id) >= ({place})")
        alias = f"{values(spot.alias_position)}, {values(spot.alias_key)}"
        aliases = f"NOT (f.id = {values(spot.place.id)} AND ({ALIAS_ORDER}) <= ({alias}))"
    available = f"""(f.status <> 'DISABLED' AND (f.scope_mode = 'ALL' OR f.linked = 1)
        AND (f.owner_id = {employee} OR (f.owner_id = {company} AND f.accessible = 1)))"""
    return f"""SELECT f.*, {ALIAS} FROM (
            SELECT {COLUMNS},
                CASE WHEN {may_use(desk, values)} THEN 1 ELSE 0 END AS accessible,
                CASE WHEN {is_linked(desk, values)} THEN 1 ELSE 0 END AS linked
            FROM email_account a WHERE {" AND ".join(accounts)}
        ) f LEFT JOIN sender_alias s
            ON s.company_id = {company} AND s.account_id = f.id AND s.proof = 'REFUSED' AND {available}
        WHERE (NOT {available} OR s.id IS NOT NULL) AND {aliases}
        ORDER BY f.position, f.created_at, f.id, {ALIAS_ORDER}
        LIMIT {most}"""
