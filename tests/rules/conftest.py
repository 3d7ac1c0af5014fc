import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from email import message_from_bytes

import pytest
import trustme

from lab.product import Product, Start, with_company
from lab.sinks import Sink, counting_smtp_server
from letterhead.sandbox.service import Sandbox
from rules import deeds, seen
from rules.office import Office, Service, opened
from rules.services import saved_at, stored_at
from rules.steps import Step

Live = Callable[[list[Step]], Awaitable[None]]
"""Tells a story of a new company in which all is as the rules say, after each step."""


@pytest.fixture
async def live(product: Product, lab_ca: trustme.CA) -> AsyncIterator[Live]:
    """Accounts are written to the store; whatever leaves comes to one server."""
    certificate = lab_ca.issue_cert("127.0.0.1", "localhost")
    async with counting_smtp_server(certificate=certificate) as sink:

        async def lived(story: list[Step]) -> None:
            sink.sessions.clear()
            office = await _lived_through(product, stored_at(sink), story)
            _check_all_that_left(office, sink)

        yield lived


@pytest.fixture
async def live_at_the_sandbox(start: Start, sandbox: Sandbox) -> AsyncIterator[Live]:
    """Accounts are tested and saved."""
    async with start(ca_file=sandbox.ca_file) as product:

        async def lived(story: list[Step]) -> None:
            await _lived_through(product, saved_at(sandbox), story)

        yield lived


async def _lived_through(product: Product, service: Service, story: list[Step]) -> Office:
    company = await with_company(product.serving, f"Acme {secrets.token_hex(6)}")
    try:
        office = await opened(company, service)
        for number, step in enumerate(story):
            await deeds.take(office, step)
            await seen.check_for_one(office, number)
        await seen.check(office)
        return office
    finally:
        await company.close()


def _check_all_that_left(office: Office, sink: Sink) -> None:
    sent = [letter for letter in office.firm.letters if letter.state == "SENT"]
    found = [message_from_bytes(content) for content in sink.messages]
    assert sorted((one["Subject"], one["From"]) for one in found) == sorted(
        (f"Letter {one.number}", office.at(one.mailbox)) for one in sent
    )
    envelopes = [command for command in sink.commands if command.startswith("MAIL ")]
    assert sorted(command.split(">")[0] for command in envelopes) == sorted(
        f"MAIL FROM:<{office.at(one.mailbox)}" for one in sent
    )
