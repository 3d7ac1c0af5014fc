import pytest

from lab.databases import counted
from letterhead.identity.actor import ADMINISTRATOR, Actor
from letterhead.senders import verbs as senders
from letterhead.senders.rules import SenderContext
from letterhead.store import models
from letterhead.store.pages import PageRequest
from senders.made import HOUSE, Firm, new_account, new_firm


async def fill(firm: Firm, count: int) -> None:
    """Company accounts of every make."""
    first = await new_account(firm, "first@acme.example", aliases={"alias@acme.example": "OWNED"})
    template = await models.EmailAccount.get(id=first)
    columns = {name: getattr(template, name) for name in models.EmailAccount._meta.db_fields if name != "id"}
    accounts = [
        models.EmailAccount(
            **{
                **columns,
                "address": f"a{number}@acme.example",
                "address_key": f"a{number}@acme.example",
                "scope_mode": "ALL" if number % 2 else "SELECTED",
                "access_mode": "ALL" if number % 3 else "SELECTED",
                "position": number,
            }
        )
        for number in range(count - 1)
    ]
    await models.EmailAccount.bulk_create(accounts)
    company = {"company_id": firm.id}
    await models.AccountProject.bulk_create(
        models.AccountProject(account_id=one.id, project_id=firm.apollo, **company) for one in accounts
    )
    await models.AccountEmployee.bulk_create(
        models.AccountEmployee(account_id=one.id, employee_id=firm.dana, **company) for one in accounts
    )


async def statements_of_each_verb(count: int) -> dict[str, int]:
    firm = await new_firm(when_not_ready="NEXT")
    await fill(firm, count)
    by = Actor(company_id=firm.id, key="token:1", name="Admin", permissions=ADMINISTRATOR)
    context = SenderContext(
        employee_id=firm.dana, project_id=firm.apollo, answering_address="alias@acme.example"
    )
    found = {}
    for name, call in {
        "resolve": lambda: senders.resolve(HOUSE, context, by=by),
        "decide": lambda: senders.decide(context, company_id=firm.id, employee_id=firm.dana),
        "candidates": lambda: senders.candidates(HOUSE, context, PageRequest(), by=by),
        "excluded": lambda: senders.excluded(HOUSE, context, PageRequest(), by=by),
        "all at once": lambda: senders.look(HOUSE, context, candidates=25, excluded=25, by=by),
    }.items():
        with counted() as statements:
            await call()
        found[name] = len(statements)
    return found


@pytest.mark.parametrize(("count", "most"), [(10, 1), (2_000, 2)])
async def test_one_statement_where_accounts_are_few_and_two_elsewhere(database: None, count: int, most: int):
    verbs = ("resolve", "decide", "candidates", "excluded", "all at once")
    assert await statements_of_each_verb(count) == dict.fromkeys(verbs, most)
