"""Messages that wait for their account: parked when it cannot send, awake when it changes."""

from dataclasses import dataclass
from uuid import UUID

import orjson

from letterhead.accounts.account import Status
from letterhead.audit.log import Action, Subject, record
from letterhead.diagnosis.stored import diagnosis_from_json, diagnosis_to_json
from letterhead.house import House
from letterhead.outbox import outcome
from letterhead.outbox.outcome import Addressee, Attempt, Facts, Settlement
from letterhead.outbox.queue import TOPIC, Claim
from letterhead.outbox.rules import MessageStatus
from letterhead.outbox.writing import itself, settle
from letterhead.senders.barring import barred
from letterhead.store import models
from letterhead.store.database import Row, as_id, as_json, clock, is_postgres, now, select, transaction
from letterhead_providers import Diagnosis, DiagnosisCode

PARKABLE = (MessageStatus.QUEUED.value, MessageStatus.DEFERRED.value)
FOLLOWING_SECONDS = 30

_FIRST = """id = (SELECT m.id FROM message m
    WHERE m.account_id = $1 AND m.waiting_for IS NOT NULL AND m.lease_token IS NULL
    ORDER BY m.queued_at, m.id LIMIT 1)"""
_NOT_READY = "NOT EXISTS (SELECT 1 FROM email_account a WHERE a.id = $1 AND a.status = 'READY')"

_AWAKE = "waiting_for = NULL, next_attempt_at = CASE WHEN not_before > {now} THEN not_before ELSE {now} END"


@dataclass(frozen=True, kw_only=True)
class AccountTrouble:
    """The account cannot send, and why. ``becomes``: the state to put it in, for the settings that were
    tried; None where it is in that state already. ``attempt``: what was tried to find out."""

    diagnosis: Diagnosis
    account_id: UUID
    settings_version: int
    becomes: Status | None = None
    attempt: Attempt | None = None


async def wake_account(house: House, account_id: UUID) -> None:
    """Call it when an account's state has changed: what waits for it is looked at again.

    Where it is ready now, one message tries first and the others follow once it has signed in (``follow``),
    or a while later by themselves: a wrong secret costs one refused attempt, not one for each connection.
    """
    rows = await select(
        f"""
        UPDATE message SET
               waiting_for = CASE WHEN {_FIRST} OR {_NOT_READY} THEN NULL ELSE waiting_for END,
               next_attempt_at = CASE WHEN not_before > {clock()} THEN not_before
                                      WHEN {_FIRST} OR {_NOT_READY} THEN {clock()}
                                      ELSE {clock(FOLLOWING_SECONDS)} END
        WHERE account_id = $1 AND waiting_for IS NOT NULL AND lease_token IS NULL
        RETURNING id
        """,
        account_id,
    )
    for row in rows:
        house.news.changed(as_id(row["id"]))
    house.news.changed(TOPIC)


async def wake_all(account_id: UUID) -> tuple[UUID, ...]:
    """Within the transaction in which the account goes: all that waits for it is due, and will be held. The
    messages, to be told of once that is so."""
    rows = await select(
        f"""UPDATE message SET {_AWAKE.format(now=clock())}
            WHERE account_id = $1 AND waiting_for IS NOT NULL AND lease_token IS NULL RETURNING id""",
        account_id,
    )
    return tuple(as_id(row["id"]) for row in rows)


async def wake_barred(house: House, company_id: UUID) -> None:
    """Call it when fewer people or projects may use an account: what waits for one that is not ready, and may
    not leave from it any more, waits for nothing. It is due, and will be held.

    What waits for a ready account comes due by itself.
    """
    rows = await select(
        f"""UPDATE message SET {_AWAKE.format(now=clock())}
            WHERE company_id = $1 AND status IN ($2, $3) AND waiting_for IS NOT NULL AND lease_token IS NULL
              AND account_id IN (SELECT id FROM email_account WHERE company_id = $1 AND status IN ($4, $5))
              AND {barred("message")}
            RETURNING id""",
        company_id,
        *PARKABLE,
        Status.PAUSED.value,
        Status.NEEDS_CREDENTIAL.value,
    )
    for changed in (*(as_id(row["id"]) for row in rows), TOPIC):
        house.news.changed(changed)


