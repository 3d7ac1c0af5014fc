"""How long sign-ins are kept after their end; their secrets are gone long before."""

from datetime import timedelta

from letterhead.signin.records import OPEN
from letterhead.store.clearing import delete_in_batches
from letterhead.store.database import now

KEPT = timedelta(days=30)


async def delete_old() -> int:
    """Sign-ins that ended; how many there were."""
    states = ", ".join(f"${number}" for number in range(2, 2 + len(OPEN)))
    ended = f"SELECT id FROM sign_in_flow WHERE expires_at <= $1 AND state NOT IN ({states})"
    return await delete_in_batches("sign_in_flow", ended, now() - KEPT, *OPEN)
