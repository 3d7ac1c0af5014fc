"""The product's tables as somebody else's models, and what their data loaders read. Only what the page shows
is a column here, so that nothing is read in vain.

Of Tortoise alone: Strawberry and Ariadne, each in its own environment, stand on it.
"""

import os
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import UUID

from tortoise import Tortoise, fields
from tortoise.models import Model

T = TypeVar("T")


class Company(Model):
    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(200)

    class Meta(Model.Meta):
        table = "company"


class Employee(Model):
    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(200)

    class Meta(Model.Meta):
        table = "employee"


class Group(Model):
    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(200)

    class Meta(Model.Meta):
        table = "employee_group"


class Project(Model):
    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(200)

    class Meta(Model.Meta):
        table = "project"


class EmailAccount(Model):
    id = fields.UUIDField(primary_key=True)
    company_id = fields.UUIDField()
    employee_id = fields.UUIDField(null=True)
    address = fields.CharField(320)
    display_name = fields.CharField(200, null=True)
    smtp: Any = fields.JSONField()
    status = fields.CharField(20)
    proof = fields.CharField(20)
    access_mode = fields.CharField(20)
    scope_mode = fields.CharField(20)
    position = fields.IntField()
    version = fields.IntField()
    created_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "email_account"


class SenderAlias(Model):
    id = fields.UUIDField(primary_key=True)
    account_id = fields.UUIDField()
    address = fields.CharField(320)
    display_name = fields.CharField(200, null=True)
    proof = fields.CharField(20)
    position = fields.IntField()

    class Meta(Model.Meta):
        table = "sender_alias"


class AccountEmployee(Model):
    id = fields.UUIDField(primary_key=True)
    account_id = fields.UUIDField()
    employee: Any = fields.ForeignKeyField("others.Employee")

    class Meta(Model.Meta):
        table = "account_employee"


class AccountGroup(Model):
    id = fields.UUIDField(primary_key=True)
    account_id = fields.UUIDField()
    group: Any = fields.ForeignKeyField("others.Group")

    class Meta(Model.Meta):
        table = "account_group"


class AccountProject(Model):
    id = fields.UUIDField(primary_key=True)
    account_id = fields.UUIDField()
    project: Any = fields.ForeignKeyField("others.Project")

    class Meta(Model.Meta):
        table = "account_project"


class AccountTest(Model):
    id = fields.UUIDField(primary_key=True)
    account_id = fields.UUIDField()
    status = fields.CharField(30)

    class Meta(Model.Meta):
        table = "account_test"


async def first_accounts(company: UUID, count: int) -> tuple[list[EmailAccount], bool]:
    """And whether there are more."""
    found = await (
        EmailAccount.filter(company_id=company).order_by("position", "created_at", "id").limit(count + 1)
    )
    return found[:count], len(found) > count


async def companies(keys: Sequence[UUID]) -> list[Company]:
    found = await Company.in_bulk(keys, "id")
    return [found[key] for key in keys]


async def people(keys: Sequence[UUID]) -> list[Employee]:
    found = await Employee.in_bulk(keys, "id")
    return [found[key] for key in keys]


async def aliases(accounts: Sequence[UUID]) -> list[list[SenderAlias]]:
    found = await SenderAlias.filter(account_id__in=accounts).order_by("position")
    return _grouped(accounts, ((one.account_id, one) for one in found))


async def employees(accounts: Sequence[UUID]) -> list[list[Employee]]:
    links = AccountEmployee.filter(account_id__in=accounts).select_related("employee")
    found = await links.order_by("employee__name")
    return _grouped(accounts, ((link.account_id, link.employee) for link in found))


async def groups(accounts: Sequence[UUID]) -> list[list[Group]]:
    links = AccountGroup.filter(account_id__in=accounts).select_related("group")
    found = await links.order_by("group__name")
    return _grouped(accounts, ((link.account_id, link.group) for link in found))


async def projects(accounts: Sequence[UUID]) -> list[list[Project]]:
    links = AccountProject.filter(account_id__in=accounts).select_related("project")
    found = await links.order_by("project__name")
    return _grouped(accounts, ((link.account_id, link.project) for link in found))


async def last_tests(accounts: Sequence[UUID]) -> list[AccountTest | None]:
    found = await AccountTest.filter(account_id__in=accounts).order_by("id")
    latest = {one.account_id: one for one in found}
    return [latest.get(key) for key in accounts]


LOADS = {
    "companies": companies,
    "people": people,
    "aliases": aliases,
    "employees": employees,
    "groups": groups,
    "projects": projects,
    "last_tests": last_tests,
}
"""What is behind each data loader of a request, by its name."""


def _grouped(keys: Sequence[UUID], pairs: Iterable[tuple[UUID, T]]) -> list[list[T]]:
    groups = defaultdict(list)
    for key, one in pairs:
        groups[key].append(one)
    return [groups[key] for key in keys]


@asynccontextmanager
async def database(_app: object) -> AsyncIterator[None]:
    """For an application's lifespan. DATABASE_URL says where; ten connections, as everybody has."""
    url = os.environ["DATABASE_URL"]
    await Tortoise.init(
        db_url=f"{url}{'&' if '?' in url else '?'}minsize=10&maxsize=10",
        modules={"others": ["others.tables"]},
        _enable_global_fallback=True,
    )
    yield
    await Tortoise.close_connections()
