"""Tools get tokens of their own, never with more rights than whoever makes them."""

from datetime import timedelta
from typing import Any

import pytest

from lab.commands import Letterhead
from lab.product import Caller, Product
from letterhead.identity.actor import Permission
from letterhead.store import models
from letterhead.store.database import now

CREATE = """
mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) {
  apiToken { id name permissions employee { externalId } lastUsedAt expiresAt } secret
  errors { message path code }
} }
"""
REVOKE = """
mutation ($input: RevokeApiTokenInput!) { revokeApiToken(input: $input) {
  revokedId errors { message path code }
} }
"""
LISTED = """
query ($after: String) { company { apiTokens(first: 2, after: $after) {
  nodes { name } pageInfo { hasNextPage endCursor }
} } }
"""
NODE = "query ($id: ID!) { node(id: $id) { ... on ApiToken { name lastUsedAt } } }"
VIEWER = "{ viewer { permissions employee { externalId } } }"


async def made(caller: Caller, **given: Any) -> dict[str, Any]:
    payload = await caller.do(CREATE, {"name": "CRM", "permissions": ["SEND"], **given})
    assert payload["errors"] == [], payload
    return payload


async def refused(caller: Caller, **given: Any) -> tuple[list[str], str]:
    payload = await caller.do(CREATE, {"name": "CRM", "permissions": ["SEND"], **given})
    [error] = payload["errors"]
    assert (payload["apiToken"], payload["secret"]) == (None, None)
    assert error["message"].endswith(".")
    return error["path"], error["code"]


async def test_a_token_lets_its_tool_in_until_it_is_revoked(product: Product) -> None:
    payload = await made(product.admin, permissions=["SEND", "READ_MESSAGES"])
    tool = await product._caller(payload["secret"])

    viewer = await tool.ask(VIEWER)
    used = await product.admin.ask(NODE, id=payload["apiToken"]["id"])
    ended = await product.admin.do(REVOKE, {"tokenId": payload["apiToken"]["id"]})
    after = await tool.http.post("/graphql", json={"query": VIEWER})

    assert viewer["viewer"] == {"permissions": ["READ_MESSAGES", "SEND"], "employee": None}
    assert used["node"]["lastUsedAt"] is not None
    assert ended == {"revokedId": payload["apiToken"]["id"], "errors": []}
    assert after.status_code == 401
    assert (await product.admin.ask(NODE, id=payload["apiToken"]["id"]))["node"] is None
    [again] = (await product.admin.do(REVOKE, {"tokenId": payload["apiToken"]["id"]}))["errors"]
    assert (again["path"], again["code"]) == (["tokenId"], "NOT_FOUND")


async def test_a_token_is_kept_as_its_digest_alone(product: Product) -> None:
    payload = await made(product.admin)
    rows = await models.ApiToken.all().values()
    entries = await models.AuditEntry.all().values()
    assert payload["secret"] not in str(rows) + str(entries)
    assert [(entry["action"], entry["summary"]) for entry in entries][-1] == (
        "TOKEN_CREATED",
        "Made the token CRM",
    )


async def test_a_token_never_holds_more_than_its_maker(product: Product) -> None:
    ids = await product.directory(employees=[{"externalId": name, "name": name} for name in ("ann", "ben")])
    clerk = await product.service(Permission.MANAGE_TOKENS, Permission.SEND)
    ann = ids["ann"]

    assert await refused(clerk, permissions=["READ_AUDIT"]) == (["permissions"], "NOT_PERMITTED")
    assert await refused(clerk, permissions=["SEND"], employeeId=ann) == (["permissions"], "NOT_PERMITTED")
    mine = {"permissions": ["MANAGE_OWN_ACCOUNTS"], "employeeId": ann}
    assert await refused(product.admin, **mine) == (["permissions"], "NOT_PERMITTED")
    assert await refused(await product.employee(ann)) == ([], "NOT_PERMITTED")
    for_ann = await made(product.admin, permissions=["SEND"], employeeId=ann)
    assert for_ann["apiToken"]["employee"] == {"externalId": "ann"}


async def test_what_is_wrong_is_named(product: Product) -> None:
    other = await product.company("Other")
    foreign = await product.directory(other, employees=[{"externalId": "zoe", "name": "Zoe"}])
    late = (now() - timedelta(minutes=1)).isoformat()

    assert await refused(product.admin, name=" ") == (["name"], "INVALID")
    assert await refused(product.admin, permissions=[]) == (["permissions"], "REQUIRED")
    assert await refused(product.admin, expiresAt=late) == (["expiresAt"], "INVALID")
    assert await refused(product.admin, employeeId=foreign["zoe"]) == (["employeeId"], "NOT_FOUND")


async def test_tokens_are_listed_page_by_page_to_those_who_may_make_them(product: Product) -> None:
    for name in ("one", "two", "three"):
        await made(product.admin, name=name)
    other = await product.company("Other")
    reader = await product.service(Permission.READ_MESSAGES)

    first = (await product.admin.ask(LISTED))["company"]["apiTokens"]
    second = (await product.admin.ask(LISTED, after=first["pageInfo"]["endCursor"]))["company"]["apiTokens"]
    hidden = await reader.answer(LISTED)

    assert [node["name"] for node in first["nodes"] + second["nodes"]][1:] == ["three", "two", "one"]
    assert [node["name"] for node in (await other.ask(LISTED))["company"]["apiTokens"]["nodes"]] == ["Other"]
    assert hidden["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_an_operator_makes_lists_and_revokes_tokens(letterhead: Letterhead) -> None:
    letterhead("company", "create", "Acme")
    made = letterhead(
        "token", "create", "--company", "Acme", "--permission", "SEND", "--name", "CRM", "--days", "30"
    )
    listed = letterhead("token", "list", "--company", "Acme")
    token_id, *words = listed.out.split()
    revoked = letterhead("token", "revoke", token_id, "--company", "Acme")

    assert made.out.startswith("lh_")
    assert (words[:2], words[4:]) == (["used", "never"], ["CRM", "SEND"])
    assert (revoked.code, letterhead("token", "list", "--company", "Acme").out) == (0, "")


@pytest.mark.parametrize("wrong", [(), ("--admin", "--permission", "SEND"), ("--permission", "FLY")])
def test_an_operator_says_what_a_token_may_do(letterhead: Letterhead, wrong: tuple[str, ...]) -> None:
    assert letterhead("token", "create", "--company", "Acme", *wrong).code == 2
