"""The ring of keys against what is sealed with it: told apart, sealed anew, and what to do without a key."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from tortoise.expressions import Q
from tortoise.models import Model

from letterhead.accounts.account import Status
from letterhead.accounts.secrets import account_purpose, test_purpose
from letterhead.audit.log import Action, Subject, record
from letterhead.diagnosis.message import told
from letterhead.diagnosis.stored import diagnosis_from_json, diagnosis_to_json
from letterhead.errors import ConfigurationError
from letterhead.house import House
from letterhead.identity.actor import Actor as Caller
from letterhead.outbox.waking import wake_account
from letterhead.signin import records
from letterhead.store import models
from letterhead.store.database import Row, as_id, as_json, now, select, transaction
from letterhead.store.where import Where
from letterhead.vault.vault import CannotOpen, Vault, key_id
from letterhead.webhooks.webhook import webhook_purpose
from letterhead_providers import Actor, Diagnosis, DiagnosisCode, Instruction, Retry

log = structlog.get_logger(__name__)
BATCH = 500
EXPLAINED_BY = "vault"
LOST_KEY = Diagnosis(
    code=DiagnosisCode.UNKNOWN,
    title=told("Its secret cannot be read any more"),
    explanation=told("The key that the account’s password or sign-in was sealed with is not at hand."),
    advice=(
        Instruction(text=told("Give the key back to Letterhead’s keyring, if there is still a copy of it.")),
        Instruction(text=told("Or sign the account in again.")),
    ),
    actor=Actor.OPERATOR,
    retry=Retry.AFTER_CHANGE,
    explained_by=EXPLAINED_BY,
)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A table with sealed columns. ``context``: of a row and a field, what it was sealed for."""

    model: type[Model]
    fields: tuple[str, ...]
    context: Callable[[Any, str], tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many secrets are sealed with the first key, with another at hand, and which do not open, by key."""

    current: int
    older: int
    lost: Counter[str]

    @property
    def total(self) -> int:
        return self.current + self.older + self.lost.total()


def _flow_context(row: models.SignInFlow, field: str) -> tuple[str, ...]:
    return records.context(row, field, row.owner_id, records.draft_of(row))


PLACES = (
    Place(
        model=models.EmailAccount,
        fields=("secret", "incoming_secret"),
        context=lambda row, field: account_purpose(row, field).context(),
    ),
    Place(
        model=models.AccountTest,
        fields=("secret", "incoming_secret"),
        context=lambda row, field: test_purpose(row, field).context(),
    ),
    Place(model=models.SignInFlow, fields=("journal", "secret"), context=_flow_context),
    Place(
        model=models.Webhook,
        fields=("secret",),
        context=lambda row, _: webhook_purpose(row.id, row.company_id, row.url),
    ),
)


async def check_ring(vault: Vault) -> None:
    """Notes keys that are seen for the first time.

    Raises ConfigurationError for one that is not the key this database knows by its name: it would open
    nothing, and what it sealed would open nowhere else.
    """
    known = dict(await models.KeyCheck.all().values_list("kid", "value"))
    for kid, value in vault.checks.items():
        if known.get(kid, value) != value:
            raise ConfigurationError(
                f"LETTERHEAD_KEYS, LETTERHEAD_KEY_FILE, LETTERHEAD_KEYS_COMMAND: {kid} is not the key that "
                "this database knows by that name"
            )
    new = [
        models.KeyCheck(kid=kid, value=value, created_at=now())
        for kid, value in vault.checks.items()
        if kid not in known
    ]
    await models.KeyCheck.bulk_create(new, ignore_conflicts=True)


async def check(vault: Vault) -> Tally:
    """Opens everything that is sealed, and changes nothing."""
    return await _walk(vault, _nothing)


async def rotate(vault: Vault, *, progress: Callable[[int], None]) -> Tally:
    """Seals anew what is sealed with another key than the first, while others work. ``progress``: is told how
    many were looked at. The answer is how it was found; what changed meanwhile is left to the next time."""
    looked_at = 0

    async def reseal(place: Place, row: Any, opened: dict[str, str]) -> None:
        nonlocal looked_at
        looked_at += 1
        if not looked_at % BATCH:
            progress(looked_at)
        older = {
            field: plain
            for field, plain in opened.items()
            if key_id(getattr(row, f"{field}_sealed")) != vault.sealing
        }
        if older:
            read = {f"{field}_sealed": getattr(row, f"{field}_sealed") for field in older}
            new = {
                f"{field}_sealed": vault.seal(plain, context=place.context(row, field))
                for field, plain in older.items()
            }
            await place.model.filter(pk=row.pk, **read).update(**new)

    tally = await _walk(vault, reseal)
    progress(looked_at)
    if tally.older:
        await _record_rotation(tally.older)
    return tally


async def _nothing(place: Place, row: Any, opened: dict[str, str]) -> None:
    """Looking is all."""


async def _walk(vault: Vault, use: Callable[[Place, Any, dict[str, str]], Awaitable[None]]) -> Tally:
    current, older, lost = 0, 0, Counter[str]()
    for place in PLACES:
        async for row in _sealed_rows(place):
            opened = {}
            for field in place.fields:
                if not (sealed := getattr(row, f"{field}_sealed")):
                    continue
                try:
                    opened[field] = vault.open(sealed, context=place.context(row, field))
                except CannotOpen:
                    lost[key_id(sealed)] += 1
                    continue
                current += key_id(sealed) == vault.sealing
                older += key_id(sealed) != vault.sealing
            await use(place, row, opened)
    return Tally(current=current, older=older, lost=lost)


async def _sealed_rows(place: Place) -> AsyncIterator[Any]:
    sealed: list[dict[str, Any]] = [{f"{field}_sealed__isnull": False} for field in place.fields]
    last = None
    while True:
        rows = (
            place.model.filter(Q(*(Q(**one) for one in sealed), join_type="OR")).order_by("id").limit(BATCH)
        )
        batch = await (rows if last is None else rows.filter(id__gt=last))
        if not batch:
            return
        for row in batch:
            yield row
        last = batch[-1].pk


async def _record_rotation(count: int) -> None:
    for company in await models.Company.all().only("id"):
        await record(
            Action.KEYS_ROTATED,
            f"Sealed the secrets anew with another key, {count} of all",
            by=_itself(company.id),
        )


async def follow_ring(house: House) -> None:
    """Call it at the start: an account whose key is gone needs its credential; once the key is back it is
    ready as before."""
    last = None
    while rows := await _at_odds_with(house.vault, last):
        for row in rows:
            await _follow(house, row)
        last = as_id(rows[-1]["id"])


async def _at_odds_with(vault: Vault, last: UUID | None) -> Sequence[Row]:
    where = Where()
    if last is not None:
        where.add("id > {}", last)
    where.add("secret_sealed IS NOT NULL")
    known = " OR ".join(["secret_sealed LIKE {}"] * len(vault.checks))
    prefixes = [f"{kid}.%" for kid in vault.checks]
    where.add(
        f"status IN ('READY', 'PAUSED') AND NOT ({known}) OR status = 'NEEDS_CREDENTIAL' AND ({known})",
        *prefixes,
        *prefixes,
    )
    return await select(
        f"""SELECT id, company_id, secret_sealed, status, problem FROM email_account
            WHERE {where} ORDER BY id LIMIT {BATCH}""",
        *where.values,
    )


async def _follow(house: House, row: Row) -> None:
    lost, problem = row["status"] != Status.NEEDS_CREDENTIAL.value, as_json(row["problem"])
    if not lost and not (problem and diagnosis_from_json(problem).explained_by == EXPLAINED_BY):
        return
    becomes = Status.NEEDS_CREDENTIAL if lost else Status.READY
    account_id, company_id = as_id(row["id"]), as_id(row["company_id"])
    async with transaction():
        unchanged = models.EmailAccount.filter(
            id=account_id, status=row["status"], secret_sealed=row["secret_sealed"]
        )
        problem = diagnosis_to_json(LOST_KEY) if lost else None
        if not await unchanged.update(status=becomes.value, problem=problem, updated_at=now()):
            return
        await record(
            Action.STATUS_CHANGED,
            "The key to its secret is gone" if lost else "The key to its secret is back",
            by=_itself(company_id),
            subject=Subject("EmailAccount", account_id),
            changes={"status": (row["status"], becomes.value)},
        )
    house.news.changed(company_id)
    if not lost:
        await wake_account(house, account_id)


def _itself(company_id: UUID) -> Caller:
    return Caller(company_id=company_id, key="system:vault", name="Vault", permissions=frozenset())
