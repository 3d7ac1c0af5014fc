"""What is known about an account and about who may write from it: read for many messages at once, and never
believed for longer than a moment, so that a change acts at once."""

import time
from uuid import UUID

from letterhead.house import House
from letterhead.outbox.queue import Claim
from letterhead.senders import verbs as senders
from letterhead.senders.verbs import Exclusion
from letterhead.store import models
from letterhead_providers import Limits

FRESH_SECONDS = 1.0

Writer = tuple[UUID | None, UUID | None, str]


class Standing:
    """Of the messages of one account, while it has its turn."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._read_at = float("-inf")
        self._account: models.EmailAccount | None = None
        self._excluded: dict[Writer, Exclusion | None] = {}
        self._limits: tuple[tuple[str, str], Limits | None] | None = None

    def forget(self) -> None:
        self._read_at = float("-inf")

    async def account(self, claim: Claim) -> models.EmailAccount | None:
        """None: it was deleted."""
        if claim.account_id is None:
            return None
        if time.monotonic() - self._read_at > FRESH_SECONDS:
            self._excluded.clear()
            self._account = await models.EmailAccount.get_or_none(
                id=claim.account_id, company_id=claim.company_id
            )
            self._read_at = time.monotonic()
        return self._account

    async def excluded(self, claim: Claim) -> Exclusion | None:
        """Why its author may not write from its address any more."""
        writer = (claim.author_id, claim.project_id, claim.from_address)
        if writer not in self._excluded:
            self._excluded[writer] = await senders.still_allowed(
                company_id=claim.company_id,
                account_id=claim.account_id,
                from_address=claim.from_address,
                employee_id=claim.author_id,
                project_id=claim.project_id,
            )
        return self._excluded[writer]

    async def limits(self, account: models.EmailAccount) -> Limits | None:
        """The service's."""
        key = (account.provider_key, account.address)
        if self._limits is None or self._limits[0] != key:
            provider = self._house.catalogue.provider(account.provider_key)
            found = await self._house.catalogue.limits(provider, account.address) if provider else None
            self._limits = (key, found)
        return self._limits[1]
