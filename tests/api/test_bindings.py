"""A secret goes only where it was given for: towards anything else it is asked for again."""

from typing import Any

import pytest
import trustme

from api import rows
from api.documents import CONTINUE_SIGN_IN, SAVE, START_SIGN_IN, TEST
from api.doorbell import Doorbell
from api.drafts import Draft, at
from api.marks import on_sqlite
from lab.product import Caller, Product
from lab.sinks import counting_smtp_server
from letterhead.sandbox.mailboxes import SANDBOX_PASSWORD

pytestmark = [pytest.mark.asyncio(loop_scope="module"), on_sqlite]

KEPT = {"keepExisting": True}
ELSEWHERE = [
    {"smtp": {"port": "BELL"}},
    {"incoming": {"port": "BELL"}},
    {"smtp": {"host": "127.0.0.1"}},
    {"incoming": {"host": "127.0.0.1"}},
    {"smtp": {"host": "127.0.0.1", "port": "BELL"}},
    {"smtp": {"security": "TLS"}},
    {"smtp": {"security": "NONE"}},
    {"incoming": {"security": "NONE"}},
    {"smtp": {"username": at("root")}},
    {"incoming": {"username": at("root")}},
    {"incoming": {"protocol": "IMAP"}},
    {"address": at("other")},
]


def redirected(draft: dict[str, Any], change: dict[str, Any], bell: Doorbell) -> dict[str, Any]:
    there = {name: draft[name] | what if isinstance(what, dict) else what for name, what in change.items()}
    for server in there.values():
        if isinstance(server, dict) and server["port"] == "BELL":
            server["port"] = bell.port
    return draft | there


async def refused(caller: Caller, given: dict[str, Any]) -> tuple[str, str]:
    """Path and code of the one error of a test that was not begun."""
    before = await rows.counts()
    payload = await caller.do(TEST, given)
    [error] = payload["errors"]
    assert payload["test"] is None
    assert error["message"].endswith(".")
    assert await rows.counts() == before
    return ".".join(error["path"]), error["code"]


async def signed_in(caller: Caller, draft: dict[str, Any], **given: Any) -> str:
    """The id of a sign-in that is done."""
    wanted = {key: draft[key] for key in ("address", "providerKey", "smtp", "incoming")}
    started = await caller.do(START_SIGN_IN, wanted | given)
    assert started["errors"] == []
    answers = [
        {"name": field["name"], "value": SANDBOX_PASSWORD} for field in started["flow"]["step"]["fields"]
    ]
    done = await caller.do(CONTINUE_SIGN_IN, {"flowId": started["flow"]["id"], "answers": answers})
    assert done["flow"]["step"] == {"is": "DoneStep", "kind": "PASSWORD"}
    flow_id: str = done["flow"]["id"]
    return flow_id


@pytest.mark.parametrize("change", ELSEWHERE)
async def test_a_saved_secret_is_not_taken_elsewhere(
    acme: Product, draft: Draft, doorbell: Doorbell, change: dict[str, Any]
) -> None:
    sales = await acme.admin.saved(draft("sales"))
    elsewhere = redirected(draft("sales", credential=KEPT), change, doorbell)

    answer = await refused(acme.admin, {"accountId": sales["id"], "draft": elsewhere})

    assert answer in [
        ("draft.credential.keepExisting", "SECRET_REQUIRED"),
        ("draft.incoming.protocol", "INVALID"),
    ]
    assert doorbell.rung == 0


async def test_a_saved_secret_serves_where_it_was_given_for(acme: Product, draft: Draft) -> None:
    sales = await acme.admin.saved(draft("sales"))
    same = draft("sales", credential=KEPT, aliases=[{"address": at("sales+news")}])

    test = await acme.admin.tested(same, accountId=sales["id"])
    payload = await acme.admin.do(SAVE, {"testId": test["id"], "accountId": sales["id"]})

    assert (test["status"], payload["errors"]) == ("PASSED", [])


@pytest.mark.parametrize("change", ELSEWHERE)
async def test_what_was_entered_in_a_sign_in_is_not_taken_elsewhere(
    acme: Product, draft: Draft, doorbell: Doorbell, change: dict[str, Any]
) -> None:
    flow = await signed_in(acme.admin, draft("sales"))
    elsewhere = redirected(draft("sales", credential={"flowId": flow}), change, doorbell)

    answer = await refused(acme.admin, {"draft": elsewhere})

    assert answer in [("draft.credential.flowId", "SECRET_REQUIRED"), ("draft.incoming.protocol", "INVALID")]
    assert doorbell.rung == 0


async def test_a_sign_in_serves_where_it_was_done_for(acme: Product, draft: Draft) -> None:
    flow = await signed_in(acme.admin, draft("sales"))

    assert (await acme.admin.saved(draft("sales", credential={"flowId": flow})))["status"] == "READY"


async def test_a_sign_in_serves_who_did_it_and_for_whom(acme: Product, draft: Draft) -> None:
    ids = await acme.directory(employees=[{"externalId": "ann", "name": "Ann"}])
    ann, colleague = await acme.employee(ids["ann"]), await acme.administrator()
    companys = draft("sales", credential={"flowId": await signed_in(acme.admin, draft("sales"))})
    own = draft("ann", credential={"flowId": await signed_in(ann, draft("ann"), ownerId=ids["ann"])})

    unknown, path = "NOT_FOUND", "draft.credential.flowId"
    assert await refused(colleague, {"draft": companys}) == (path, unknown)
    assert await refused(ann, {"draft": companys, "ownerId": ids["ann"]}) == (path, unknown)
    assert await refused(acme.admin, {"draft": own}) == (path, unknown)
    assert await refused(ann, {"draft": own | {"address": at("sales")}, "ownerId": ids["ann"]}) == (
        path,
        "SECRET_REQUIRED",
    )


async def test_an_account_of_ones_own_keeps_its_secret_from_all_others(acme: Product, draft: Draft) -> None:
    ids = await acme.directory(employees=[{"externalId": "ann", "name": "Ann"}])
    ann = await acme.employee(ids["ann"])
    own = await ann.saved(draft("ann"), ownerId=ids["ann"])

    answer = await refused(acme.admin, {"accountId": own["id"], "draft": draft("ann", credential=KEPT)})

    assert answer == ("accountId", "NOT_FOUND")


@pytest.mark.parametrize("security", ["STARTTLS", "NONE"])
async def test_a_password_is_not_said_in_the_clear(acme: Product, draft: Draft, security: str) -> None:
    async with counting_smtp_server() as sink:
        smtp = {"protocol": "SMTP", "host": "localhost", "port": sink.port, "security": security}

        test = await acme.admin.tested(draft("sales", smtp=smtp))

    assert test["status"] == "FAILED"
    assert sink.count("AUTH") == 0
    assert SANDBOX_PASSWORD not in str(sink.commands)


async def test_a_certificate_of_nobody_we_trust_gets_no_password(acme: Product, draft: Draft) -> None:
    certificate = trustme.CA().issue_cert("localhost")
    async with counting_smtp_server(certificate=certificate) as sink:
        smtp = {"protocol": "SMTP", "host": "localhost", "port": sink.port, "security": "STARTTLS"}

        test = await acme.admin.tested(draft("sales", smtp=smtp))

    assert (test["status"], test["diagnosis"]["code"]) == ("FAILED", "TLS_CERTIFICATE")
    assert sink.count("AUTH") == 0
