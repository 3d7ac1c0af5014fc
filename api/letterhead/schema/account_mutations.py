"""Testing, saving and changing accounts."""

from collections.abc import Iterable
from uuid import UUID

import strawberry

from letterhead.accounts import reading, saving, verbs
from letterhead.errors import Refused
from letterhead.schema.accounts import EmailAccount, show_account
from letterhead.schema.context import Info
from letterhead.schema.ids import encode, given_id, row_id
from letterhead.schema.inputs import (
    AccessInput,
    AccountDraftInput,
    ScopeInput,
    read_access,
    read_change,
    read_draft,
    read_scope,
)
from letterhead.schema.problems import AccountError, shown_problems
from letterhead.schema.trials import AccountTest, show_test
from letterhead.schema.warnings import Warning, show_warnings  # noqa: A004 - the schema's name
from letterhead.senders.warnings import Warning as DomainWarning
from letterhead.trials import verbs as trials
from letterhead.trials.reading import show

ACCOUNT = "The account."
VERSION = "The version that was read; another one answers VERSION_CONFLICT."


@strawberry.input(
    description="What to test. With accountId: that account again, with the changes in draft if any."
)
class TestAccountInput:
    __test__ = False

    account_id: strawberry.ID | None = strawberry.field(default=None, description="A saved account.")
    owner_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose it will be: the company or an employee. Left out: the company."
    )
    draft: AccountDraftInput | None = strawberry.field(default=None, description="The settings.")
    round_trip: bool = strawberry.field(
        default=False,
        description="Whether to send a message from each address to the mailbox itself, three at most, to see"
        " it arrive with its From unchanged, and to delete it again. Takes up to a minute longer.",
    )


@strawberry.input(description="Which test to end.")
class CancelTestInput:
    test_id: strawberry.ID = strawberry.field(description="The test.")


@strawberry.input(description="A passed test, and what needs none. Left out: kept as it is, or the default.")
class SaveEmailAccountInput:
    test_id: strawberry.ID = strawberry.field(description="A test of yours that passed within 30 minutes.")
    account_id: strawberry.ID | None = strawberry.field(
        default=None, description="The account to put the tested settings into. Left out: a new one."
    )
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    display_name: strawberry.Maybe[str | None] = strawberry.field(
        description="The name shown beside the address."
    )
    reply_to: strawberry.Maybe[str | None] = strawberry.field(description="Where answers go.")
    access: AccessInput | None = strawberry.field(
        default=None, description="Who may use it; at first everybody."
    )
    scope: ScopeInput | None = strawberry.field(default=None, description="Its projects; at first all.")


@strawberry.input(description="Names and order. Left out: kept; null: cleared.")
class UpdateEmailAccountInput:
    account_id: strawberry.ID = strawberry.field(description=ACCOUNT)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    display_name: strawberry.Maybe[str | None] = strawberry.field(
        description="The name shown beside the address."
    )
    reply_to: strawberry.Maybe[str | None] = strawberry.field(description="Where answers go.")
    position: int | None = strawberry.field(
        default=None,
        description="Its place among its owner's addresses, counted from 0; the others make room. Beyond the"
        " last: the last.",
    )


@strawberry.input(description="Who may write as a company address.")
class SetAccountAccessInput:
    account_id: strawberry.ID = strawberry.field(description=ACCOUNT)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    access: AccessInput = strawberry.field(
        description="Everybody, or those named; what was there is replaced."
    )


@strawberry.input(description="In which projects an address serves.")
class SetAccountScopeInput:
    account_id: strawberry.ID = strawberry.field(description=ACCOUNT)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    scope: ScopeInput = strawberry.field(
        description="Everywhere, or those named; what was there is replaced."
    )


@strawberry.input(description="Whether an account sends.")
class SetAccountEnabledInput:
    account_id: strawberry.ID = strawberry.field(description=ACCOUNT)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    enabled: bool = strawberry.field(description="On or off.")


@strawberry.input(description="Which account to delete.")
class DeleteEmailAccountInput:
    account_id: strawberry.ID = strawberry.field(description=ACCOUNT)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.type(description="A test that began or ended, or why not.")
class TestAccountPayload:
    __test__ = False

    test: AccountTest | None = strawberry.field(description="The test.")
    errors: list[AccountError] = strawberry.field(description="What to put right.")


@strawberry.type(description="The account as it is now, or why nothing changed.")
class EmailAccountPayload:
    email_account: EmailAccount | None = strawberry.field(description="The account.")
    warnings: list[Warning] = strawberry.field(
        description="What this change has caused that would surprise you later."
    )
    errors: list[AccountError] = strawberry.field(description="What to put right.")


@strawberry.type(description="The account that is gone, or why it is not.")
class DeleteEmailAccountPayload:
    deleted_id: strawberry.ID | None = strawberry.field(description="Its id.")
    warnings: list[Warning] = strawberry.field(
        description="What this change has caused that would surprise you later."
    )
    errors: list[AccountError] = strawberry.field(description="What to put right.")


