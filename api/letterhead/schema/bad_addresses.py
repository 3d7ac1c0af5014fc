"""Addresses that mail came back from: asked before writing, told after, and forgotten when known better."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import strawberry

from letterhead.bounces import known_bad
from letterhead.diagnosis.message import told
from letterhead.errors import Refused
from letterhead.schema.context import Info
from letterhead.schema.diagnosis import Diagnosis, show_diagnosis
from letterhead.schema.enums import shown
from letterhead.schema.problems import MessageError, shown_problems
from letterhead.schema.scalars import EmailAddress
from letterhead.schema.spoken import spoken


class MessageWarningCode(StrEnum):
    RECIPIENT_KNOWN_BAD = "RECIPIENT_KNOWN_BAD"


shown(
    MessageWarningCode,
    "MessageWarningCode",
    "What would surprise the sender of a message. Grows: be ready for new values.",
    RECIPIENT_KNOWN_BAD="Mail to this address came back because nobody reads there any more.",
)


@strawberry.type(description="What its sender should know about a message that was queued all the same.")
class MessageWarning:
    code: MessageWarningCode = strawberry.field(description="What it is about.")
    message: str = spoken("The same in words.")
    path: list[str] = strawberry.field(description="Path into the input, such as ['to', '0', 'address'].")


@strawberry.type(description="An address that mail of the company came back from for good.")
class KnownBadAddress:
    address: EmailAddress = strawberry.field(description="The address, as it was asked for.")
    since: datetime = strawberry.field(description="When mail to it came back the last time.")
    diagnosis: Diagnosis = strawberry.field(description="Why.")


@strawberry.input(description="Which address is good after all.")
class ForgetBadAddressInput:
    address: str = strawberry.field(description="The address.")


@strawberry.type(description="Whether the address was known as bad.")
class ForgetBadAddressPayload:
    forgotten: bool = strawberry.field(description="False: it was not known as bad.")
    errors: list[MessageError] = strawberry.field(description="What to put right.")


Addresses = Annotated[list[str], strawberry.argument(description="At most 500.")]


async def known_bad_addresses(info: Info, addresses: Addresses) -> list[KnownBadAddress] | None:
    found = await known_bad.known_bad(addresses, by=info.context.by)
    shown_ones = ((one, show_diagnosis(one.diagnosis)) for one in found)
    return [
        KnownBadAddress(address=EmailAddress(one.address), since=one.since, diagnosis=diagnosis)
        for one, diagnosis in shown_ones
        if diagnosis
    ]


async def forget_bad_address(info: Info, input: ForgetBadAddressInput) -> ForgetBadAddressPayload:  # noqa: A002
    try:
        forgotten = await known_bad.forget_bad(input.address, by=info.context.by)
    except Refused as refused:
        problems = shown_problems(refused, MessageError)
        return ForgetBadAddressPayload(forgotten=False, errors=problems)
    return ForgetBadAddressPayload(forgotten=forgotten, errors=[])


async def warnings_about(
    info: Info, recipients: Iterable[tuple[tuple[str, ...], str]]
) -> list[MessageWarning]:
    """``recipients``: paths into the input, and the addresses there."""
    given = list(recipients)
    bad = await known_bad.among([address for _, address in given], company_id=info.context.by.company_id)
    known = {one.address for one in bad}
    return [
        MessageWarning(
            code=MessageWarningCode.RECIPIENT_KNOWN_BAD,
            message=told(
                "Mail to {address} came back because nobody reads there any more. Ask for another address.",
                address=address,
            ),
            path=list(path),
        )
        for path, address in given
        if address in known
    ]
