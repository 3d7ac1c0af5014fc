"""Nobody learns from a refusal whether a token was ever good: neither by its words nor by what it costs."""

from datetime import timedelta
from typing import Any

import httpx2

from lab.databases import counted
from lab.product import Product
from letterhead.identity import tokens
from letterhead.identity.actor import ADMINISTRATOR, EMPLOYEE
from letterhead.schema.ids import row_id
from letterhead.store import models
from letterhead.store.database import now

NOTHING = {"query": "{ __typename }"}


async def refused_tokens(product: Product) -> dict[str, str]:
    company_id = product.company_id
    ids = await product.directory(employees=[{"externalId": "ann", "name": "Ann"}])
    long_ago, ann = now() - timedelta(hours=1), row_id(ids["ann"], "Employee")
    made = {
        "expired": await tokens.create(company_id, "expired", ADMINISTRATOR, expires_at=long_ago),
        "revoked": await tokens.create(company_id, "revoked", ADMINISTRATOR),
        "of somebody who left": await tokens.create(company_id, "left", EMPLOYEE, employee_id=ann),
        "unknown": "lh_" + "a" * 43,
        "of another length": "lh_a",
    }
    await models.ApiToken.filter(name="revoked").update(revoked_at=now())
    await models.Employee.filter(id=ann).update(removed_at=now())
    return made


async def asked(product: Product, token: str) -> tuple[httpx2.Response, list[str]]:
    """The answer, and the statements that it took."""
    headers = {"Authorization": f"Bearer {token}"}
    with counted() as statements:
        answer = await product.admin.http.post("/graphql", json=NOTHING, headers=headers)
    return answer, [one for one in statements if "api_token" in one]


def seen(answer: httpx2.Response) -> tuple[int, str, dict[str, Any]]:
    own = {"date", "x-request-id"}
    return answer.status_code, answer.text, {n: v for n, v in answer.headers.items() if n not in own}


async def test_all_that_are_refused_look_alike_and_cost_the_same(product: Product) -> None:
    answers = {name: await asked(product, token) for name, token in (await refused_tokens(product)).items()}

    unknown, statements = answers["unknown"]
    assert (unknown.status_code, len(statements)) == (401, 1)
    assert {name: (seen(answer), said) for name, (answer, said) in answers.items()} == dict.fromkeys(
        answers, (seen(unknown), statements)
    )


async def test_a_good_one_costs_no_more_than_a_bad_one(product: Product) -> None:
    """Its use is noted once a minute."""
    await asked(product, product.admin.token)

    good, statements = await asked(product, product.admin.token)
    _, of_unknown = await asked(product, "lh_" + "a" * 43)

    assert (good.status_code, statements) == (200, of_unknown)
