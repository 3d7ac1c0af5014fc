"""Whether a domain's mail arrives at the service, which is asked of every domain of one's own."""

from collections.abc import Generator, Iterable

from letterhead_providers import (
    Actor,
    Diagnosis,
    DiagnosisCode,
    Finding,
    Instruction,
    Lookup,
    LookupOutcome,
    Retry,
    Verdict,
)
from letterhead_providers.check import CheckNeed, CheckOutcome


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].lower()


def is_below(host: str, suffixes: Iterable[str]) -> bool:
    return any(f".{host}".endswith(f".{suffix}") for suffix in suffixes)


def received_by(
    service: str, domain: str, suffixes: Iterable[str]
) -> Generator[CheckNeed, CheckOutcome, tuple[str, ...]]:
    """Looks the domain's mail exchangers up, finds, and returns them; none where there was no answer."""
    answer = yield Lookup(name=domain, kind="MX")
    assert isinstance(answer, LookupOutcome)
    hosts = tuple(record.split()[-1].rstrip(".").lower() for record in answer.records if record.strip())
    title = f"Mail for {domain} is received by {service}"
    if answer.error:
        evidence = f"It could not be looked up: {answer.error}"
        yield Finding(title=title, verdict=Verdict.WARNED, evidence=evidence)
        return ()
    evidence = ", ".join(hosts) or "no mail exchanger"
    if any(is_below(host, suffixes) for host in hosts):
        yield Finding(title=title, verdict=Verdict.PASSED, evidence=evidence)
    else:
        yield Finding(
            title=title,
            verdict=Verdict.WARNED,
            evidence=evidence,
            diagnosis=_received_elsewhere(service, domain),
        )
    return hosts


def _received_elsewhere(service: str, domain: str) -> Diagnosis:
    return Diagnosis(
        code=DiagnosisCode.POLICY_OTHER,
        title=f"Mail for {domain} does not arrive at {service}",
        explanation=f"The mail exchangers of {domain} are not those of {service}. Sending works, but answers "
        "and bounces arrive elsewhere and will not be seen in this mailbox.",
        advice=(
            Instruction(text="If the domain's mail is kept by another service, choose that one instead."),
            Instruction(text=f"If {service} receives it after another filter, nothing has to be changed."),
        ),
        actor=Actor.MAIL_ADMIN,
        retry=Retry.AFTER_CHANGE,
    )
