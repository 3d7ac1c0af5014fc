"""Settings of the front door: who may knock, how much one may ask at once, and how often."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode

from letterhead.wire.origins import clean_origin


class FrontSettings(BaseSettings):
    """What one request may be, before any of it is executed. docs/http.md says what a refusal looks like."""

    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Whose pages may ask this server from a browser (CORS, and websockets too), separated by "
        "commas: `https://crm.example`.",
    )
    operations: Path | None = Field(
        default=None,
        description="A JSON file of registered operations: `{ID: DOCUMENT, …}` as Relay writes it, or an "
        "Apollo manifest. They may be asked for by id.",
    )
    only_registered_operations: bool = Field(
        default=False, description="Run nothing but the registered operations, by id or by their very text."
    )
    automatic_persisted_queries: bool = Field(
        default=False, description="Let clients name a document they have sent before by its SHA-256."
    )
    introspection: Literal["MANAGERS", "ALWAYS", "NEVER"] = Field(
        default="MANAGERS",
        description="Who may ask for the schema, and is told what a misspelt name may have meant: callers "
        "with a `MANAGE_…` permission that is not of their own accounts alone, all, or nobody.",
    )
    request_octets: int = Field(
        default=2 * 1024 * 1024, ge=1024, description="The longest body of a request, in octets."
    )
    request_seconds: float = Field(
        default=20, gt=0, description="How long a client may take to send a request's head, and its body."
    )
    operation_seconds: float = Field(default=30, gt=0, description="How long a query or mutation may take.")
    document_tokens: int = Field(default=4000, ge=1, description="The most tokens of a document.")
    document_depth: int = Field(default=15, ge=1, description="The deepest a document may nest fields.")
    document_aliases: int = Field(default=50, ge=0, description="The most aliases of a document.")
    document_directives: int = Field(default=50, ge=0, description="The most directives of a document.")
    document_fragments: int = Field(
        default=100, ge=0, description="The most fragments of a document, named, inline and spread."
    )
    root_fields: int = Field(default=20, ge=1, description="The most fields at the root of an operation.")
    objects: int = Field(
        default=200_000,
        ge=1,
        description="The most objects that an operation may ask for: pages multiplied by pages inside them.",
    )
    cost_per_minute: int = Field(
        default=600_000,
        ge=0,
        description="What a caller may ask for in a minute, in all processes: each operation costs 1 for "
        "every 100 objects it asks for, and for sending 10, for looking at servers 100. 0: any amount.",
    )
    connections: int = Field(
        default=1000, ge=1, description="The most connections of a process, and the most websockets."
    )
    websockets_per_caller: int = Field(
        default=50, ge=1, description="The most websockets of a caller in a process."
    )
    streams_per_caller: int = Field(
        default=200, ge=1, description="The most subscriptions of a caller in a process."
    )

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _allowed_origins(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(clean_origin(origin.strip()) for origin in value.split(",") if origin.strip())
