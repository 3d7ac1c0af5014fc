"""Where accounts are many: only those are looked at that can matter, found by the ranking."""

from dataclasses import dataclass

from letterhead.senders.facts import Setting
from letterhead.senders.ranking import Place, Values, is_linked, is_shared, line, may_use
from letterhead.senders.rows import ALIAS, COLUMNS, IN_LINE, OF_ACCOUNT, OWN, TIERS, number, verdict
from letterhead.senders.rules import ExclusionReason, WhenNotReady, Wish


@dataclass(frozen=True, kw_only=True)
class Spot:
    """A place among addresses: an account's, then its own address (-1) or an alias by position and key."""

    place: Place
    alias_position: int
    alias_key: str


def deciding(at: Setting, wish: Wish, values: Values) -> str:
    """The few accounts that can matter for a decision, each with its alias that was named."""
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
        return f"SELECT {OWN} FROM ({union}) a"
    return f"""WITH firsts AS MATERIALIZED ({union})
        SELECT {OWN} FROM firsts a UNION ALL SELECT {ALIAS} FROM firsts a
        JOIN sender_alias s ON s.company_id = {company} AND s.account_id = a.id AND s.address_key = {named}
            AND s.proof <> 'REFUSED'"""


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
    """The addresses of accounts in line, those that are not refused, after ``spot``."""
    company = values(at.desk.company_id)
    since = spot.place if spot else None
    accounts = line(at.desk, at.policy.precedence, values, limit=most, since=since)
    own, ahead = "1 = 1", "1 = 1"
    if spot:
        last = values(spot.place.id)
        own = f"a.id <> {last}"
        ahead = f"""NOT (s.account_id = {last} AND (s.position, s.address_key)
            <= ({values(spot.alias_position)}, {values(spot.alias_key)}))"""
    return f"""WITH firsts AS MATERIALIZED ({accounts})
        SELECT {COLUMNS} FROM (
            SELECT {OWN} FROM firsts a WHERE {own} UNION ALL SELECT {ALIAS} FROM firsts a
            JOIN sender_alias s ON s.company_id = {company} AND s.account_id = a.id
                AND s.proof <> 'REFUSED' AND {ahead}
        ) line {IN_LINE} LIMIT {most}"""


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
        aliases = f"NOT (a.id = {values(spot.place.id)} AND ({ALIAS_ORDER}) <= ({alias}))"
    tier = verdict(
        company=company,
        employee=employee,
        accessible=is_shared(desk, values),
        linked=is_linked(desk, values),
        precedence=f"'{at.policy.precedence}'",
    )
    refused = number(ExclusionReason.REFUSED_AS_SENDER)
    return f"""SELECT CASE WHEN s.id IS NULL THEN a.tier ELSE {refused} END AS verdict, a.id,
            COALESCE(s.address, a.address) AS address, COALESCE(s.address_key, a.address_key) AS address_key,
            a.display_name, a.status = 'READY' AS ready, a.position, a.created_at,
            COALESCE(s.position, -1) AS alias_position
        FROM (
            SELECT {tier} AS tier, {OF_ACCOUNT} FROM email_account a WHERE {" AND ".join(accounts)}
        ) a LEFT JOIN sender_alias s
            ON s.company_id = {company} AND s.account_id = a.id AND s.proof = 'REFUSED' AND a.tier < {TIERS}
        WHERE (a.tier >= {TIERS} OR s.id IS NOT NULL) AND {aliases}
        ORDER BY a.position, a.created_at, a.id, {ALIAS_ORDER}
        LIMIT {most}"""
