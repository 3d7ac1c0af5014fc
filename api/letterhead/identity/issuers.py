"""Who may vouch for people by JSON Web Tokens (RFC 7519), from a file of the operator's.

    [[issuer]]
    issuer = "https://login.example.com"
    audience = "letterhead"
    company = "Acme"
    administrators = { claim = "roles", values = ["mail-admin"] }

    [[issuer]]
    issuer = "https://id.example.net"
    audience = "letterhead"
    company_claim = "org"

One issuer may serve one ``company``, or many by a claim that holds a company's name.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from letterhead.errors import ConfigurationError

ASYMMETRIC = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
)
"""An issuer's published keys can only check a signature; with a shared secret whoever checks could sign."""

TEXTS = ("issuer", "audience", "keys_url", "company", "company_claim", "employee_claim", "name_claim")
KNOWN = frozenset({*TEXTS, "algorithms", "administrators", "leeway_seconds"})


@dataclass(frozen=True, kw_only=True)
class Administrators:
    """Whose ``claim`` is, or holds, one of ``values`` is an administrator of the company."""

    claim: str = ""
    values: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """``issuer``: exactly as its tokens name it. ``keys_url``: of its JWKS (RFC 7517); empty: as its
    OpenID configuration says. ``employee_claim``: holds the employee's external id."""

    issuer: str
    audience: str
    keys_url: str = ""
    company: str = ""
    company_claim: str = ""
    employee_claim: str = "sub"
    name_claim: str = "name"
    algorithms: tuple[str, ...] = ("RS256",)
    administrators: Administrators = field(default_factory=Administrators)
    leeway_seconds: int = 60


def read_issuers(file: Path | None) -> Mapping[str, Issuer]:
    """By the name in their tokens. Raises ConfigurationError, with what to write instead."""
    if file is None:
        return {}
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as exc:
        raise _wrong(f"the file cannot be read: {exc.strerror}") from None
    except ValueError:
        raise _wrong(f"{file} is not TOML") from None
    sections = tables.get("issuer")
    if not isinstance(sections, list) or tables.keys() != {"issuer"}:
        raise _wrong("write each issuer under [[issuer]], and nothing else")
    issuers = [_issuer(section) for section in sections]
    found = {issuer.issuer: issuer for issuer in issuers}
    if len(found) < len(issuers):
        raise _wrong("an issuer stands there twice")
    return found


def _issuer(section: object) -> Issuer:
    if not isinstance(section, dict):
        raise _wrong("write each issuer under [[issuer]]")
    if unknown := section.keys() - KNOWN:
        raise _wrong(f"there is no {min(unknown)}; there are {', '.join(sorted(KNOWN))}")
    texts = {name: section[name] for name in TEXTS if name in section}
    for name, value in texts.items():
        if not isinstance(value, str) or not value:
            raise _wrong(f"{name} is a text")
    for name in ("issuer", "audience"):
        if name not in texts:
            raise _wrong(f"{name} is missing")
    for name in ("issuer", "keys_url"):
        if name in texts and urlsplit(texts[name]).scheme != "https":
            raise _wrong(f"{name} begins with https://")
    if ("company" in texts) == ("company_claim" in texts):
        raise _wrong("give one of company and company_claim")
    return Issuer(
        **texts,
        algorithms=_algorithms(section.get("algorithms", ["RS256"])),
        administrators=_administrators(section.get("administrators", {})),
        leeway_seconds=_leeway(section.get("leeway_seconds", 60)),
    )


def _algorithms(given: object) -> tuple[str, ...]:
    if not isinstance(given, list) or not given or not ASYMMETRIC.issuperset(map(str, given)):
        raise _wrong(f"algorithms is a list of some of {', '.join(sorted(ASYMMETRIC))}")
    return tuple(given)


def _administrators(given: Any) -> Administrators:
    if not given:
        return Administrators()
    claim, values = (given.get("claim"), given.get("values")) if isinstance(given, dict) else (None, None)
    if (
        not isinstance(claim, str)
        or not isinstance(values, list)
        or not all(isinstance(v, str) for v in values)
    ):
        raise _wrong('administrators is like { claim = "roles", values = ["mail-admin"] }')
    return Administrators(claim=claim, values=frozenset(values))


def _leeway(given: object) -> int:
    if type(given) is not int or not 0 <= given <= 300:
        raise _wrong("leeway_seconds is a number from 0 to 300")
    return given


def _wrong(why: str) -> ConfigurationError:
    return ConfigurationError(f"LETTERHEAD_ISSUERS: {why}")
