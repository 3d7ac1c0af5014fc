"""From a token that an issuer has signed to who is asking."""

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from letterhead.identity.actor import ADMINISTRATOR, EMPLOYEE, Actor, Permission
from letterhead.identity.issuers import Issuer
from letterhead.identity.published_keys import PublishedKeys
from letterhead.store.database import Row, as_id, select
from letterhead.wire.dial import Dialler

MOST_CHARACTERS = 8192


class People:
    """Whoever an issuer vouches for. None of its answers says why somebody is not known."""

    def __init__(self, issuers: Mapping[str, Issuer], dialler: Dialler) -> None:
        self._keys = {name: PublishedKeys(issuer, dialler) for name, issuer in issuers.items()}

    async def who(self, token: str) -> Actor | None:
        """None for a token that is not signed by a known issuer for us, is not of now, or names nobody."""
        if len(token) > MOST_CHARACTERS:
            return None
        try:
            header, claimed = _unproven(token)
            published = self._keys.get(claimed)
            keys = await published.named(header.get("kid")) if published else None
            if published is None or keys is None:
                return None
            claims = _proven(token, published.issuer, keys)
        except (JoseError, ValueError, KeyError, TypeError):
            return None
        return await _actor(claims, published.issuer)


def _unproven(token: str) -> tuple[Mapping[str, Any], str]:
    """What it says of its key and its issuer: good for looking up the key that it is to be proven by."""
    parts = jws.extract_compact(token.encode("ascii"))
    return parts.headers(), str(orjson.loads(parts.payload)["iss"])


def _proven(token: str, issuer: Issuer, keys: KeySet) -> dict[str, Any]:
    """Raises JoseError."""
    proven = jwt.decode(token, keys, algorithms=issuer.algorithms)
    registry = jwt.JWTClaimsRegistry(
        leeway=issuer.leeway_seconds,
        iss={"essential": True, "value": issuer.issuer},
        aud={"essential": True, "value": issuer.audience},
        exp={"essential": True},
        sub={"essential": True},
    )
    registry.validate(proven.claims)
    return proven.claims


async def _actor(claims: Mapping[str, Any], issuer: Issuer) -> Actor | None:
    company_id = await _company(claims, issuer)
    if company_id is None:
        return None
    is_administrator = _is_administrator(claims, issuer)
    employee = await _employee(company_id, claims.get(issuer.employee_claim))
    permissions: frozenset[Permission] = ADMINISTRATOR if is_administrator else frozenset()
    if employee:
        return Actor(
            company_id=company_id,
            key=f"employee:{as_id(employee['id'])}",
            name=employee["name"],
            permissions=permissions | EMPLOYEE,
            employee_id=as_id(employee["id"]),
        )
    if not is_administrator:
        return None
    return Actor(
        company_id=company_id,
        key=f"person:{_fingerprint(issuer.issuer, str(claims['sub']))}",
        name=_name(claims, issuer),
        permissions=permissions,
    )


async def _company(claims: Mapping[str, Any], issuer: Issuer) -> UUID | None:
    name = issuer.company or claims.get(issuer.company_claim)
    if not isinstance(name, str):
        return None
    rows = await select("SELECT id FROM company WHERE name = $1", name)
    return as_id(rows[0]["id"]) if rows else None


async def _employee(company_id: UUID, external_id: object) -> Row | None:
    if not isinstance(external_id, str):
        return None
    rows = await select(
        "SELECT id, name FROM employee WHERE company_id = $1 AND external_id = $2 AND removed_at IS NULL",
        company_id,
        external_id,
    )
    return rows[0] if rows else None


def _is_administrator(claims: Mapping[str, Any], issuer: Issuer) -> bool:
    held = claims.get(issuer.administrators.claim)
    holds = held if isinstance(held, list) else [held]
    return any(isinstance(one, str) and one in issuer.administrators.values for one in holds)


def _name(claims: Mapping[str, Any], issuer: Issuer) -> str:
    name = claims.get(issuer.name_claim)
    plain = isinstance(name, str) and name.isprintable() and 1 <= len(name) <= 200
    return str(name) if plain else "administrator"


def _fingerprint(issuer: str, subject: str) -> str:
    """Names a person for ever in no more than a key's length."""
    return hashlib.sha256(f"{issuer}\n{subject}".encode()).hexdigest()[:40]
