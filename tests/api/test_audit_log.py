"""The audit log is shown to who may read it, and to nobody else."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import pytest_asyncio

from api.documents import SET_ENABLED
from api.drafts import Draft, at
from api.offices import Office
from lab.product import Caller, with_company
from letterhead.identity.actor import Permission
from letterhead.schema.ids import encode
from letterhead.serving import Serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOG = """
query ($filter: AuditFilter, $first: Int! = 25, $after: String) {
  company { auditLog(filter: $filter, first: $first, after: $after) {
    nodes {
      id at actor action summary changes { field before after }
      subject { is: __typename id ... on EmailAccount { address } }
    }
    pageInfo { hasNextPage hasPreviousPage endCursor }
  } }
}
"""
NODE = "query ($id: ID!) { node(id: $id) { id ... on AuditEntry { action summary } } }"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(server: Serving, draft: Draft) -> AsyncIterator[Office]:
    """sales was connected, Ann's own too; then sales was switched off and on."""
    acme, other = await with_company(server, "Acme"), await with_company(server, "Other")
    ids = await acme.directory(employees=[{"externalId": "ann", "name": "Ann"}])
    callers = {"admin": acme.admin, "other": other.admin, "ann": await acme.employee(ids["ann"])}
    callers["auditor"] = await acme.service(Permission.READ_AUDIT)
    callers["everything else"] = await acme.service(*(set(Permission) - {Permission.READ_AUDIT}))
    ids["sales"] = (await acme.admin.saved(draft("sales")))["id"]
    ids["own"] = (await callers["ann"].saved(draft("ann"), ownerId=ids["ann"]))["id"]
    for enabled in (False, True):
        await acme.admin.do(SET_ENABLED, {"accountId": ids["sales"], "enabled": enabled})
    yield Office(callers, ids)
    await acme.close()
    await other.close()


async def log(caller: Caller, **asked: Any) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = (await caller.ask(LOG, **asked))["company"]["auditLog"]["nodes"]
    return nodes


def actions(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["action"] for entry in entries]


async def test_it_says_who_did_what_to_what_newest_first(office: Office) -> None:
    entries = await log(office.admin)
    assert actions(entries) == [
        "STATUS_CHANGED", "STATUS_CHANGED", "ACCOUNT_SAVED", "TEST_RUN", "ACCOUNT_SAVED", "TEST_RUN",
        "DIRECTORY_SYNCED",
    ]  # fmt: skip
    assert entries[0]["summary"] == f"Switched {at('sales')} on"
    assert entries[0]["changes"] == [{"field": "status", "before": "DISABLED", "after": "READY"}]
    assert entries[0]["subject"] == {"is": "EmailAccount", "id": office.ids["sales"], "address": at("sales")}
    assert entries[0]["actor"].startswith("administrator (token:")
    assert entries[2]["actor"].startswith("Ann (employee:")


async def test_it_is_read_to_its_end_page_by_page(office: Office) -> None:
    read: list[str] = []
    after, more = None, True
    while more:
        found = (await office.admin.ask(LOG, first=2, after=after))["company"]["auditLog"]
        read += [entry["id"] for entry in found["nodes"]]
        after, more = found["pageInfo"]["endCursor"], found["pageInfo"]["hasNextPage"]
    assert read == [entry["id"] for entry in await log(office.admin, first=100)]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"action": ["ACCOUNT_SAVED"]}, ["ACCOUNT_SAVED", "ACCOUNT_SAVED"]),
        ({"action": ["DIRECTORY_SYNCED", "ACCOUNT_SAVED", "ACCOUNT_SAVED"]},
         ["ACCOUNT_SAVED", "ACCOUNT_SAVED", "DIRECTORY_SYNCED"]),
        ({"action": []}, []),
        ({"subjectId": "#sales"}, ["STATUS_CHANGED", "STATUS_CHANGED", "ACCOUNT_SAVED"]),
        ({"subjectId": "#sales", "action": ["ACCOUNT_SAVED", "TEST_RUN"]}, ["ACCOUNT_SAVED"]),
        ({"since": "2100-01-01T00:00:00Z"}, []),
        ({"since": "2000-01-01T00:00:00Z", "action": ["DIRECTORY_SYNCED"]}, ["DIRECTORY_SYNCED"]),
    ],
)  # fmt: skip
async def test_it_is_narrowed_down(office: Office, wanted: dict[str, Any], found: list[str]) -> None:
    assert actions(await log(office.admin, filter=office.named(wanted))) == found


