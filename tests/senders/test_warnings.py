import pytest

from letterhead.senders.warnings import WarningCode, company_warnings
from senders.made import Firm, new_account, new_firm


@pytest.fixture
async def firm(database: None) -> Firm:
    return await new_firm()


async def codes(firm: Firm) -> list[WarningCode]:
    return [warning.code for warning in await company_warnings(firm.id, {"custom"})]


async def test_one_company_address_free_of_projects_is_enough(firm: Firm):
    await new_account(firm, "dana@acme.example", owner=firm.dana)
    await new_account(firm, "apollo@acme.example", projects=(firm.apollo,))
    await new_account(firm, "off@acme.example", status="DISABLED")
    assert await codes(firm) == [WarningCode.NO_UNLINKED_ADDRESS, WarningCode.PROJECT_WITHOUT_SENDER]
    await new_account(firm, "info@acme.example")
    assert await codes(firm) == []


async def test_a_group_without_members_is_nobody(firm: Firm):
    await new_account(firm, "info@acme.example")
    account_id = await new_account(firm, "support@acme.example", groups=(firm.support,))
    [warning] = await company_warnings(firm.id, {"custom"})
    assert (warning.code, warning.subjects) == (
        WarningCode.NOBODY_HAS_ACCESS,
        (("EmailAccount", account_id),),
    )
    assert warning.message == (
        "Nobody has access to one account. Choose employees or groups, or open it to all."
    )


async def test_paused_accounts_and_missing_plugins_are_said_with_their_number(firm: Firm):
    await new_account(firm, "info@acme.example")
    await new_account(firm, "a@acme.example", status="PAUSED", provider_key="gone")
    await new_account(firm, "b@acme.example", status="PAUSED", owner=firm.dana)
    paused, missing = await company_warnings(firm.id, {"custom"})
    assert (paused.code, len(paused.subjects)) == (WarningCode.ACCOUNT_PAUSED, 2)
    assert paused.message == (
        "The mail server refused to sign 2 accounts in, so they are paused and their mail waits. "
        "Test them again."
    )
    assert (missing.code, len(missing.subjects)) == (WarningCode.PROVIDER_MISSING, 1)
    assert missing.message == (
        "The plugin for the mail service of one account is not installed any more. "
        "Mail still leaves from it, but errors are explained less well."
    )
