"""How much may be sent, by the service's word and the owner's."""

from dataclasses import replace

from letterhead.outbox.rules import stricter
from letterhead_providers import Limits


def narrowed(service: Limits | None, per_minute: int | None, per_day: int | None) -> Limits | None:
    """The service's limits, narrowed by an account's own. None: nobody says any."""
    if service is None and per_minute is None and per_day is None:
        return None
    limits = service or Limits()
    return replace(
        limits,
        messages_per_minute=stricter(limits.messages_per_minute, per_minute),
        messages_per_day=stricter(limits.messages_per_day, per_day),
    )


def why_not_limit(wanted: int | None, service: int | None) -> str | None:
    """What is wrong with a limit of one's own, or None. ``service``: what the service allows."""
    if wanted is None:
        return None
    if wanted < 1:
        return "A limit is 1 or more; null takes it away. To send nothing, switch the account off."
    if service is not None and wanted > service:
        return f"The mail service allows {service}; give at most that, or null for the service's own limit."
    return None
