"""The steps, each taken on paper and in the product."""

import copy
from dataclasses import asdict, replace
from typing import Any

from lab.product import Caller
from letterhead.diagnosis.stored import diagnosis_to_json
from letterhead.outbox import reasons
from letterhead.store import models
from rules import asked, happening, mail, model
from rules.model import Account, Firm
from rules.office import Office
from rules.steps import (
    Ask,
    Change,
    Connect,
    Foresee,
    Mend,
    Move,
    Retry,
    SetPolicy,
    Step,
    Stop,
    Sync,
    TimeComes,
    Write,
)

GIVEN = {"ACCESS": "access", "SCOPE": "scope"}


async def take(office: Office, step: Step) -> None:
    """What is about an account or a message where there is none is nothing."""
    match step:
        case Sync():
            await sync(office, step)
        case Connect():
            await connect(office, step)
        case SetPolicy():
            await set_policy(office, step)
        case Ask():
            await mail.ask(office, step)
        case Write():
            await mail.write(office, step)
        case TimeComes() | Retry() if office.letters:
            await mail.take(office, step)
        case Stop() | Mend() | Change() | Foresee() | Move() if office.firm.accounts:
            known = sorted(office.firm.accounts)
            await with_account(office, replace(step, account=known[step.account % len(known)]))


async def with_account(office: Office, step: Stop | Mend | Change | Foresee | Move) -> None:
    match step:
        case Stop():
            happening.stop(office.firm, step.account, step.status)
            await store_state(office, office.firm.accounts[step.account])
        case Mend() if office.by(office.firm.accounts[step.account].owner):
            happening.mend(office.firm, step.account)
            await office.service.mended(office, office.firm.accounts[step.account])
        case Change():
            await change(office, step)
        case Foresee():
            await foresee(office, step)
        case Move():
            await move(office, step)


async def sync(office: Office, step: Sync) -> None:
    def entries(names: frozenset[str]) -> list[dict[str, Any]]:
        return [{"externalId": name, "name": name} for name in sorted(names)]

    given: dict[str, Any] = {"removeMissing": step.remove_missing}
    given |= {} if step.people is None else {"employees": entries(step.people)}
    given |= {} if step.projects is None else {"projects": entries(step.projects)}
    if step.groups is not None:
        members = happening.members(office.firm, step)
        groups = entries(frozenset(members))
        given["groups"] = [{**one, "memberExternalIds": sorted(members[one["name"]])} for one in groups]
    after = copy.deepcopy(office.firm)
    expected = asdict(happening.sync(after, step))
    assert await office.admin.do(asked.SYNC, {**given, "dryRun": True}) == expected
    if not step.dry_run:
        assert await office.admin.do(asked.SYNC, given) == expected
        office.firm, before = after, office.callers.copy()
        await office.learn()
        for person in before.keys() - office.callers.keys():
            assert "errors" in await before[person].answer("{ viewer { permissions } }")


async def connect(office: Office, step: Connect) -> None:
    """Nothing, where the owner is gone or has an account of this address."""
    taken = {(one.owner, one.mailbox) for one in office.firm.accounts.values()}
    if office.by(step.owner) and (step.owner, step.mailbox) not in taken:
        account = happening.connect(office.firm, step)
        office.accounts[account.number] = await office.service.made(office, account)


async def store_state(office: Office, account: Account) -> None:
    """As a worker leaves it, or a lost key."""
    changes: dict[str, Any] = {"status": account.status}
    changes["problem"] = diagnosis_to_json(reasons.ACCOUNT_PAUSED) if account.troubled else None
    if not account.secret:
        changes["secret_sealed"] = None
    assert await models.EmailAccount.filter(id=office.row(account.number)).update(**changes) == 1


async def set_policy(office: Office, step: SetPolicy) -> None:
    given = {
        "precedence": "PROJECT_FIRST" if step.project_first else "EMPLOYEE_FIRST",
        "whenNotReady": "NEXT" if step.take_next else "HOLD",
    }
    assert await office.admin.do(asked.SET_POLICY, given) == {"errors": []}
    office.firm.project_first, office.firm.take_next = step.project_first, step.take_next


