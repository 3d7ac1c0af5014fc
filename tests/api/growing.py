"""A company with as many of everything as a test wants."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from tortoise.models import Model
from uuid_utils.compat import uuid7

from api.documents import START_SIGN_IN
from api.drafts import at, server
from lab.product import Product
from letterhead.audit.log import Action, Subject, record
from letterhead.identity import tokens
from letterhead.identity.actor import Actor
from letterhead.store import models
from letterhead.store.database import now, transaction


async def grown(acme: Product, sales: UUID, numbers: Sequence[int]) -> None:
    """For each number an employee, a group, a project, an account with all of them, and a message."""
    people = [{"externalId": f"e{n}", "name": f"E{n}"} for n in numbers]
    groups = [{"externalId": f"g{n}", "name": f"G{n}", "memberExternalIds": [f"e{n}"]} for n in numbers]
    projects = [{"externalId": f"p{n}", "name": f"P{n}"} for n in numbers]
    await acme.directory(employees=people, groups=groups, projects=projects)
    template = dict(await models.EmailAccount.get(id=sales))
    company = {"company_id": acme.company_id}
    for n in numbers:
        person = (await models.Employee.get(external_id=f"e{n}", **company)).id
        group = (await models.Group.get(external_id=f"g{n}", **company)).id
        project = (await models.Project.get(external_id=f"p{n}", **company)).id
        address, account = f"a{n}@acme.example", uuid7()
        changes = {"id": account, "address": address, "address_key": address, "position": n}
        selected = {"access_mode": "SELECTED", "scope_mode": "SELECTED", "provider_key": "gone"}
        await models.EmailAccount.create(**template | changes | selected)
        here = company | {"account_id": account}
        await models.AccountEmployee.create(**here, employee_id=person)
        await models.AccountGroup.create(**here, group_id=group)
        await models.AccountProject.create(**here, project_id=project)
        proof = {"proof": "NOT_REFUSED", "position": 0}
        await models.SenderAlias.create(**here, address=f"b{address}", address_key=f"b{address}", **proof)
        test = dict(await models.AccountTest.filter(account_id=sales).first() or {})
        await models.AccountTest.create(**test | {"id": uuid7(), "account_id": account})
        await tokens.create(acme.company_id, f"Tool {n}", frozenset(), employee_id=person)
        await _message(acme.company_id, account, person, project, n)


async def grown_in_log(acme: Product) -> None:
    """An entry about each of everything that there is, of all kinds in turn."""
    by = Actor(company_id=acme.company_id, key="token:1", name="Tool", permissions=frozenset())
    kinds: dict[str, type[Model]] = {
        "Employee": models.Employee,
        "Group": models.Group,
        "Project": models.Project,
        "EmailAccount": models.EmailAccount,
        "AccountTest": models.AccountTest,
        "Message": models.Message,
        "SignInFlow": models.SignInFlow,
        "ApiToken": models.ApiToken,
    }
    of_each = [await model.filter(company_id=acme.company_id).only("id") for model in kinds.values()]
    async with transaction():
        for rows in zip(*of_each, strict=False):
            for kind, row in zip(kinds, rows, strict=True):
                await record(Action.ACCOUNT_SAVED, "Something", by=by, subject=Subject(kind, row.id))


async def grown_sign_ins(acme: Product, count: int) -> None:
    """Begun by the administrator, and left alone."""
    servers = {"smtp": server("SMTP", 587), "incoming": server("POP3", 995)}
    begun = await acme.admin.do(START_SIGN_IN, {"address": at("info"), "providerKey": "custom"} | servers)
    first = dict(await models.SignInFlow.filter(company_id=acme.company_id).first() or {})
    assert begun["errors"] == []
    for _ in range(count - 1):
        await models.SignInFlow.create(**first | {"id": uuid7(), "expires_at": now() + timedelta(hours=1)})


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
