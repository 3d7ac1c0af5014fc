"""Asks the bundled plugins what the house asks them."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from letterhead.diagnosis.parse import parse_pasted, protocol_of
from letterhead_providers import (
    AuthMethod,
    CredentialKind,
    DiagnosisCode,
    Finding,
    Lookup,
    LookupOutcome,
    Provider,
    Stage,
    Subject,
)
from letterhead_providers.catalogue import Catalogue
from letterhead_providers.patterns import fits
from letterhead_providers.switchboard import Ended

NOBODY = LookupOutcome(records=("10 mx.elsewhere.example.",))


def provider(catalogue: Catalogue, key: str) -> Provider:
    found = catalogue.provider(key)
    assert found, f"there is no provider {key}"
    return found


def method(catalogue: Catalogue, provider_key: str, key: str) -> AuthMethod:
    [found] = [method for method in provider(catalogue, provider_key).auth_methods if method.key == key]
    return found


def servers(catalogue: Catalogue, key: str) -> list[str]:
    """Each preset as one line."""
    return [
        f"{preset.smtp.host}:{preset.smtp.port} {preset.incoming.host}:{preset.incoming.port}"
        for preset in provider(catalogue, key).presets
        if preset.incoming
    ]


def forms(said: str) -> Iterator[str]:
    """The reply as servers also give it: shouted, among other words, over several lines."""
    yield said
    yield said.upper()
    yield f"{said} mx17.firma.example [203.0.113.77] ref 4711-0815"
    if found := re.fullmatch(r"([2-5]\d\d) ([245]\.\d+\.\d+ )?(.+)", said):
        code, status, words = found[1], found[2] or "", [*found[3].split(), "ref 4711"]
        yield "\r\n".join(f"{code}-{status}{word}" for word in words) + f"\r\n{code} {status}end"


async def meanings(catalogue: Catalogue, key: str, said: str, stage: Stage) -> set[DiagnosisCode | None]:
    """What the service's plugin takes the reply for, in all its forms."""
    found = [
        await catalogue.explain(key, protocol_of(form), stage, parse_pasted(form)) for form in forms(said)
    ]
    return {diagnosis.code if diagnosis else None for diagnosis in found}


async def entered(catalogue: Catalogue, provider_key: str, key: str, pasted: str) -> tuple[str, bool]:
    """The secret as the service wants it, and whether it has the right shape."""
    way_in = method(catalogue, provider_key, key)
    secret = await catalogue.normalize(provider(catalogue, provider_key), way_in, pasted)
    assert way_in.secret_format
    return secret, fits(way_in.secret_format.pattern, secret)


def is_a_login(catalogue: Catalogue, provider_key: str, key: str, login: str) -> bool:
    form = method(catalogue, provider_key, key).login_format
    assert form
    return fits(form.pattern, login)


def subject(
    catalogue: Catalogue,
    key: str,
    address: str,
    *aliases: str,
    login: str | None = None,
    host: str | None = None,
    kind: CredentialKind = CredentialKind.APP_PASSWORD,
) -> Subject:
    """An account with the provider's first preset; ``login``: where it is not the address."""
    preset = provider(catalogue, key).presets[0]
    smtp = replace(preset.smtp, host=host or preset.smtp.host, username=login or address)
    return Subject(
        provider=provider(catalogue, key),
        address=address,
        aliases=aliases,
        smtp=smtp,
        incoming=preset.incoming,
        kind=kind,
    )


async def findings(
    catalogue: Catalogue, about: Subject, answer: LookupOutcome = NOBODY
) -> list[tuple[str, str, DiagnosisCode | None]]:
    """What the checks find, as verdict, title and diagnosis; what they look up, as MX and name."""
    checks = await catalogue.checks(about)
    seen: list[tuple[str, str, DiagnosisCode | None]] = []
    outcome: Any = None
    while checks:
        need = await catalogue.step(about.provider.key, checks, outcome)
        outcome = None
        match need:
            case Lookup():
                seen.append((need.kind, need.name, None))
                outcome = answer
            case Finding():
                seen.append((need.verdict, need.title, need.diagnosis and need.diagnosis.code))
            case _:
                assert need == Ended(None)
                break
    return seen
