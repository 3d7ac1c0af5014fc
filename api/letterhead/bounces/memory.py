"""Which mail of a POP3 mailbox was looked at, by its unique ids (RFC 1939 section 7)."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar
from uuid import UUID

from letterhead.store import models
from letterhead.store.database import now, select

T = TypeVar("T")
AT_A_TIME = 500


class SeenMail:
    """Of one account: rows that are there as long as the server still lists the mail."""

    def __init__(self, company_id: UUID, account_id: UUID) -> None:
        self._company_id = company_id
        self._account_id = account_id

    async def known(self, there: list[str]) -> set[str]:
        """All that were seen. Those that are there no longer are forgotten."""
        rows = await select(
            "SELECT uid FROM inbox_mail WHERE company_id = $1 AND account_id = $2",
            self._company_id,
            self._account_id,
        )
        known, listed = {row["uid"] for row in rows}, set(there)
        for some in _some(sorted(known - listed)):
            await self._rows().filter(uid__in=some).delete()
        return known & listed

    async def add(self, uids: list[str]) -> None:
        at = now()
        for some in _some(uids):
            await models.InboxMail.bulk_create(
                [
                    models.InboxMail(
                        company_id=self._company_id, account_id=self._account_id, uid=uid, seen_at=at
                    )
                    for uid in some
                ],
                ignore_conflicts=True,
            )

    async def forget(self) -> None:
        await self._rows().delete()

    def _rows(self) -> Any:
        return models.InboxMail.filter(company_id=self._company_id, account_id=self._account_id)


def _some(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + AT_A_TIME] for start in range(0, len(items), AT_A_TIME))
