"""Starting, cancelling and showing account tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from letterhead.accounts.drafts import AliasInput, Draft, ServerInput, parse_draft
from letterhead.accounts.secrets import server_to_json
from letterhead.audit.log import Action, Subject, record
from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.house import House
from letterhead.identity.actor import Actor, Permission
from letterhead.identity.rules import may_manage
from letterhead.store import models
from letterhead.store.database import as_id, now, select, transaction
from letterhead.store.pages import Page, PageRequest, pages_by_parent, ranked, read_key, shown
from letterhead.store.where import Where
from letterhead.trials.credentials import (
    CredentialInput,
    Credentials,
    SavedAccount,
    credentials_for,
    saved_account,
)
from letterhead.trials.run import DEADLINE_SECONDS, Setup, run_trial
from letterhead.trials.trial import Trial, TrialStatus, trial_from
from letterhead_providers import Protocol

MOST_AT_ONCE = 10
GRACE = timedelta(seconds=DEADLINE_SECONDS + 10)


@dataclass(frozen=True, kw_only=True)
class DraftInput:
    """What a person entered. Servers left out: the provider's best preset."""

    address: str
    provider_key: str
    credential: CredentialInput
    aliases: tuple[AliasInput, ...] = ()
    smtp: ServerInput | None = None
    incoming: ServerInput | None = None
    incoming_credential: CredentialInput | None = None


@dataclass(frozen=True, kw_only=True)
class TestAccount:
    """``account_id``: test a saved account again, with the changes in ``draft`` if there are any."""

    __test__ = False  # not a class of tests, whatever its name says to pytest

    account_id: UUID | None = None
    owner_id: UUID | None = None
    draft: DraftInput | None = None


async def start(house: House, command: TestAccount, *, by: Actor) -> UUID:
    """Begins a test and answers at once with its id. Raises Refused with every problem of the input."""
    if not by.may(Permission.TEST):
        raise Refused(Problem(ProblemCode.NOT_PERMITTED, "This token may not test accounts."))
    account = await saved_account(command.account_id, by=by) if command.account_id else None
    owner_id = account.row.owner_id if account else command.owner_id or by.company_id
    await _check_owner(owner_id, by=by)
    draft = _draft(house, command.draft, account)
    await _check_incoming(draft, by.company_id)
    await _check_flood(by)
    credentials = await credentials_for(
        house,
        draft,
        command.draft.credential if command.draft else CredentialInput(keep_existing=True),
        command.draft.incoming_credential if command.draft else None,
        account=account,
        owner_id=owner_id,
        by=by,
    )
    trial_id = uuid7()
    columns = {
        "owner_id": owner_id,
        "fingerprint": credentials.fingerprint(house, draft),
        **credentials.sealed_for(
            house, "account_test", trial_id, draft, company_id=by.company_id, owner_id=owner_id
        ),
    }
    await _write(trial_id, draft, credentials, account, columns, by=by)
    unchanged = account is not None and (command.draft is None or account.is_tested_by(draft, credentials))
    setup = Setup(
        trial_id=trial_id,
        draft=draft,
        method_key=credentials.method_key,
        credential=credentials.sending,
        incoming_credential=credentials.incoming or credentials.sending,
        account_id=account.row.id if account else None,
        of_saved_settings=unchanged,
    )
    house.running.start(trial_id, run_trial(house, setup))
    return trial_id


async def cancel(house: House, trial_id: UUID, *, by: Actor) -> Trial:
    """Ends a running test; its sockets are closed. A test that has ended stays as it is."""
    trial = await show(trial_id, by=by)
    if trial is None or not await _is_callers(trial_id, by=by):
        raise Refused(Problem(ProblemCode.NOT_FOUND, "There is no such test of yours.", ("testId",)))
    ended = await models.AccountTest.filter(id=trial_id, status=TrialStatus.RUNNING.value).update(
        status=TrialStatus.CANCELLED.value, finished_at=now(), secret_sealed=None, incoming_secret_sealed=None
    )
    if ended:
        house.running.cancel(trial_id)
        house.news.changed(trial_id)
    cancelled = await show(trial_id, by=by)
    assert cancelled is not None
    return cancelled


async def show(trial_id: UUID, *, by: Actor) -> Trial | None:
    """A test that the asker started, or one of an account that the asker manages."""
    where = Where()
    where.add("t.company_id = {} AND t.id = {}", by.company_id, trial_id)
    where.add(*_may_see(by))
    rows = await select(f"SELECT t.* FROM account_test t WHERE {where}", *where.values)
    return trial_from(rows[0]) if rows else None


async def by_ids(trial_ids: Sequence[UUID], *, by: Actor) -> dict[UUID, Trial]:
    where = Where()
    where.add("t.company_id = {}", by.company_id)
    where.among("t.id", list(trial_ids))
    where.add(*_may_see(by))
    rows = await select(f"SELECT t.* FROM account_test t WHERE {where}", *where.values)
    return {trial.id: trial for trial in map(trial_from, rows)}


async def latest_of(account_ids: Sequence[UUID], *, by: Actor) -> dict[UUID, Trial]:
    """The newest test of each account."""
    pages = await tests_of(account_ids, PageRequest(1), by=by)
    return {account_id: found.items[0] for account_id, found in pages.items() if found.items}