async def test_account(info: Info, input: TestAccountInput) -> TestAccountPayload:  # noqa: A002
    by = info.context.by
    try:
        command = trials.TestAccount(
            account_id=given_id(input.account_id, "EmailAccount", "accountId") if input.account_id else None,
            owner_id=_owner(input.owner_id),
            draft=read_draft(input.draft) if input.draft else None,
            round_trip=input.round_trip,
        )
        info.context.look_at_servers()
        trial_id = await trials.start(info.context.house, command, by=by)
    except Refused as refused:
        return TestAccountPayload(test=None, errors=shown_problems(refused, AccountError))
    trial = await show(trial_id, by=by)
    return TestAccountPayload(test=show_test(trial) if trial else None, errors=[])


async def cancel_test(info: Info, input: CancelTestInput) -> TestAccountPayload:  # noqa: A002
    try:
        trial_id = given_id(input.test_id, "AccountTest", "testId")
        trial = await trials.cancel(info.context.house, trial_id, by=info.context.by)
    except Refused as refused:
        return TestAccountPayload(test=None, errors=shown_problems(refused, AccountError))
    return TestAccountPayload(test=show_test(trial), errors=[])


async def save_email_account(info: Info, input: SaveEmailAccountInput) -> EmailAccountPayload:  # noqa: A002
    try:
        command = saving.SaveAccount(
            test_id=given_id(input.test_id, "AccountTest", "testId"),
            account_id=given_id(input.account_id, "EmailAccount", "accountId") if input.account_id else None,
            expected_version=input.expected_version,
            display_name=read_change(input.display_name),
            reply_to=read_change(input.reply_to),
            access=read_access(input.access) if input.access else None,
            scope=read_scope(input.scope) if input.scope else None,
        )
        saved = await saving.save(info.context.house, command, by=info.context.by)
    except Refused as refused:
        return refused_change(refused)
    return await changed(info, saved.account_id, saved.warnings)


async def update_email_account(info: Info, input: UpdateEmailAccountInput) -> EmailAccountPayload:  # noqa: A002
    try:
        command = verbs.UpdateAccount(
            account_id=given_id(input.account_id, "EmailAccount", "accountId"),
            expected_version=input.expected_version,
            display_name=read_change(input.display_name),
            reply_to=read_change(input.reply_to),
            position=input.position,
        )
        await verbs.update(info.context.house, command, by=info.context.by)
    except Refused as refused:
        return refused_change(refused)
    return await changed(info, command.account_id)


async def set_account_access(info: Info, input: SetAccountAccessInput) -> EmailAccountPayload:  # noqa: A002
    try:
        account_id = given_id(input.account_id, "EmailAccount", "accountId")
        caused = await verbs.set_access(
            info.context.house,
            account_id,
            read_access(input.access),
            expected_version=input.expected_version,
            by=info.context.by,
        )
    except Refused as refused:
        return refused_change(refused)
    return await changed(info, account_id, caused)


async def set_account_scope(info: Info, input: SetAccountScopeInput) -> EmailAccountPayload:  # noqa: A002
    try:
        account_id = given_id(input.account_id, "EmailAccount", "accountId")
        caused = await verbs.set_scope(
            info.context.house,
            account_id,
            read_scope(input.scope),
            expected_version=input.expected_version,
            by=info.context.by,
        )
    except Refused as refused:
        return refused_change(refused)
    return await changed(info, account_id, caused)


async def set_account_enabled(info: Info, input: SetAccountEnabledInput) -> EmailAccountPayload:  # noqa: A002
    try:
        account_id = given_id(input.account_id, "EmailAccount", "accountId")
        caused = await verbs.set_enabled(
            info.context.house,
            account_id,
            enabled=input.enabled,
            expected_version=input.expected_version,
            by=info.context.by,
        )
    except Refused as refused:
        return refused_change(refused)
    return await changed(info, account_id, caused)


async def delete_email_account(
    info: Info,
    input: DeleteEmailAccountInput,  # noqa: A002
) -> DeleteEmailAccountPayload:
    try:
        account_id = given_id(input.account_id, "EmailAccount", "accountId")
        caused = await verbs.delete(
            info.context.house, account_id, expected_version=input.expected_version, by=info.context.by
        )
    except Refused as refused:
        problems = shown_problems(refused, AccountError)
        return DeleteEmailAccountPayload(deleted_id=None, warnings=[], errors=problems)
    warnings = await show_warnings(info, caused)
    return DeleteEmailAccountPayload(
        deleted_id=encode("EmailAccount", account_id), warnings=warnings, errors=[]
    )


async def changed(info: Info, account_id: UUID, caused: Iterable[DomainWarning] = ()) -> EmailAccountPayload:
    account = await reading.find(account_id, by=info.context.by)
    return EmailAccountPayload(
        email_account=show_account(account) if account else None,
        warnings=await show_warnings(info, caused),
        errors=[],
    )


def refused_change(refused: Refused) -> EmailAccountPayload:
    return EmailAccountPayload(email_account=None, warnings=[], errors=shown_problems(refused, AccountError))


def _owner(opaque: strawberry.ID | None) -> UUID | None:
    if opaque is None:
        return None
    return row_id(opaque, "Company") or given_id(opaque, "Employee", "ownerId")
