"""What relays state alike: they send and keep no mail, and their secrets are made up by them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from letterhead_plugins.exchangers import is_below
from letterhead_plugins.presets import SHOWN
from letterhead_providers import (
    Actor,
    Diagnosis,
    DiagnosisCode,
    Finding,
    Instruction,
    Preset,
    Retry,
    SecretFormat,
    Server,
    Subject,
    Verdict,
)

WHITE_SPACE = " \u00a0\t\r\n"

ANSWERS_ELSEWHERE = Instruction(
    text="It only sends. For incoming mail, give the mailbox where answers to this address arrive."
)


def pasted(description: str, pattern: str = r"\S+") -> SecretFormat:
    """A secret that is always pasted, so that white space and line ends are accidents."""
    return SecretFormat(pattern=pattern, description=description, strip=WHITE_SPACE)


def login_of_its_own(description: str, pattern: str = r"[^@\s]+") -> SecretFormat:
    """``description``: what the login is. Without a pattern anything but an address."""
    return SecretFormat(pattern=pattern, description=description)


def sending_only(places: Mapping[str, Sequence[Server]]) -> tuple[Preset, ...]:
    """The servers of each place, best first. A place is a region or a purpose; empty: the usual one."""
    servers = [(place, server) for place, here in places.items() for server in here]
    return tuple(
        Preset(
            label=f"{f'{place}: ' if place else ''}{SHOWN[server.security]} on port {server.port}",
            smtp=server,
            incoming=None,
            recommended=number == 0,
        )
        for number, (place, server) in enumerate(servers)
    )


def on_its_servers(service: str, subject: Subject, suffixes: Iterable[str]) -> Iterator[Finding]:
    """Warns of a server that is not the service's, for which none of what is known of it is true."""
    host = subject.smtp.host.lower()
    title = f"Mail goes out by a server of {service}"
    if is_below(host, suffixes):
        yield Finding(title=title, verdict=Verdict.PASSED, evidence=host)
        return
    yield Finding(
        title=title,
        verdict=Verdict.WARNED,
        evidence=host,
        diagnosis=Diagnosis(
            code=DiagnosisCode.POLICY_OTHER,
            title=f"{host} is not a server of {service}",
            explanation=f"What is known of {service}, such as its limits and what its answers mean, may not "
            "be true for another server.",
            advice=(Instruction(text="Choose the service that the server belongs to."),),
            actor=Actor.MAILBOX_OWNER,
            retry=Retry.AFTER_CHANGE,
        ),
    )
