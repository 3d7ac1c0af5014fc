"""What a bounce says, as data. Every text in it was written by a stranger."""

from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """FAILED: given up. DELAYED: the server still tries (RFC 3464 section 2.3.3)."""

    FAILED = "FAILED"
    DELAYED = "DELAYED"


@dataclass(frozen=True, kw_only=True)
class Bounced:
    """One recipient. ``address``: where it failed in the end. ``original``: as the sender wrote it, if told.

    ``status``: RFC 3463's. ``diagnostic``: the words of the server that refused it, or of whoever reports.
    ``remote``: the host that refused it.
    """

    address: str
    original: str | None = None
    action: Action = Action.FAILED
    status: str | None = None
    diagnostic: str = ""
    remote: str | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        """Under which the sender may know the recipient, the likeliest first."""
        return (self.original, self.address) if self.original else (self.address,)


@dataclass(frozen=True, kw_only=True)
class Report:
    """A bounce. ``bounced`` is never empty. ``envelope_id``: ENVID (RFC 3461) as its sender gave it.

    ``message_ids``: of the returned message, with their angle brackets; more than one where it is quoted
    within a returned message. ``reporter``: the host that wrote it. ``found_by``: what recognised it.
    """

    bounced: tuple[Bounced, ...]
    envelope_id: str | None = None
    message_ids: tuple[str, ...] = ()
    reporter: str | None = None
    found_by: str = ""
