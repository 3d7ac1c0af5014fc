"""Whatever changes something leaves its mark in the audit log, with what was before and what is after."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from graphql import build_schema

from api import documents
from api.drafts import Draft, at
from api.messages import LATER
from lab.product import Caller, Product
from letterhead.sandbox.mailboxes import SANDBOX_PASSWORD
from letterhead.schema.ids import row_id
from letterhead.schema.schema import schema
from letterhead.store import models
from letterhead.store.database import now

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOG = """
{ company { auditLog(first: 100) { nodes { id actor action summary changes { field before after } } } } }
"""
PEOPLE = [{"externalId": name, "name": name.title()} for name in ("ann", "ben", "cy")]
DIRECTORY = {
    "employees": PEOPLE,
    "groups": [{"externalId": "leaders", "name": "Leaders", "memberExternalIds": ["ann"]}],
    "projects": [{"externalId": name, "name": name.title()} for name in ("apollo", "boreas")],
}
MAIL = {"to": [{"address": at("contact")}], "subject": "Hello", "text": "Hello"}


@dataclass(frozen=True)
class Deed:
    """``given``: with ``#name`` for the id that ``mutation`` answered with. ``keep``: where in the payload
    its own id is. ``first``: what has to be so before."""

    mutation: str
    given: dict[str, Any]
    leaves: list[str]
    keep: str | None = None
    first: Callable[[dict[str, str]], Awaitable[object]] | None = field(default=None, repr=False)


async def deferred(ids: dict[str, str]) -> None:
    await models.Message.filter(id=row_id(ids["sendMessage"], "Message")).update(status="DEFERRED")


async def held(ids: dict[str, str]) -> None:
    message = models.Message.filter(id=row_id(ids["sendMessage"], "Message"))
    await message.update(status="HELD", next_attempt_at=None)


async def running(ids: dict[str, str]) -> None:
    await models.AccountTest.filter(id=row_id(ids["testAccount"], "AccountTest")).update(status="RUNNING")


async def bad(ids: dict[str, str]) -> None:
    company_id = row_id(ids["company"], "Company")
    await models.BadAddress.create(company_id=company_id, address_key=at("zoe"), since=now(), diagnosis={})


def deeds(draft: dict[str, Any], until_tested: Callable[[dict[str, str]], Awaitable[object]]) -> list[Deed]:
    """Every mutation that there is, in an order in which each succeeds."""
    account = {"accountId": "#saveEmailAccount"}
    sign_in = {
        "address": at("info"),
        "providerKey": "custom",
        "smtp": draft["smtp"],
        "incoming": draft["incoming"],
    }
    hook = {"url": "https://localhost/hook", "events": ["MESSAGE"]}
    token = {"name": "Desk", "permissions": ["SEND_FOR_OTHERS"]}
    answers = [{"name": "secret", "value": SANDBOX_PASSWORD}]
    return [
        Deed("syncDirectory", DIRECTORY, ["DIRECTORY_SYNCED"]),
        Deed("setPolicy", {"precedence": "PROJECT_FIRST"}, ["POLICY_CHANGED"]),
        Deed("startSignIn", sign_in, ["SIGN_IN_STARTED"], "flow { id }"),
        Deed("continueSignIn", {"flowId": "#startSignIn", "answers": answers}, ["SIGN_IN_ENDED"]),
        Deed("createSignInLink", sign_in, ["SIGN_IN_LINK_CREATED"], "link { flow { id } }"),
        Deed("cancelSignIn", {"flowId": "#createSignInLink"}, ["SIGN_IN_ENDED"]),
        Deed("testAccount", {"draft": draft}, ["TEST_RUN"], "test { id }"),
        Deed(
            "saveEmailAccount",
            {"testId": "#testAccount"},
            ["ACCOUNT_SAVED"],
            "emailAccount { id }",
            first=until_tested,
        ),
        Deed("cancelTest", {"testId": "#testAccount"}, ["TEST_RUN"], first=running),
        Deed("updateEmailAccount", account | {"displayName": "Sales"}, ["ACCOUNT_SAVED"]),
        Deed("setAccountAccess", account | {"access": {"mode": "SELECTED"}}, ["ACCESS_CHANGED"]),
        Deed("setAccountScope", account | {"scope": {"mode": "SELECTED"}}, ["SCOPE_CHANGED"]),
        Deed("setAccountScope", account | {"scope": {"mode": "ALL"}}, ["SCOPE_CHANGED"]),
        Deed("setAccountAccess", account | {"access": {"mode": "ALL"}}, ["ACCESS_CHANGED"]),
        Deed("setAccountLimits", account | {"messagesPerDay": 10}, ["ACCOUNT_SAVED"]),
        Deed("setBounceReading", account | {"enabled": False}, ["ACCOUNT_SAVED"]),
        Deed("setAccountEnabled", account | {"enabled": False}, ["STATUS_CHANGED"]),
        Deed("setAccountEnabled", account | {"enabled": True}, ["STATUS_CHANGED"]),
        Deed(
            "sendMessage",
            MAIL | LATER | {"idempotencyKey": "1", "context": {"employeeId": "#ann"}},
            ["MESSAGE_SENT_FOR_OTHER"],
            "message { id }",
        ),
        Deed("retryMessage", {"messageId": "#sendMessage"}, ["MESSAGE_RELEASED"], first=deferred),
        Deed("releaseMessages", {"messageIds": ["#sendMessage"]}, ["MESSAGE_RELEASED"], first=held),
        Deed("cancelMessage", {"messageId": "#sendMessage"}, ["MESSAGE_CANCELLED"]),
        Deed("deleteEmailAccount", account, ["ACCOUNT_DELETED"]),
        Deed("forgetBadAddress", {"address": at("zoe")}, ["BAD_ADDRESS_FORGOTTEN"], first=bad),
        Deed("createWebhook", hook, ["WEBHOOK_CHANGED"], "webhook { id }"),
        Deed("deleteWebhook", {"webhookId": "#createWebhook"}, ["WEBHOOK_CHANGED"]),
        Deed("createApiToken", token, ["TOKEN_CREATED"], "apiToken { id }"),
        Deed("revokeApiToken", {"tokenId": "#createApiToken"}, ["TOKEN_REVOKED"]),
    ]


def named(given: Any, ids: dict[str, str]) -> Any:
    if isinstance(given, dict):
        return {key: named(value, ids) for key, value in given.items()}
    if isinstance(given, list):
        return [named(value, ids) for value in given]
    return ids[given[1:]] if isinstance(given, str) and given.startswith("#") else given


def document(deed: Deed) -> str:
    name = deed.mutation
    return f"""mutation ($input: {name[0].upper()}{name[1:]}Input!) {{
        {name}(input: $input) {{ {deed.keep or ""} errors {{ message path }} }}
    }}"""


async def log(caller: Caller) -> list[dict[str, Any]]:
    """What people did, not the system; newest first."""
    nodes: list[dict[str, Any]] = (await caller.ask(LOG))["company"]["auditLog"]["nodes"]
    return [node for node in nodes if "(system:" not in node["actor"]]


def only_id(kept: dict[str, Any]) -> str:
    [value] = kept.values()
    return only_id(value) if isinstance(value, dict) else str(value)


async def test_every_mutation_leaves_its_mark(acme: Product, draft: Draft) -> None:
    ids: dict[str, str] = {}

    async def until_tested(ids: dict[str, str]) -> object:
        return await acme.admin.until_tested(ids["testAccount"])

    everything = deeds(draft("info"), until_tested)
    for deed in everything:
        if deed.first:
            await deed.first(ids)
        before = await log(acme.admin)
        payload = await acme.admin.do(document(deed), named(deed.given, ids))
        assert payload.pop("errors") == [], (deed, payload)
        if deed.keep:
            ids[deed.mutation] = only_id(payload)
        ids = await acme.directory() | ids
        after = await log(acme.admin)
        new = [entry["action"] for entry in after if entry not in before]
        assert (deed.mutation, new) == (deed.mutation, deed.leaves)
    mutations = build_schema(schema.as_str()).mutation_type
    assert mutations
    assert {deed.mutation for deed in everything} == set(mutations.fields), "say what a new one leaves"


async def changes(acme: Product) -> dict[str, tuple[str | None, str | None]]:
    """Those of the latest entry."""
    [entry, *_] = await log(acme.admin)
    return {change["field"]: (change["before"], change["after"]) for change in entry["changes"]}


async def without_incoming(acme: Product) -> None:
    await models.Company.filter(id=acme.company_id).update(incoming_server="OPTIONAL")


async def office(acme: Product, draft: Draft, **given: Any) -> dict[str, str]:
    ids = await acme.directory(**DIRECTORY)
    ids["account"] = (await acme.admin.saved(draft("sales"), given))["id"]
    return ids


async def test_a_new_account_is_put_down_with_all_that_was_chosen(acme: Product, draft: Draft) -> None:
    ids = await acme.directory(**DIRECTORY)
    access = {"mode": "SELECTED", "groupIds": [ids["leaders"]], "employeeIds": [ids["ben"]]}
    await without_incoming(acme)
    await acme.admin.saved(draft("sales", incoming=None), {"displayName": "Sales", "access": access})
    found = await changes(acme)
    port = draft("sales")["smtp"]["port"]
    assert found == {
        "address": (None, at("sales")),
        "displayName": (None, "Sales"),
        "providerKey": (None, "custom"),
        "credentialKind": (None, "PASSWORD"),
        "status": (None, "READY"),
        "smtp": (None, f"{at('sales')} at localhost:{port} (SMTP, STARTTLS)"),
        "access": (None, "SELECTED"),
        "access.employees": (None, "Ben (ben)"),
        "access.groups": (None, "Leaders (leaders)"),
        "scope": (None, "ALL"),
    }


async def test_of_access_it_says_who_lost_and_who_gained_it(acme: Product, draft: Draft) -> None:
    ids = await office(acme, draft)
    for people, groups in (("ann", "ben"), []), (("ben", "cy"), ["leaders"]):
        access = {"mode": "SELECTED", "employeeIds": [ids[p] for p in people]}
        access["groupIds"] = [ids[group] for group in groups]
        await acme.admin.do(documents.SET_ACCESS, {"accountId": ids["account"], "access": access})
    assert await changes(acme) == {
        "access.employees": ("Ann (ann)", "Cy (cy)"),
        "access.groups": (None, "Leaders (leaders)"),
    }
    everybody = {"accountId": ids["account"], "access": {"mode": "ALL"}}
    await acme.admin.do(documents.SET_ACCESS, everybody)
    assert await changes(acme) == {
        "access": ("SELECTED", "ALL"),
        "access.employees": ("Ben (ben), Cy (cy)", None),
        "access.groups": ("Leaders (leaders)", None),
    }


async def test_of_projects_it_says_which_went_and_which_came(acme: Product, draft: Draft) -> None:
    ids = await office(acme, draft)
    for project in ("apollo", "boreas"):
        scope = {"mode": "SELECTED", "projectIds": [ids[project]]}
        await acme.admin.do(documents.SET_SCOPE, {"accountId": ids["account"], "scope": scope})
    assert await changes(acme) == {"scope.projects": ("Apollo (apollo)", "Boreas (boreas)")}


async def test_names_and_order_are_put_down_as_they_were_and_are(acme: Product, draft: Draft) -> None:
    ids = await office(acme, draft, displayName="Sales")
    change = {"displayName": None, "replyTo": at("help"), "position": 0}
    await acme.admin.do(documents.UPDATE, {"accountId": ids["account"]} | change)
    assert await changes(acme) == {"displayName": ("Sales", None), "replyTo": (None, at("help"))}


async def test_other_settings_another_secret_and_other_people_are_deeds_of_their_own(
    acme: Product, draft: Draft
) -> None:
    ids = await office(acme, draft)
    await without_incoming(acme)
    before = await log(acme.admin)
    test = await acme.admin.tested(draft("sales", incoming=None), accountId=ids["account"])
    given = {"testId": test["id"], "accountId": ids["account"], "access": {"mode": "SELECTED"}}
    assert (await acme.admin.do(documents.SAVE, given))["errors"] == []
    new = [entry for entry in await log(acme.admin) if entry not in before]
    assert [entry["action"] for entry in new] == [
        "ACCESS_CHANGED", "CREDENTIAL_REPLACED", "ACCOUNT_SAVED", "TEST_RUN",
    ]  # fmt: skip
    [[access], [], [incoming], _] = [entry["changes"] for entry in new]
    assert (access["before"], access["after"]) == ("ALL", "SELECTED")
    assert (incoming["field"], incoming["after"]) == ("incoming", None)


async def test_a_synchronisation_is_one_entry_that_can_be_read(acme: Product) -> None:
    await acme.directory(**DIRECTORY)
    many = [{"externalId": f"e{number}", "name": "E"} for number in range(200)]
    await acme.directory(employees=[PEOPLE[0], *many], removeMissing=True)
    found = await changes(acme)
    gone, come = found.pop("employees")
    assert (gone, come and come[-12:]) == ("Ben (ben), Cy (cy)", "and 150 more")
    assert found == {"created": (None, "200"), "removed": (None, "2")}
