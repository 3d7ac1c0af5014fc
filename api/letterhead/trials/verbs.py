"""Starting and ending account tests."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from letterhead.accounts.drafts import AliasInput, Draft, ServerInput, parse_draft
from letterhead.audit.log import Action, Subject, record
from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.house import House
from letterhead.identity.actor import Actor, Permission
from letterhead.identity.rules import may_manage
from letterhead.store import models
from letterhead.store.database import now, transaction
from letterhead.trials import limits
from letterhead.trials.credentials import (
    CredentialInput,
    Credentials,
    SavedAccount,
    credentials_for,
    saved_account,
)
from letterhead.trials.incoming import check_incoming
from letterhead.trials.reading import show
from letterhead.trials.run import grace, run_trial
from letterhead.trials.setup import Saved, Setup
from letterhead.trials.trial import Trial, TrialStatus
from letterhead.trials.verdict import end
from letterhead.wire.stored import server_to_json


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
    """``account_id``: test a saved account again, with the changes in ``draft`` if there are any.

    ``round_trip``: send a message and see it arrive. ``by_itself``: nobody asked for it.
    """

    __test__ = False  # not a class of tests, whatever its name says to pytest

    account_id: UUID | None = None
    owner_id: UUID | None = None
    draft: DraftInput | None = None
    round_trip: bool = False
    by_itself: bool = False


async def start(house: House, command: TestAccount, *, by: Actor) -> UUID:
    """Begins a test and answers at once with its id. Raises Refused with every problem of the input."""
    if not by.may(Permission.TEST):
        raise Refused(Problem(ProblemCode.NOT_PERMITTED, "This token may not test accounts."))
    account = await saved_account(command.account_id, by=by) if command.account_id else None
    owner_id = account.row.owner_id if account else command.owner_id or by.company_id
    await _check_owner(owner_id, by=by)
    draft = _draft(house, command.draft, account)
    sending = command.draft.credential if command.draft else CredentialInput(keep_existing=True)
    incoming = command.draft.incoming_credential if command.draft else None
    await check_incoming(house, draft, sending, incoming, company_id=by.company_id)
    _check_round_trip(command, draft)
    if not command.by_itself:
        await limits.check(house, draft, by=by)
    credentials = await credentials_for(
        house, draft, sending, incoming, account=account, owner_id=owner_id, by=by
    )
    setup = _setup(command, draft, credentials, account, by=by)
    await limits.check_secrets(
        house, setup, refused=account.row.refused if account and command.by_itself else None
    )
    columns = {
        "owner_id": owner_id,
        "fingerprint": credentials.fingerprint(house, draft),
        **credentials.sealed_for(
            house, "account_test", setup.trial_id, draft, company_id=by.company_id, owner_id=owner_id
        ),
    }
    await _write(setup, credentials, columns)
    house.running.start(setup.trial_id, run_trial(house, setup))
    return setup.trial_id


def _setup(
    command: TestAccount, draft: Draft, credentials: Credentials, account: SavedAccount | None, *, by: Actor
) -> Setup:
    unchanged = account is not None and (command.draft is None or account.is_tested_by(draft, credentials))
    return Setup(
        trial_id=uuid7(),
        by=by,
        draft=draft,
        method_key=credentials.method_key,
        credential=credentials.sending,
        incoming_credential=credentials.incoming or credentials.sending,
        account=_saved(account, unchanged=unchanged),
        round_trip=command.round_trip,
    )


def _saved(account: SavedAccount | None, *, unchanged: bool) -> Saved | None:
    if account is None:
        return None
    row = account.row
    return Saved(account_id=row.id, settings_version=row.settings_version, unchanged=unchanged)


async def cancel(house: House, trial_id: UUID, *, by: Actor) -> Trial:
    """Ends a running test; its sockets are closed. A test that has ended stays as it is."""
    trial = await show(trial_id, by=by)
    if trial is None or not await _is_callers(trial_id, by=by):
        raise Refused(Problem(ProblemCode.NOT_FOUND, "There is no such test of yours.", ("testId",)))
    wiped = {"finished_at": now(), "secret_sealed": None, "incoming_secret_sealed": None}
    async with transaction():
        ended = await end(trial_id, status=TrialStatus.CANCELLED.value, **wiped)
        if ended:
            await _record_cancelled(trial, by=by)
    if ended:
        house.metrics.tests.labels(TrialStatus.CANCELLED.value).inc()
        house.running.cancel(trial_id)
        house.news.changed(trial_id)
    cancelled = await show(trial_id, by=by)
    assert cancelled is not None
    return cancelled


async def _record_cancelled(trial: Trial, *, by: Actor) -> None:
    await record(
        Action.TEST_RUN,
        f"Cancelled the test of {trial.address}",
        by=by,
        subject=Subject("AccountTest", trial.id),
        changes={"status": (TrialStatus.RUNNING.value, TrialStatus.CANCELLED.value)},
    )


async def sweep() -> None:
    """Tests whose process has gone are INTERRUPTED, and their secrets wiped."""
    lost = models.AccountTest.filter(status=TrialStatus.RUNNING.value, deadline_at__lt=now())
    wiped = {"finished_at": now(), "secret_sealed": None, "incoming_secret_sealed": None}
    for test in await lost.only("id"):
        await end(test.id, status=TrialStatus.INTERRUPTED.value, **wiped)
    await (
        models.AccountTest.filter(usable_until__lt=now())
        .exclude(secret_sealed=None, incoming_secret_sealed=None)
        .update(secret_sealed=None, incoming_secret_sealed=None)
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


def _check_round_trip(command: TestAccount, draft: Draft) -> None:
    if command.round_trip and draft.incoming is None:
        message = "Without an incoming server no message is seen to arrive; give one, or leave roundTrip out."
        raise Refused(Problem(ProblemCode.INVALID, message, ("roundTrip",)))


async def _write(setup: Setup, credentials: Credentials, columns: dict[str, Any]) -> None:
    draft, account, by = setup.draft, setup.account, setup.by
    at, ends = now(), credentials.expires_at()
    async with transaction():
        await models.AccountTest.create(
            id=setup.trial_id,
            company_id=by.company_id,
            caller=by.key,
            account_id=account.account_id if account else None,
            account_version=account.settings_version if account else None,
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
            deadline_at=at + grace(with_round_trip=setup.round_trip),
            **columns,
        )
        if account:
            subject = Subject("EmailAccount", account.account_id)
        else:
            subject = Subject("AccountTest", setup.trial_id)
        await record(Action.TEST_RUN, f"Tested {draft.address}", by=by, subject=subject)
