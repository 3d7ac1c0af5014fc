"""Keys come and go while the house works: nothing is lost but what only a lost key would open."""

import pytest

from api.drafts import at, draft_in
from lab.commands import Ended, Letterhead
from lab.product import Product, Start
from letterhead.sandbox.service import Sandbox
from letterhead.store import models

OLD, NEW = f"old:{'A' * 43}=", f"new:{'B' * 43}="
SEND = """
mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message { id } errors { message } } }
"""
ACCOUNT = """
query ($id: ID!) { node(id: $id) { ... on EmailAccount {
  status problem { title explainedBy } viewerCan credential { present }
} } }
"""
BOTH, IMPOSTOR = f"{NEW},{OLD}", OLD.replace("A", "C")


async def saved(product: Product, sandbox: Sandbox) -> str:
    account = await product.admin.saved(draft_in(sandbox, "sales"))
    return str(account["id"])


async def sends(product: Product, account_id: str) -> bool:
    ids = await product.directory(employees=[{"externalId": "ann", "name": "Ann"}])
    message = {
        "idempotencyKey": "one",
        "context": {"employeeId": ids["ann"], "accountId": account_id},
        "to": [{"address": at("guest")}],
        "subject": "Still here",
        "text": "Hello",
    }
    payload = await product.admin.do(SEND, message)
    assert payload["errors"] == []
    return bool((await product.admin.finished(payload["message"]["id"]))["status"] == "SENT")


async def test_what_was_sealed_anew_opens_without_the_old_key(
    start: Start, sandbox: Sandbox, database_url: str, letterhead: Letterhead
) -> None:
    async with start(keys=OLD, ca_file=sandbox.ca_file) as product:
        account_id = await saved(product, sandbox)

    before = letterhead("keys", "check", DATABASE_URL=database_url, KEYS=BOTH)
    rotated = letterhead("keys", "rotate", DATABASE_URL=database_url, KEYS=BOTH)
    again = letterhead("keys", "rotate", DATABASE_URL=database_url, KEYS=BOTH)

    line = "1 secrets; sealed with the first key: {}, with an older one: {}\n"
    assert before == Ended(0, line.format(0, 1), "")
    assert rotated == again == Ended(0, f"1 rows looked at\n{line.format(1, 0)}", "")
    async with start(keys=NEW, ca_file=sandbox.ca_file) as product:
        assert await sends(product, account_id)
        assert await models.AuditEntry.filter(action="KEYS_ROTATED").count() == 1


async def test_an_account_whose_key_is_lost_needs_its_credential_until_the_key_is_back(
    start: Start, sandbox: Sandbox, database_url: str, letterhead: Letterhead
) -> None:
    async with start(keys=OLD, ca_file=sandbox.ca_file) as product:
        account_id = await saved(product, sandbox)

    check = letterhead("keys", "check", DATABASE_URL=database_url, KEYS=NEW)
    async with start(keys=NEW, ca_file=sandbox.ca_file) as product:
        lost = await product.admin.until(ACCOUNT, account_id, lambda node: node["status"] != "READY")
    async with start(keys=BOTH, ca_file=sandbox.ca_file) as product:
        back = await product.admin.until(ACCOUNT, account_id, lambda node: node["status"] == "READY")
        assert await sends(product, account_id)

    assert (check.code, check.out.splitlines()[-1]) == (1, "do not open: 1 sealed with old")
    assert lost["status"] == "NEEDS_CREDENTIAL"
    assert lost["problem"] == {"title": "Its secret cannot be read any more", "explainedBy": "vault"}
    assert back["problem"] is None


async def test_another_key_by_a_known_name_stops_the_start(
    start: Start, database_url: str, letterhead: Letterhead
) -> None:
    async with start(keys=OLD):
        pass

    ended = letterhead("serve", DATABASE_URL=database_url, KEYS=IMPOSTOR, PORT="0")

    assert (ended.code, ended.out) == (1, "")
    assert ended.err.splitlines()[-1].endswith("old is not the key that this database knows by that name")
    assert "C" * 43 not in ended.err


@pytest.mark.parametrize(
    ("command", "outcome"),
    [
        (f"echo {OLD}", None),
        ("false", "it ended with exit code 1"),
        ("echo nonsense", "entry 1 is not KID:KEY"),
        ("/no/such/program", "it cannot be run"),
    ],
)
def test_a_command_may_print_the_ring(letterhead: Letterhead, command: str, outcome: str | None) -> None:
    ended = letterhead("keys", "check", KEYS_COMMAND=command)
    if outcome is None:
        assert ended.code == 0
    else:
        assert ended.code == 1
        assert outcome in ended.err
