"""Walking a plugin's flows and checks with made-up answers, to see how they behave."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from letterhead_providers.catalogue import Catalogue
from letterhead_providers.check import Finding, Subject
from letterhead_providers.flow import (
    Ask,
    Fetch,
    FetchOutcome,
    Lookup,
    LookupOutcome,
    Refuse,
    SignInStart,
    Visit,
    Wait,
)
from letterhead_providers.provider import AuthMethod, Provider, Security, Server
from letterhead_providers.reply import Diagnosis, Protocol
from letterhead_providers.switchboard import Ended, PluginFault

CANARY = "canarycanarycana"
MOST_STEPS = 20
NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
ANY_SERVER = Server(protocol=Protocol.SMTP, host="mail.example.com", port=465, security=Security.TLS)


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """``steps``: what was asked for, in order. ``shown``: everything a person would have read."""

    steps: tuple[Any, ...] = ()
    shown: str = ""
    fault: str | None = None


def address_at(provider: Provider) -> str:
    return f"somebody@{provider.domains[0] if provider.domains else 'example.com'}"


def subject_of(provider: Provider, method: AuthMethod) -> Subject:
    """An account such as the provider's customers have, with an alias that is none of theirs."""
    preset = provider.presets[0] if provider.presets else None
    return Subject(
        provider=provider,
        address=address_at(provider),
        aliases=("else@example.org",),
        smtp=preset.smtp if preset else ANY_SERVER,
        incoming=preset.incoming if preset else None,
        kind=method.kind,
        greeting="mail.example.com ESMTP",
        capabilities=("STARTTLS", "AUTH PLAIN LOGIN"),
    )


async def rehearse_sign_in(catalogue: Catalogue, provider: Provider, method: AuthMethod) -> Rehearsal:
    """A walk with every form filled in with ``CANARY``, and every request refused."""
    preset = provider.presets[0] if provider.presets else None
    flow = await catalogue.sign_in(
        SignInStart(
            provider=provider,
            method=method,
            address=address_at(provider),
            smtp=preset.smtp if preset else ANY_SERVER,
            incoming=preset.incoming if preset else None,
            now=NOW,
            state="state",
            nonce="nonce",
            verifier="v" * 43,
            callback_url="https://letterhead.example/sign-in/callback",
            client_id="client",
            client_secret=CANARY,
        )
    )
    return Rehearsal() if flow is None else await _walk(catalogue, provider, flow)


async def rehearse_checks(catalogue: Catalogue, provider: Provider, method: AuthMethod) -> Rehearsal:
    """A run in which no question has an answer."""
    checks = await catalogue.checks(subject_of(provider, method))
    return Rehearsal() if checks is None else await _walk(catalogue, provider, checks)


async def _walk(catalogue: Catalogue, provider: Provider, generator: Any) -> Rehearsal:
    steps: list[Any] = []
    outcome: object = None
    fault = f"it does not come to an end within {MOST_STEPS} steps"
    for _ in range(MOST_STEPS):
        step = await catalogue.step(provider.key, generator, outcome)
        if isinstance(step, PluginFault):
            fault = step.message
            break
        steps.append(step)
        if isinstance(step, Ended):
            return Rehearsal(steps=tuple(steps), shown=_shown(steps))
        outcome = _made_up(step)
    else:
        await catalogue.close(generator)
    return Rehearsal(steps=tuple(steps), shown=_shown(steps), fault=fault)


def _made_up(step: object) -> object:
    match step:
        case Ask(fields=fields):
            return {field.name: CANARY for field in fields}
        case Visit():
            return {"state": "state", "code": CANARY}
        case Fetch():
            return FetchOutcome(status=400, body='{"error": "invalid_grant"}')
        case Lookup():
            return LookupOutcome(error="the name server did not answer")
        case _:
            return None


def _shown(steps: list[Any]) -> str:
    """What people read of it: not requests, and not the secret that a flow ends with."""
    texts: list[str] = []
    for step in steps:
        match step:
            case Ask(title=title, fields=fields, instructions=instructions, problems=problems):
                texts += [title, *(f"{f.label} {f.help}" for f in fields), *(i.text for i in instructions)]
                texts += problems.values()
            case Wait(message=message):
                texts.append(message)
            case Finding(title=title, evidence=evidence, diagnosis=diagnosis):
                texts += [title, evidence or "", _words(diagnosis)]
            case Ended(value=Refuse(diagnosis=diagnosis)):
                texts.append(_words(diagnosis))
    return "\n".join(texts)


def _words(diagnosis: Diagnosis | None) -> str:
    if diagnosis is None:
        return ""
    return " ".join([diagnosis.title, diagnosis.explanation, *(step.text for step in diagnosis.advice)])
