"""Which of a family's servers an address has its mailbox on: sister services, or data centres of one."""

from collections.abc import Iterable
from typing import Protocol

from letterhead_plugins.exchangers import domain_of
from letterhead_providers import (
    Actor,
    Diagnosis,
    DiagnosisCode,
    Finding,
    Instruction,
    Preset,
    Retry,
    Subject,
    Verdict,
)


class Home(Protocol):
    """A service, or a place of one: the domains of its addresses, and its servers."""

    @property
    def name(self) -> str: ...
    @property
    def domains(self) -> tuple[str, ...]: ...
    @property
    def presets(self) -> tuple[Preset, ...]: ...


def home_of(address: str, homes: Iterable[Home]) -> Home | None:
    return next((home for home in homes if domain_of(address) in home.domains), None)


def on_its_servers(
    subject: Subject, home: Home, homes: Iterable[Home], otherwise: Verdict = Verdict.FAILED
) -> Finding | None:
    """Whether mail goes out from the home's own servers. None: from servers of none of the family.

    ``otherwise``: what to find where they are a sister's.
    """
    host = subject.smtp.host.lower()
    title = f"{subject.address} is used with the servers of {home.name}"
    if host in _hosts(home):
        return Finding(title=title, verdict=Verdict.PASSED, evidence=host)
    if not any(host in _hosts(other) for other in homes):
        return None
    return Finding(
        title=title, verdict=otherwise, evidence=host, diagnosis=_wrong_servers(subject, home, host)
    )


def _hosts(home: Home) -> set[str]:
    return {preset.smtp.host for preset in home.presets}


def _wrong_servers(subject: Subject, home: Home, host: str) -> Diagnosis:
    best = home.presets[0]
    incoming = f", and {best.incoming.host} for incoming mail" if best.incoming else ""
    return Diagnosis(
        code=DiagnosisCode.SENDER_NOT_OWNED,
        title=f"{subject.address} has its mailbox at {home.name}",
        explanation=f"{home.name} has servers of its own. {host} knows other mailboxes, and will not send "
        f"for {subject.address}.",
        advice=(Instruction(text=f"Use {best.smtp.host} with port {best.smtp.port}{incoming}."),),
        actor=Actor.MAILBOX_OWNER,
        retry=Retry.AFTER_CHANGE,
    )
