"""Whether a domain has been set up at a relay, as far as DNS tells.

A relay has its customers publish records below a domain. Where they stand, the domain was set up there; where
they do not, a single address may still have been verified, so that this is never more than a warning.
"""

from collections.abc import Generator
from dataclasses import dataclass

from letterhead_plugins.exchangers import domain_of
from letterhead_providers import (
    Actor,
    Diagnosis,
    DiagnosisCode,
    Finding,
    Instruction,
    Lookup,
    LookupOutcome,
    Retry,
    Subject,
    Verdict,
)
from letterhead_providers.check import CheckNeed, CheckOutcome


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A record by which a relay's customers are known.

    ``below``: the labels before the domain; empty: the domain itself.
    ``holds``: its value has one of these in it.
    """

    kind: str
    holds: tuple[str, ...]
    below: str = ""


def domains_of(subject: Subject) -> tuple[str, ...]:
    """The domains that mail of the account comes from, each once."""
    return tuple(dict.fromkeys(domain_of(sender) for sender in (subject.address, *subject.aliases)))


def set_up_at(
    service: str, domain: str, mark: Mark, otherwise: Diagnosis
) -> Generator[CheckNeed, CheckOutcome, None]:
    name = f"{mark.below}.{domain}" if mark.below else domain
    answer = yield Lookup(name=name, kind=mark.kind)
    assert isinstance(answer, LookupOutcome)
    title = f"{domain} is set up at {service}"
    if answer.error:
        evidence = f"It could not be looked up: {answer.error}"
        yield Finding(title=title, verdict=Verdict.WARNED, evidence=evidence)
    elif any(text in record.casefold() for record in answer.records for text in mark.holds):
        evidence = f"{name} has the {mark.kind} record that {service} asks for."
        yield Finding(title=title, verdict=Verdict.PASSED, evidence=evidence)
    else:
        evidence = f"{name} has no {mark.kind} record of {service}."
        yield Finding(title=title, verdict=Verdict.WARNED, evidence=evidence, diagnosis=otherwise)


def unverified(service: str, domain: str, explanation: str, *advice: Instruction) -> Diagnosis:
    return Diagnosis(
        code=DiagnosisCode.SENDER_DOMAIN_UNVERIFIED,
        title=f"{service} may not know {domain}",
        explanation=explanation,
        advice=advice,
        actor=Actor.MAIL_ADMIN,
        retry=Retry.AFTER_CHANGE,
    )
