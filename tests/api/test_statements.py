"""How many statements an answer takes does not depend on how much there is to show."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from api.documents import CANDIDATES, RESOLVE
from api.drafts import Draft
from lab.databases import counted
from lab.product import Caller, Product
from letterhead.schema.ids import encode, row_id
from letterhead.settings import Settings
from letterhead.store import models
from letterhead.store.database import now

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACCOUNTS = """
{ emailAccounts(first: 100) { nodes {
  id owner { ... on Company { name } ... on Employee { name } } address aliases { address }
  provider { key plugin { name } } smtp { host } incoming { host } credential { present } problem { code }
  access { mode employees { nodes { id } } groups { nodes { id members { nodes { id } } } } }
  scope { mode projects { nodes { id name } } }
  lastTest { id steps { status } } tests(first: 3) { nodes { id } } viewerCan version
} pageInfo { hasNextPage } } }
"""
MESSAGES = """
{ messages(first: 100) { nodes {
  id status account { address owner { ... on Company { id } } } author { name groups { nodes { id } } }
  project { name } recipients { address diagnosis { code } } attempts { nodes { took: tookMs } }
} } }
"""
COMPANY = """
{ company {
  employees(first: 100) { nodes {
    groups { nodes { name } } emailAccounts { nodes { address aliases { address } } }
  } }
  groups(first: 100) { nodes { members { nodes { name } } } }
  projects(first: 100) { nodes { emailAccounts { nodes { address lastTest { status } } } } }
  warnings { code subjects { id } }
} }
"""
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on EmailAccount { aliases { address } } } }"


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """Without the worker, who looks into the outbox meanwhile."""
    return settings.model_copy(update={"worker": False})


async def statements(caller: Caller, document: str, **variables: Any) -> list[str]:
    await caller.ask(document, **variables)  # the token's last use is written down at most once a minute
    with counted() as sent:
        await caller.ask(document, **variables)
    return sent


async def grown(acme: Product, sales: UUID, numbers: Sequence[int]) -> None:
    """For each number an employee, a group, a project, an account with all of them, and a message."""
    entries = [{"externalId": f"e{n}", "name": f"E{n}"} for n in numbers]
    groups = [entry | {"memberExternalIds": [f"e{n}"]} for entry, n in zip(entries, numbers, strict=True)]
    ids = await acme.directory(employees=entries, groups=groups, projects=entries)
    template = dict(await models.EmailAccount.get(id=sales))
    company = {"company_id": acme.company_id}
    for n in numbers:
        people = (await models.Employee.get(external_id=f"e{n}", **company)).id
        group = (await models.Group.get(external_id=f"e{n}", **company)).id
        project = (await models.Project.get(external_id=f"e{n}", **company)).id
        address, account = f"a{n}@acme.example", uuid7()
        changes = {"id": account, "address": address, "address_key": address, "position": n}
        selected = {"access_mode": "SELECTED", "scope_mode": "SELECTED", "provider_key": "gone"}
        await models.EmailAccount.create(**template | changes | selected)
        here = company | {"account_id": account}
        await models.AccountEmployee.create(**here, employee_id=people)
        await models.AccountGroup.create(**here, group_id=group)
        await models.AccountProject.create(**here, project_id=project)
        proof = {"proof": "NOT_REFUSED", "position": 0}
        await models.SenderAlias.create(**here, address=f"b{address}", address_key=f"b{address}", **proof)
        test = dict(await models.AccountTest.filter(account_id=sales).first() or {})
        await models.AccountTest.create(**test | {"id": uuid7(), "account_id": account})
        await _message(acme.company_id, account, people, project, n)
    assert len(ids) > len(numbers)


async def _message(company_id: UUID, account_id: UUID, author_id: UUID, project_id: UUID, n: int) -> None:
    company = {"company_id": company_id}
    message = await models.Message.create(
        **company,
        account_id=account_id,
        author_id=author_id,
        project_id=project_id,
        idempotency_scope="test",
        idempotency_key=str(n),
        digest="",
        from_address="sales@acme.example",
        rule="CHOSEN",
        subject="Hello",
        message_id=f"<{n}@acme.example>",
        content=b"",
        settings_version=1,
        status="SENT",
        queued_at=now(),
        expires_at=now(),
        finished_at=now(),
    )
    of_message = company | {"message_id": message.id}
    for position in range(2):
        to = {"kind": "TO", "address": f"to{position}@acme.example", "status": "ACCEPTED"}
        await models.Recipient.create(**of_message, position=position, **to)
    await models.DeliveryAttempt.create(**of_message, at=now(), took_ms=1)


@pytest.mark.parametrize(
    ("document", "most"),
    [(ACCOUNTS, 11), (MESSAGES, 9), (COMPANY, 15), (NODES, 3), (RESOLVE, 6), (CANDIDATES, 4)],
)
async def test_thirty_take_no_more_than_three(acme: Product, draft: Draft, document: str, most: int) -> None:
    ids = await acme.directory(employees=[{"externalId": "ann", "name": "Ann"}])
    account = (await acme.admin.saved(draft("sales")))["id"]
    sales = row_id(account, "EmailAccount")
    assert sales

    async def asked() -> list[str]:
        of = await models.EmailAccount.filter(company_id=acme.company_id).values_list("id", flat=True)
        variables = {"ids": [encode("EmailAccount", one) for one in of], "for": {"employeeId": ids["ann"]}}
        wanted = {name: value for name, value in variables.items() if f"${name}" in document}
        return await statements(acme.admin, document, **wanted)

    await grown(acme, sales, range(3))
    few = await asked()
    await grown(acme, sales, range(3, 30))
    many = await asked()

    assert [sql.split()[0] for sql in few] == ["SELECT"] * len(few)
    assert len(many) == len(few) <= most
