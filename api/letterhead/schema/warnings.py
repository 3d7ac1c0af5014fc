"""What would surprise somebody later."""

from collections.abc import Iterable

import strawberry

from letterhead.accounts.foresight import known_providers
from letterhead.schema.context import Info
from letterhead.schema.ids import encode
from letterhead.schema.node import Node
from letterhead.schema.spoken import spoken
from letterhead.senders.warnings import Warning as DomainWarning
from letterhead.senders.warnings import WarningCode


@strawberry.type(description="What would surprise you later.")
class Warning:  # noqa: A001 - the schema's name
    code: WarningCode = strawberry.field(description="What it is.")
    message: str = spoken("It in plain words.")
    subjects: list[Node] = strawberry.field(
        description="The first hundred things that it is about, as far as the viewer may know of them."
    )


async def warnings_of_company(info: Info) -> list[Warning]:
    found = await info.context.loaders.warnings.load(known_providers(info.context.house))
    return await show_warnings(info, found)


async def show_warnings(info: Info, found: Iterable[DomainWarning]) -> list[Warning]:
    from letterhead.schema.nodes import fetch  # noqa: PLC0415 - nodes knows every type

    warnings = list(found)
    ids = [encode(kind, subject) for warning in warnings for kind, subject in warning.subjects]
    subjects = dict(zip(ids, await fetch(info, ids), strict=True))
    return [
        Warning(
            code=warning.code,
            message=warning.message,
            subjects=[
                node
                for kind, subject in warning.subjects
                if (node := subjects[encode(kind, subject)]) is not None
            ],
        )
        for warning in warnings
    ]