async def follow(house: House, account_id: UUID) -> None:
    """The account has signed in: what still waited for that goes out too. What waits for its turn within the
    account's limits goes on waiting."""
    rows = await select(
        f"""
        UPDATE message SET {_AWAKE.format(now=clock())}
        WHERE account_id = $1 AND next_attempt_at IS NOT NULL AND waiting_for IS NOT NULL
          AND lease_token IS NULL AND waiting_for ->> 'code' <> $2
        RETURNING id
        """,
        account_id,
        DiagnosisCode.RATE_LIMITED.value,
    )
    for row in rows:
        house.news.changed(as_id(row["id"]))


async def wait_for_account(
    claim: Claim, addressees: tuple[Addressee, ...], facts: Facts, trouble: AccountTrouble
) -> None:
    """Put the account into its state, and this message and its others to waiting, unless it is ready by now.

    Raises LeaseLost.
    """
    async with transaction():
        stopped = trouble.becomes is not None and await _stop(trouble)
        account = await _locked(trouble.account_id)
        settlement = _settlement(account, addressees, facts, trouble)
        await settle(claim, settlement)
        if settlement.waiting_for:
            await _park_others(claim, settlement.waiting_for)
        if stopped:
            await _record_stopped(claim, trouble)


def _settlement(
    account: Row | None, addressees: tuple[Addressee, ...], facts: Facts, trouble: AccountTrouble
) -> Settlement:
    """Locked, the account cannot become ready between this look and the message's waiting."""
    if account is None or account["status"] in (Status.READY.value, Status.DISABLED.value):
        return outcome.again_at_once(addressees, facts, attempt=trouble.attempt)
    problem = as_json(account["problem"])
    waiting_for = diagnosis_from_json(problem) if problem else trouble.diagnosis
    return outcome.wait(addressees, facts, waiting_for, attempt=trouble.attempt)


async def _locked(account_id: UUID) -> Row | None:
    lock = "FOR SHARE" if is_postgres() else ""
    rows = await select(f"SELECT status, problem FROM email_account WHERE id = $1 {lock}", account_id)
    return rows[0] if rows else None


async def _stop(trouble: AccountTrouble) -> bool:
    """False where somebody changed the account meanwhile: what was found is about other settings."""
    assert trouble.becomes is not None
    stopped = await models.EmailAccount.filter(
        id=trouble.account_id, settings_version=trouble.settings_version, status=Status.READY.value
    ).update(status=trouble.becomes.value, problem=diagnosis_to_json(trouble.diagnosis), updated_at=now())
    return bool(stopped)


async def _record_stopped(claim: Claim, trouble: AccountTrouble) -> None:
    assert trouble.becomes is not None
    await record(
        Action.STATUS_CHANGED,
        f"Stopped sending from an account: {trouble.diagnosis.title}",
        by=itself(claim.company_id),
        subject=Subject("EmailAccount", trouble.account_id),
        changes={"status": (Status.READY.value, trouble.becomes.value)},
    )


async def _park_others(claim: Claim, waiting_for: Diagnosis) -> None:
    """But for those that may not leave from it any more: they are to be held, not to wait."""
    await select(
        f"""
        UPDATE message SET waiting_for = $3, next_attempt_at = expires_at
        WHERE company_id = $1 AND account_id = $2 AND status IN ($4, $5) AND next_attempt_at < expires_at
          AND lease_token IS NULL AND NOT {barred("message")}
        RETURNING id
        """,
        claim.company_id,
        claim.account_id,
        orjson.dumps(diagnosis_to_json(waiting_for)).decode(),
        *PARKABLE,
    )
