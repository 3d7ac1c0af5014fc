"""Scalars with a meaning of their own."""

from datetime import UTC, datetime
from typing import NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from letterhead.errors import NotAnswerable

EmailAddress = NewType("EmailAddress", str)
Url = NewType("Url", str)


def _write_instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _read_instant(value: object) -> datetime:
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else None
        if instant is not None and instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise GraphQLError("Write an instant with its offset, such as 2026-01-31T09:30:00Z.")


def _output_only(value: object) -> str:
    raise NotAnswerable("BAD_INPUT", "This scalar is for answers only.")


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant in UTC, RFC 3339.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time",
        serialize=_write_instant,
        parse_value=_read_instant,
    ),
    EmailAddress: strawberry.scalar(
        name="EmailAddress",
        description="An addr-spec (RFC 5322), its domain in A-labels. In answers only: inputs take String.",
        serialize=str,
        parse_value=_output_only,
    ),
    Url: strawberry.scalar(
        name="URL",
        description="A web address (RFC 3986).",
        serialize=str,
        parse_value=_output_only,
    ),
}