async def move(office: Office, step: Move) -> None:
    account = office.accounts[step.account]
    if caller := office.by(office.firm.accounts[step.account].owner):
        happening.move(office.firm, step.account, step.position)
        payload = await caller.do(asked.MOVE, {"accountId": account, "position": step.position})
        assert payload == {"emailAccount": {"id": account}, "errors": []}


async def change(office: Office, step: Change) -> None:
    caller, account = office.by(step.by), office.firm.accounts[step.account]
    if caller is None:
        return
    wanted: dict[str, Any] = {}
    match step.kind:
        case "ACCESS" | "SCOPE":
            wanted = {GIVEN[step.kind]: office.chosen(step.to, GIVEN[step.kind])}
        case "ON" | "OFF":
            wanted = {"enabled": step.kind == "ON"}
    version = account.version - 1 if step.stale else account.version
    given = {"accountId": office.accounts[step.account], "expectedVersion": version, **wanted}
    if refusal := why_refused(office.firm, step):
        payload = await caller.do(asked.CHANGES[step.kind], given)
        assert [(one["code"], one["path"]) for one in payload["errors"]] == [refusal]
        return
    before = copy.deepcopy(office.firm)
    happening.change(office.firm, step)
    preview = {"deleted": True} if step.kind == "DELETE" else wanted
    await check_foresight(office, caller, preview, number=step.account, before=before, after=office.firm)
    payload = await caller.do(asked.CHANGES[step.kind], given)
    assert payload["errors"] == []
    assert office.told(payload["warnings"]) == model.warned(office.firm) - model.warned(before)


def why_refused(firm: Firm, step: Change) -> tuple[str, list[str]] | None:
    """Code and path."""
    account = firm.accounts[step.account]
    left_behind = account.owner is not None and account.owner not in firm.present
    if step.by != account.owner and not (step.by is None and step.kind == "DELETE" and left_behind):
        return "NOT_FOUND", ["accountId"]
    if step.stale:
        return "VERSION_CONFLICT", ["expectedVersion"]
    if step.kind == "ACCESS" and account.owner is not None:
        return "INVALID", ["access"]
    return None


async def foresee(office: Office, step: Foresee) -> None:
    account = office.firm.accounts[step.account]
    caller = office.by(account.owner)
    if caller is None:
        return
    wanted: dict[str, Any] = {"enabled": step.on, "deleted": step.deleted}
    if account.owner is not None:
        step = replace(step, access=None)
    if step.access is not None:
        wanted["access"] = office.chosen(step.access, "access")
    if step.scope is not None:
        wanted["scope"] = office.chosen(step.scope, "scope")
    after = copy.deepcopy(office.firm)
    happening.foreseen(after, step)
    await check_foresight(office, caller, wanted, number=step.account, before=office.firm, after=after)


async def check_foresight(
    office: Office, caller: Caller, given: dict[str, Any], *, number: int, before: Firm, after: Firm
) -> None:
    given = {"accountId": office.accounts[number], **given}
    found = (await caller.ask(asked.PREVIEW, input=given))["previewAccountChange"]
    assert {
        "held": found["queuedMessages"],
        "people": office.all_known(found["employeesLosingAccess"]),
        "projects": [office.known(one) for one in found["projectsLosingTheirOnlySender"]],
        "warnings": office.told(found["warnings"]),
    } == {
        "held": sum(
            letter.account == number
            and letter.is_open
            and model.may_leave(before, letter)
            and not model.may_leave(after, after.letters[letter.number])
            for letter in before.letters
        ),
        "people": sorted(model.writes_from(before, number) - model.writes_from(after, number)),
        "projects": [
            place
            for place in sorted(before.projects)
            if set(model.gaps(after, place)) - set(model.gaps(before, place))
        ],
        "warnings": model.warned(after) - model.warned(before),
    }
