"""What ties a visit to the service to one flow and to the browser that makes it.

The state is known to the service, the ticket to the front end, the cookie to the browser; neither tells
another, because both come from the flow's verifier, which never leaves the house before the code is redeemed.
"""

import hmac
import secrets
from uuid import UUID

from letterhead.signin.replay import Journal


def new_state(flow_id: UUID) -> str:
    return f"{flow_id.hex}.{secrets.token_urlsafe(32)}"


def ticket(flow_id: UUID, journal: Journal) -> str:
    """What stands in the address of ours that the person is sent to first."""
    return f"{flow_id.hex}.{_derived(journal, b'ticket')}"


def cookie_name(flow_id: UUID) -> str:
    return f"letterhead_sign_in_{flow_id.hex}"


def cookie(journal: Journal) -> str:
    """What the browser shows when it comes back."""
    return _derived(journal, b"cookie")


def flow_named_in(text: str) -> UUID | None:
    """Whose state or ticket it claims to be."""
    try:
        return UUID(hex=text.partition(".")[0])
    except ValueError:
        return None


def same(given: str, right: str) -> bool:
    """Takes as long for a near miss as for any other."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), right.encode())


def _derived(journal: Journal, purpose: bytes) -> str:
    return hmac.new(journal.verifier.encode(), purpose, "sha256").hexdigest()
