"""What to try instead: servers that answer where the given one does not, or another form of the login."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from letterhead.accounts.drafts import Draft
from letterhead.discovery.found import Candidate, Source
from letterhead.discovery.rules import is_within
from letterhead.house import House
from letterhead.trials.bench import Bench
from letterhead.trials.rules import neighbours, other_login, with_login
from letterhead.trials.trial import Step, StepStatus, Suggestion
from letterhead.wire.knock import knock
from letterhead.wire.server import MailServer
from letterhead.wire.trouble import Cause, WireError
from letterhead_providers import DiagnosisCode, Protocol, ProviderKind, Security, Stage

PATIENCE = 3.0
"""Seconds after which a server that keeps us waiting is looked for elsewhere too."""

SECONDS = 4.0
OPENING = frozenset({Stage.RESOLVE, Stage.CONNECT, Stage.GREETING, Stage.TLS, Stage.CAPABILITIES})


async def look_around(bench: Bench, server: MailServer) -> None:
    """Where ``server`` does not let us through, its neighbours are knocked at. The secret stays at home."""
    if await bench.passages[server.protocol].is_open(patience=PATIENCE):
        return
    if await _is_out_of_bounds(bench.house, server):
        return
    around = neighbours(server, bench.draft.address.rpartition("@")[2])
    found = await first_answering(bench.house, around)
    if found is None:
        return
    bench.outcome.elsewhere[server.protocol] = found
    if found == replace(server, security=Security.TLS):
        bench.passages[server.protocol].speaks_tls()


async def _is_out_of_bounds(house: House, server: MailServer) -> bool:
    """A target that may not be dialled has no neighbours either: whoever asks learns nothing around it."""
    try:
        await house.dialler.resolve(server.protocol, server.host, server.port)
    except WireError as error:
        return error.cause is Cause.TARGET_REFUSED
    return False


async def first_answering(house: House, servers: Sequence[MailServer]) -> MailServer | None:
    """The first of ``servers`` that answers within four seconds. All are asked at once."""
    knocks = [asyncio.create_task(_answers(house, server)) for server in servers]
    try:
        async with asyncio.timeout(SECONDS):
            for server, answer in zip(servers, knocks, strict=True):
                if await asyncio.shield(answer):
                    return server
    except TimeoutError:
        in_time = (answer.done() and answer.result() for answer in knocks)
        return next((server for server, answers in zip(servers, in_time, strict=True) if answers), None)
    finally:
        for answer in knocks:
            answer.cancel()
        await asyncio.gather(*knocks, return_exceptions=True)
    return None


async def _answers(house: House, server: MailServer) -> bool:
    try:
        await knock(server, house.dialler, local_hostname=house.settings.public_hostname)
    except WireError:
        return False
    return True


def suggested(bench: Bench) -> Suggestion | None:
    """After the legs have ended. None where there is nothing better to try."""
    draft, steps = bench.draft, bench.recorder.steps
    lost = {step.leg for step in steps if step.status is StepStatus.FAILED and step.stage in OPENING}
    elsewhere = {leg: server for leg, server in bench.outcome.elsewhere.items() if leg in lost}
    smtp = elsewhere.get(draft.smtp.protocol, draft.smtp)
    incoming = draft.incoming and elsewhere.get(draft.incoming.protocol, draft.incoming)
    for step in steps:
        if is_of_login(step) and (login := other_form(bench.house, draft, step.leg)):
            tried = _server(draft, step.leg).username or ""
            smtp = with_login(smtp, login, tried)
            incoming = incoming and with_login(incoming, login, tried)
    if (smtp, incoming) == (draft.smtp, draft.incoming):
        return None
    domain = draft.address.rpartition("@")[2]
    hosts = {server.host for server in elsewhere.values()} - {_server(draft, leg).host for leg in lost}
    return Suggestion(smtp=smtp, incoming=incoming, trusted=all(is_within(host, domain) for host in hosts))


def is_of_login(step: Step) -> bool:
    refused = step.stage is Stage.SIGN_IN and step.status is StepStatus.FAILED
    return refused and step.diagnosis is not None and step.diagnosis.code is DiagnosisCode.WRONG_PASSWORD


def other_form(house: House, draft: Draft, leg: Protocol | None) -> str | None:
    """Of the login, untested. None where the service is known and says which one it wants."""
    username, provider = _server(draft, leg).username, house.catalogue.provider(draft.provider_key)
    if username is None or (provider and provider.kind is not ProviderKind.CUSTOM):
        return None
    return other_login(username, draft.address)


def _server(draft: Draft, leg: Protocol | None) -> MailServer:
    return draft.incoming if draft.incoming and leg is draft.incoming.protocol else draft.smtp


def candidate_of(house: House, suggestion: Suggestion, provider_key: str) -> Candidate:
    """The same as discovery shows it."""
    provider = house.catalogue.provider(provider_key)
    return Candidate(
        provider_key=provider_key,
        smtp=suggestion.smtp,
        incoming=suggestion.incoming,
        methods=provider.auth_methods if provider else (),
        source=Source.GUESS,
        trusted=suggestion.trusted,
    )