async def test_since_an_entry_it_is_that_one_and_what_came_later(office: Office) -> None:
    entries = await log(office.admin)
    since = {"since": entries[3]["at"]}
    assert [entry["id"] for entry in await log(office.admin, filter=since)] == [
        entry["id"] for entry in entries[:4]
    ]


async def test_several_actions_are_paged_as_one_list(office: Office) -> None:
    wanted = {"action": ["ACCOUNT_SAVED", "STATUS_CHANGED"]}
    first = (await office.admin.ask(LOG, filter=wanted, first=3))["company"]["auditLog"]
    second = await log(office.admin, filter=wanted, first=3, after=first["pageInfo"]["endCursor"])
    assert actions(first["nodes"]) == ["STATUS_CHANGED", "STATUS_CHANGED", "ACCOUNT_SAVED"]
    assert actions(second) == ["ACCOUNT_SAVED"]


@pytest.mark.parametrize("name", ["ann", "everything else"])
async def test_nobody_else_reads_it(office: Office, name: str) -> None:
    [entry, *_] = await log(office.admin)
    answer = await office.callers[name].answer(LOG)
    [error] = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["company", "auditLog"], "FORBIDDEN")
    assert (await office.callers[name].ask(NODE, id=entry["id"]))["node"] is None


async def test_an_entry_is_fetched_again_by_its_id(office: Office) -> None:
    [entry, *_] = await log(office.admin)
    again = (await office.callers["auditor"].ask(NODE, id=entry["id"]))["node"]
    assert again == {name: entry[name] for name in ("id", "action", "summary")}


async def test_a_subject_that_the_reader_may_not_see_is_hidden(office: Office) -> None:
    seen = await log(office.callers["auditor"])
    assert {entry["subject"]["is"] for entry in seen if entry["subject"]} <= {"Company", "Employee"}
    assert [entry["id"] for entry in seen] == [entry["id"] for entry in await log(office.admin)]


async def test_another_company_sees_nothing_of_it(office: Office) -> None:
    [entry, *_] = await log(office.admin)
    other = office.callers["other"]
    assert await log(other) == await log(other, filter={"subjectId": office.ids["sales"]}) == []
    assert (await other.ask(NODE, id=entry["id"]))["node"] is None


@pytest.mark.parametrize("wrong", ["x", encode("Provider", "google")])
async def test_what_is_no_id_of_a_subject_is_not_found(office: Office, wrong: str) -> None:
    answer = await office.admin.answer(LOG, filter={"subjectId": wrong})
    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_it_is_downloaded_as_lines_oldest_first(office: Office) -> None:
    response = await office.callers["auditor"].http.get("/audit.jsonl")
    lines = [orjson.loads(line) for line in response.text.splitlines()]
    entries = (await log(office.admin))[::-1]
    assert (response.status_code, response.headers["content-type"]) == (200, "application/jsonl")
    assert [(line["id"], line["action"]) for line in lines] == [(e["id"], e["action"]) for e in entries]
    assert lines[-1]["subject"] == {"type": "EmailAccount", "id": office.ids["sales"]}
    assert lines[-1]["changes"] == entries[-1]["changes"]


async def test_the_download_begins_where_it_is_told_to(office: Office) -> None:
    entries = await log(office.admin)
    response = await office.admin.http.get("/audit.jsonl", params={"since": entries[1]["at"]})
    ids = [orjson.loads(line)["id"] for line in response.text.splitlines()]
    assert ids == [entries[1]["id"], entries[0]["id"]]


@pytest.mark.parametrize(
    ("name", "since", "status"), [("ann", "", 403), ("admin", "yesterday", 400), (None, "", 401)]
)
async def test_a_download_is_refused(office: Office, name: str | None, since: str, status: int) -> None:
    http = office.callers[name or "admin"].http
    headers = {} if name else {"Authorization": "Bearer lh_unknown"}
    response = await http.get("/audit.jsonl", params={"since": since}, headers=headers)
    assert (response.status_code, list(response.json())) == (status, ["message"])
