"""The order of an owner's addresses."""

from uuid import UUID

from letterhead.store.database import is_postgres, select


async def make_room(company_id: UUID, owner_id: UUID, account_id: UUID, wanted: int) -> int:
    """Numbers the owner's other addresses from 0 in their order, leaving out one place. The place, which is
    ``wanted`` or after the last. Within the caller's transaction.

    That others make room is no change of theirs: their versions stay.
    """
    others = f"""SELECT id FROM email_account WHERE company_id = $1 AND owner_id = $2
        ORDER BY id {"FOR UPDATE" if is_postgres() else ""}"""
    place = min(wanted, len(await select(others, company_id, owner_id)) - 1)
    await select(
        """UPDATE email_account SET position = line.place FROM (
            SELECT id, number + CASE WHEN number >= $4 THEN 1 ELSE 0 END AS place FROM (
                SELECT id, ROW_NUMBER() OVER (ORDER BY position, created_at, id) - 1 AS number
                FROM email_account WHERE company_id = $1 AND owner_id = $2 AND id <> $3
            ) numbered
        ) line
        WHERE email_account.id = line.id AND email_account.position <> line.place
        RETURNING email_account.id""",
        company_id,
        owner_id,
        account_id,
        place,
    )
    return place


async def after_the_last(company_id: UUID, owner_id: UUID) -> int:
    rows = await select(
        "SELECT MAX(position) AS last FROM email_account WHERE company_id = $1 AND owner_id = $2",
        company_id,
        owner_id,
    )
    last: int | None = rows[0]["last"]
    return 0 if last is None else last + 1
