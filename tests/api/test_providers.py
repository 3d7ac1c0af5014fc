"""What mail services there are, the ways in to them, and what their servers mean."""

from datetime import timedelta
from typing import Any

import pytest

from api import rows
from api.documents import CANCEL_SIGN_IN, CONTINUE_SIGN_IN, NODE, START_SIGN_IN
from api.drafts import Draft
from api.marks import on_sqlite
from lab.product import Caller, Product
from letterhead.schema.ids import row_id
from letterhead.store import models
from letterhead.store.database import now

pytestmark = [pytest.mark.asyncio(loop_scope="module"), on_sqlite]

PROVIDERS = """
query ($search: String, $kind: ProviderKind, $first: Int! = 100, $after: String) {
  providers(search: $search, kind: $kind, first: $first, after: $after) {
    nodes { id key name kind plugin { name bundled health message } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
GMAIL = """
{ provider(key: "gmail") {
  id name kind website domains sendsAs
  presets { label recommended smtp { host port security } incoming { protocol host } }
  authMethods { key credentialKind requiresTwoFactor instructions { text link } }
  limits { messagesPerDay }
} }
"""
EXPLAIN = """
query ($reply: String!, $providerKey: String, $during: TestStage) {
  explainReply(reply: $reply, providerKey: $providerKey, during: $during) {
    code title explanation actor retry reply { code enhancedCode text } explainedBy
  }
}
"""
APP_PASSWORD = {"address": "dana@gmail.com", "providerKey": "gmail", "authMethod": "app-password"}


async def test_every_service_has_a_plugin_that_does_well(acme: Product) -> None:
    found = await to_the_end(acme.admin)

    assert {"gmail", "custom", "sandbox"} <= {node["key"] for node in found}
    assert len({node["key"] for node in found}) == len(found)
    plugins = [node["plugin"] for node in found]
    assert {(one["bundled"], one["health"], one["message"]) for one in plugins} == {(True, "OK", None)}
    [first, *_, last] = found
    for node in (first, last):
        assert (await acme.admin.ask(NODE, id=node["id"]))["node"] == {"is": "Provider", "id": node["id"]}


async def to_the_end(caller: Caller) -> list[dict[str, Any]]:
    """All services, page by page."""
    found: list[dict[str, Any]] = []
    after = None
    while True:
        page = (await caller.ask(PROVIDERS, first=50, after=after))["providers"]
        found += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return found


async def test_services_are_found_by_name_domain_and_kind(acme: Product) -> None:
    async def found(**given: Any) -> list[str]:
        nodes = (await acme.admin.ask(PROVIDERS, **given))["providers"]["nodes"]
        return [node["key"] for node in nodes]

    assert "gmail" in await found(search="GMAIL")
    assert "gmail" in await found(search="googlemail.com")
    assert await found(kind="CUSTOM") == ["custom"]
    assert await found(search="no such service") == []


async def test_a_service_says_how_to_get_in(acme: Product) -> None:
    gmail = (await acme.admin.ask(GMAIL))["provider"]

    assert (gmail["name"], gmail["kind"], gmail["sendsAs"]) == ("Gmail", "MAILBOX", "VERIFIED_ADDRESSES")
    assert {"smtp.gmail.com"} == {preset["smtp"]["host"] for preset in gmail["presets"]}
    [app_password] = [method for method in gmail["authMethods"] if method["key"] == "app-password"]
    assert (app_password["credentialKind"], app_password["requiresTwoFactor"]) == ("APP_PASSWORD", True)
    assert any(step["link"] for step in app_password["instructions"])


async def begun(caller: Caller, **changes: Any) -> dict[str, Any]:
    payload = await caller.do(START_SIGN_IN, APP_PASSWORD | changes)
    assert payload["errors"] == []
    flow: dict[str, Any] = payload["flow"]
    return flow


async def answered(caller: Caller, flow: dict[str, Any], value: str, name: str = "") -> dict[str, Any]:
    names = [name or field["name"] for field in flow["step"]["fields"]]
    answers = [{"name": name, "value": value} for name in names]
    return await caller.do(CONTINUE_SIGN_IN, {"flowId": flow["id"], "answers": answers})


async def test_an_app_password_is_asked_for(acme: Product) -> None:
    flow = await begun(acme.admin)

    [field] = flow["step"]["fields"]
    assert (flow["step"]["is"], flow["step"]["problems"]) == ("AskStep", [])
    assert (field["secret"], field["required"]) == (True, True)
    assert field["help"]


@pytest.mark.parametrize("value", ["", "abc", "abcd efgh ijkl mno", "ABCD EFGH IJKL MNO1", "a" * 5000])
async def test_what_cannot_be_one_is_not_taken(acme: Product, value: str) -> None:
    flow = await begun(acme.admin)

    payload = await answered(acme.admin, flow, value)

    [problem] = payload["flow"]["step"]["problems"]
    assert problem["field"] == flow["step"]["fields"][0]["name"]
    assert problem["message"].endswith(".")
    assert payload["errors"] == []


async def test_spaces_do_not_count(acme: Product) -> None:
    flow = await begun(acme.admin)

    payload = await answered(acme.admin, flow, " abcd efgh\u00a0ijkl mnop ")

    assert payload["flow"]["step"] == {"is": "DoneStep", "kind": "APP_PASSWORD"}
    again = await answered(acme.admin, flow, "abcd efgh ijkl mnop")
    assert [(error["path"], error["code"]) for error in again["errors"]] == [(["flowId"], "INVALID")]


async def test_only_what_was_asked_for_is_answered(acme: Product) -> None:
    flow = await begun(acme.admin)

    payload = await answered(acme.admin, flow, "abcdefghijklmnop", name="another")

    assert [problem["field"] for problem in payload["flow"]["step"]["problems"]] == [
        "another",
        flow["step"]["fields"][0]["name"],
    ]


async def test_a_sign_in_can_be_given_up(acme: Product) -> None:
    flow = await begun(acme.admin)

    cancelled = await acme.admin.do(CANCEL_SIGN_IN, {"flowId": flow["id"]})
    again = await acme.admin.do(CANCEL_SIGN_IN, {"flowId": flow["id"]})
    answer = await answered(acme.admin, flow, "abcdefghijklmnop")

    assert cancelled == again
    assert (cancelled["flow"]["step"]["is"], cancelled["errors"]) == ("FailedStep", [])
    assert [error["code"] for error in answer["errors"]] == ["INVALID"]


async def test_a_sign_in_that_is_left_alone_expires(acme: Product) -> None:
    flow = await begun(acme.admin)
    await models.SignInFlow.filter(id=row_id(flow["id"], "SignInFlow")).update(
        expires_at=now() - timedelta(seconds=1)
    )

    payload = await answered(acme.admin, flow, "abcdefghijklmnop")

    assert [(error["path"], error["code"]) for error in payload["errors"]] == [(["flowId"], "EXPIRED")]


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"providerKey": "no-such-service"}, "providerKey", "UNKNOWN_PROVIDER"),
        ({"authMethod": "telepathy"}, "authMethod", "UNKNOWN_METHOD"),
        ({"address": "dana"}, "address", "INVALID"),
        ({"address": "dana@gmail.com\r\nX: y"}, "address", "INVALID"),
        ({"ownerId": "garbage"}, "ownerId", "NOT_FOUND"),
        (
            {"smtp": {"protocol": "SMTP", "host": "", "port": 25, "security": "TLS"}},
            *("smtp.host", "REQUIRED"),
        ),
        (
            {"smtp": {"protocol": "SMTP", "host": "a.example", "port": 0, "security": "TLS"}},
            *("smtp.port", "INVALID"),
        ),
    ],
)
async def test_a_sign_in_is_not_begun_with_what_cannot_be_right(
    acme: Product, changes: dict[str, Any], path: str, code: str
) -> None:
    before = await rows.counts()

    payload = await acme.admin.do(START_SIGN_IN, APP_PASSWORD | changes)

    assert [(".".join(error["path"]), error["code"]) for error in payload["errors"]] == [(path, code)]
    assert payload["flow"] is None
    assert await rows.counts() == before


@pytest.mark.parametrize(
    ("reply", "given", "code", "number"),
    [
        ("550 5.1.1 The email account that you tried to reach does not exist", {}, "RECIPIENT_UNKNOWN", 550),
        ("535 5.7.8 Authentication failed", {"during": "SIGN_IN"}, "WRONG_PASSWORD", 535),
        (
            *("534-5.7.9 Application-specific password required.", {"providerKey": "gmail"}),
            *("APP_PASSWORD_REQUIRED", 534),
        ),
        (
            "452 4.2.2 Mailbox full\x00\x1b[31m\u202e",
            {"providerKey": "no-such"},
            "RECIPIENT_MAILBOX_FULL",
            452,
        ),
        ("☃", {}, "UNKNOWN", None),
        ("", {}, "UNKNOWN", None),
        ("550 " + "x" * 100_000, {}, "POLICY_OTHER", 550),
    ],
)
async def test_a_pasted_error_is_explained(
    acme: Product, reply: str, given: dict[str, Any], code: str, number: int | None
) -> None:
    explained = (await acme.admin.ask(EXPLAIN, reply=reply, **given))["explainReply"]

    assert explained["code"] == code
    assert all(explained[part] for part in ("title", "explanation", "actor", "retry", "explainedBy"))
    shown = explained["reply"]
    assert (shown and shown["code"]) == number
    assert not shown or (len(shown["text"]) < 5000 and shown["text"].isprintable())


async def test_what_would_surprise_later_is_said(acme: Product, draft: Draft) -> None:
    ids = await acme.directory(
        employees=[{"externalId": "ann", "name": "Ann"}], projects=[{"externalId": "a", "name": "A"}]
    )
    linked = {"scope": {"mode": "SELECTED", "projectIds": [ids["a"]]}}
    sales = await acme.admin.saved(draft("sales"), linked)
    of_sales = models.EmailAccount.filter(id=row_id(sales["id"], "EmailAccount"))
    document = "{ company { warnings { code message subjects { id } } } }"

    async def warnings(caller: Caller) -> dict[str, list[str]]:
        found = (await caller.ask(document))["company"]["warnings"]
        assert all(warning["message"] for warning in found)
        return {warning["code"]: [node["id"] for node in warning["subjects"]] for warning in found}

    at_first = await warnings(acme.admin)
    await of_sales.update(status="PAUSED", provider_key="gone")
    later = await warnings(acme.admin)

    assert at_first == {"NO_UNLINKED_ADDRESS": []}
    assert later == at_first | {"ACCOUNT_PAUSED": [sales["id"]], "PROVIDER_MISSING": [sales["id"]]}
    assert await warnings(await acme.employee(ids["ann"])) == {}


async def test_an_account_outlives_its_plugin(acme: Product, draft: Draft) -> None:
    sales = await acme.admin.saved(draft("sales"))
    await models.EmailAccount.filter(id=row_id(sales["id"], "EmailAccount")).update(provider_key="gone")
    document = "query ($id: ID!) { node(id: $id) { ... on EmailAccount { status provider { key } } } }"

    assert (await acme.admin.ask(document, id=sales["id"]))["node"] == {"status": "READY", "provider": None}
