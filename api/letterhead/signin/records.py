"""The rows of sign-ins: read and written by version, so that of two who advance one only one does."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from letterhead.accounts.drafts import Draft, binding
from letterhead.audit.log import Action, Subject, record
from letterhead.errors import LetterheadError
from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.signin import reasons
from letterhead.signin.flows import Flow, Step, WaitStep
from letterhead.signin.replay import Journal, journal_from_text, journal_to_text
from letterhead.signin.stored import step_from_json, step_to_json
from letterhead.store import models
from letterhead.store.database import now, transaction
from letterhead.wire.stored import server_from_json, server_to_json

RUNNING, ASKING, WAITING, VISITING = "RUNNING", "ASKING", "WAITING", "VISITING"
DONE, FAILED, CANCELLED, EXPIRED = "DONE", "FAILED", "CANCELLED", "EXPIRED"
OPEN = (RUNNING, ASKING, WAITING, VISITING)
TABLE = "sign_in_flow"
TAKEN_OVER_AFTER = timedelta(seconds=15)
LINK_LASTS = timedelta(hours=24)
"""For whoever is sent a link to answer it, and then once more for whoever asked to use the credential."""


class Overtaken(LetterheadError):
    """Somebody else has moved the flow since it was read."""


def draft_of(row: models.SignInFlow) -> Draft:
    smtp = server_from_json(row.draft["smtp"])
    assert smtp is not None
    return Draft(
        address=row.draft["address"],
        aliases=(),
        provider_key=row.provider_key,
        smtp=smtp,
        incoming=server_from_json(row.draft["incoming"]),
    )


def draft_to_json(draft: Draft) -> dict[str, Any]:
    return {
        "address": draft.address,
        "smtp": server_to_json(draft.smtp),
        "incoming": server_to_json(draft.incoming),
    }


def context(row: models.SignInFlow, field: str, owner_id: UUID, draft: Draft) -> tuple[str, ...]:
    """What ``field`` is sealed for: this row and caller, and the owner and servers it was entered for."""
    return (TABLE, str(row.id), field, str(row.company_id), row.caller, str(owner_id), *binding(draft))


def seal(house: House, row: models.SignInFlow, field: str, plain: str) -> str:
    return house.vault.seal(plain, context=context(row, field, row.owner_id, draft_of(row)))


def open_journal(house: House, row: models.SignInFlow) -> Journal:
    """Raises CannotOpen."""
    own = context(row, "journal", row.owner_id, draft_of(row))
    return journal_from_text(house.vault.open(row.journal_sealed, context=own))


async def record_outcomes(house: House, row: models.SignInFlow, journal: Journal) -> None:
    """Writes the journal down before the flow goes on. Raises Overtaken."""
    await change(
        house,
        row,
        state=RUNNING,
        step=under_way(),
        journal_sealed=seal(house, row, "journal", journal_to_text(journal)),
    )


async def change(house: House, row: models.SignInFlow, *, state: str, step: Step, **columns: Any) -> None:
    """Moves the row, in the database and here. Whatever is over keeps no journal. Raises Overtaken."""
    if state not in OPEN:
        columns = {"journal_sealed": "", "secret_sealed": None, **columns}
    columns |= {"state": state, "step": step_to_json(step), "version": row.version + 1}
    async with transaction():
        if not await models.SignInFlow.filter(id=row.id, version=row.version).update(**columns):
            raise Overtaken(f"sign-in {row.id}")
        if state in (DONE, CANCELLED):
            await _record_end(row, state)
    row.update_from_dict(columns)
    house.news.changed(row.id)


async def _record_end(row: models.SignInFlow, state: str) -> None:
    """Only whoever began it, or holds its link, can bring it to an end."""
    linked = state == DONE and row.link_digest is not None
    summary = "Signed in to" if state == DONE else "Gave up signing in to"
    await record(
        Action.SIGN_IN_ENDED,
        f"{summary} {row.draft['address']}",
        by=Actor(
            company_id=row.company_id,
            key=f"link:{row.id}" if linked else row.caller,
            name="Whoever was sent the link" if linked else "Sign-in",
            permissions=frozenset(),
        ),
        subject=Subject("SignInFlow", row.id),
        changes={"state": (row.state, state)},
    )


async def expire(house: House, row: models.SignInFlow) -> None:
    """Wipes what was entered, unless the flow has come to its end meanwhile."""
    while row.state in (*OPEN, DONE):
        try:
            await change(house, row, state=EXPIRED, step=reasons.expired())
        except Overtaken:
            await row.refresh_from_db()


def under_way() -> WaitStep:
    """Shown while it runs; when it is still there later, whoever ran it is gone."""
    return WaitStep(message="One moment …", until=now() + TAKEN_OVER_AFTER)


def flow_from(row: models.SignInFlow) -> Flow:
    draft = draft_of(row)
    return Flow(
        id=row.id,
        company_id=row.company_id,
        owner_id=row.owner_id,
        provider_key=row.provider_key,
        method_key=row.method_key,
        address=draft.address,
        smtp=draft.smtp,
        incoming=draft.incoming,
        step=step_from_json(row.step),
        created_at=row.created_at,
        expires_at=row.expires_at,
        return_to=row.return_to,
    )