async def tests_of(
    account_ids: Sequence[UUID], request: PageRequest, *, by: Actor
) -> dict[UUID, Page[Trial]]:
    """The history of each account, newest first."""
    where = Where()
    where.add("t.company_id = {}", by.company_id)
    where.among("t.account_id", list(account_ids))
    where.add(*_may_see(by))
    if request.after is not None:
        where.add("t.id < {}", *read_key(request.after, as_id))
    rows = await select(
        f"""
        SELECT * FROM (
            SELECT t.*, {ranked("t.account_id", ["t.id"], descending=True)} AS rank
            FROM account_test t WHERE {where}
        ) found WHERE rank <= {request.first + 1} ORDER BY rank
        """,
        *where.values,
    )
    pages = pages_by_parent(
        rows,
        account_ids,
        request,
        parent=lambda row: as_id(row["account_id"]),
        key=lambda row: [str(row["id"])],
    )
    return {one: shown(found, trial_from) for one, found in pages.items()}


async def sweep() -> None:
    """Tests whose process has gone are INTERRUPTED, and their secrets wiped."""
    await models.AccountTest.filter(status=TrialStatus.RUNNING.value, deadline_at__lt=now()).update(
        status=TrialStatus.INTERRUPTED.value,
        finished_at=now(),
        secret_sealed=None,
        incoming_secret_sealed=None,
    )
    await (
        models.AccountTest.filter(usable_until__lt=now())
        .exclude(secret_sealed=None, incoming_secret_sealed=None)
        .update(secret_sealed=None, incoming_secret_sealed=None)
    )


def _may_see(by: Actor) -> tuple[str, object, object, bool]:
    return (
        "t.caller = {} OR t.owner_id = {} OR (t.owner_id = t.company_id AND {})",
        by.key,
        by.employee_id,
        by.may(Permission.MANAGE_COMPANY_ACCOUNTS),
    )


async def _is_callers(trial_id: UUID, *, by: Actor) -> bool:
    return await models.AccountTest.filter(id=trial_id, company_id=by.company_id, caller=by.key).exists()


async def _check_owner(owner_id: UUID, *, by: Actor) -> None:
    if may_manage(by, owner_id, by.company_id):
        return
    if owner_id == by.company_id:
        message = "Only administrators connect addresses of the company; give ownerId to connect your own."
        raise Refused(Problem(ProblemCode.NOT_PERMITTED, message, ("ownerId",)))
    raise Refused(
        Problem(ProblemCode.NOT_FOUND, "There is no such owner whose addresses you manage.", ("ownerId",))
    )


def _draft(house: House, entered: DraftInput | None, account: SavedAccount | None) -> Draft:
    if entered is None:
        if account is None:
            raise Refused(
                Problem(ProblemCode.REQUIRED, "Give a draft, or the account to test again.", ("draft",))
            )
        return account.draft
    provider = house.catalogue.provider(entered.provider_key)
    if provider is None:
        message = f"No mail service has the key {entered.provider_key!r}; take one from providers."
        raise Refused(Problem(ProblemCode.INVALID, message, ("draft", "providerKey")))
    return parse_draft(provider, entered.address, entered.aliases, entered.smtp, entered.incoming)


async def _check_incoming(draft: Draft, company_id: UUID) -> None:
    company = await models.Company.get(id=company_id)
    if draft.incoming is None and company.incoming_server != "OPTIONAL":
        message = "An address needs an incoming server, so that answers and bounces are seen; give one."
        raise Refused(Problem(ProblemCode.REQUIRED, message, ("draft", "incoming")))
    wants_pop3 = company.incoming_server == "POP3_REQUIRED"
    if wants_pop3 and draft.incoming is not None and draft.incoming.protocol is not Protocol.POP3:
        message = "Your company wants incoming servers that speak POP3; give that one."
        raise Refused(Problem(ProblemCode.INVALID, message, ("draft", "incoming", "protocol")))


async def _check_flood(by: Actor) -> None:
    running = await models.AccountTest.filter(
        company_id=by.company_id, caller=by.key, status=TrialStatus.RUNNING.value
    ).count()
    if running >= MOST_AT_ONCE:
        message = f"{running} of your tests are running; wait for one to end, or cancel it."
        raise Refused(Problem(ProblemCode.TOO_MANY_TESTS, message))


async def _write(
    trial_id: UUID,
    draft: Draft,
    credentials: Credentials,
    account: SavedAccount | None,
    columns: dict[str, Any],
    *,
    by: Actor,
) -> None:
    at, ends = now(), credentials.expires_at()
    async with transaction():
        await models.AccountTest.create(
            id=trial_id,
            company_id=by.company_id,
            caller=by.key,
            account_id=account.row.id if account else None,
            account_version=account.row.settings_version if account else None,
            draft={
                "address": draft.address,
                "aliases": [{"address": a.address, "displayName": a.display_name} for a in draft.aliases],
                "providerKey": draft.provider_key,
                "smtp": server_to_json(draft.smtp),
                "incoming": server_to_json(draft.incoming),
                "kind": credentials.sending.kind.value,
                "incomingKind": credentials.incoming.kind.value if credentials.incoming else None,
                "kept": credentials.kept_fields(),
                "expiresAt": ends.isoformat() if ends else None,
                "flowIds": [str(flow_id) for flow_id in credentials.flow_ids],
            },
            status=TrialStatus.RUNNING.value,
            steps=[],
            proofs={},
            started_at=at,
            deadline_at=at + GRACE,
            **columns,
        )
        subject = Subject("EmailAccount", account.row.id) if account else None
        await record(Action.TEST_RUN, f"Tested {draft.address}", by=by, subject=subject)
