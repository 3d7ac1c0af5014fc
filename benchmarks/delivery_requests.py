"""``sendMessage`` over HTTP, as an application calls it: ``python delivery_requests.py DATABASE N`` starts
``letterhead serve`` and prints messages a second taken in, eight requests at a time on kept connections.

The messages are for tomorrow, so that nothing is delivered meanwhile.
"""

import asyncio
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import uvloop
from delivery_product import BODY, made_house, new_account
from uuid_utils.compat import uuid7

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from lab.process import letterhead, served
from lab.product import Caller
from letterhead.identity.actor import EMPLOYEE, Actor
from letterhead.opaque import opaque_id
from letterhead.store import models
from letterhead.store.database import now, opened

SEND = """
mutation ($input: SendMessageInput!) {
  sendMessage(input: $input) { message { id status } errors { message path code } }
}
"""


async def new_employee(url: str) -> str:
    """With an account to send from. The id as callers know it."""
    async with opened(url):
        company = await models.Company.get()
        employee = await models.Employee.create(company_id=company.id, external_id="anna", name="Anna")
        anna = Actor(
            company_id=company.id,
            key=f"employee:{employee.id}",
            name="Anna",
            permissions=EMPLOYEE,
            employee_id=employee.id,
        )
        await new_account(made_house(url, None), anna, 0, 2525, False)
        return opaque_id("Employee", employee.id)


async def taken_in(admin: Caller, employee_id: str, count: int) -> float:
    left, tomorrow = iter(range(count)), (now() + timedelta(days=1)).isoformat()

    async def client() -> None:
        for _ in left:
            given = {
                "idempotencyKey": str(uuid7()),
                "context": {"employeeId": employee_id},
                "to": [{"address": "bob@example.org"}],
                "subject": "Offer",
                "text": BODY,
                "notBefore": tomorrow,
            }
            payload = await admin.do(SEND, given)
            assert payload["errors"] == [], payload

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(8)))
    return count / (time.perf_counter() - started)


async def main(url: str, count: str) -> float:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "keys").write_text("k1:" + "A" * 43 + "=\n")
        environment = {"LETTERHEAD_DATABASE_URL": url, "LETTERHEAD_KEY_FILE": str(folder / "keys")}
        letterhead("company", "create", "Acme", environment=environment)
        token = letterhead("token", "create", "--company", "Acme", "--admin", environment=environment)
        employee_id = await new_employee(url)
        async with served(environment, folder / "log") as process:
            admin = Caller(process.address, token)
            rate = await taken_in(admin, employee_id, int(count))
            await admin.http.aclose()
    return rate


if __name__ == "__main__":
    print(uvloop.run(main(*sys.argv[1:])))
