"""Who may write as which address, where; and that nothing is ever widened by a deletion."""

from typing import Any

import pytest

from api.documents import ACCOUNT, CANDIDATES, DELETE, RESOLVE, SET_ACCESS, SET_ENABLED, SET_SCOPE
from api.drafts import Draft, at
from lab.product import Caller, Product

pytestmark = pytest.mark.asyncio(loop_scope="module")

PEOPLE = [{"externalId": name, "name": name.title()} for name in ("ann", "ben", "cy")]
SALES_PEOPLE = {"externalId": "people", "name": "People", "memberExternalIds": ["ann"]}
PROJECTS = [{"externalId": name, "name": name.title()} for name in ("apollo", "gemini")]
SHOW = f"query ($id: ID!) {{ node(id: $id) {{ ...Account }} }} {ACCOUNT}"


async def furnished(acme: Product) -> dict[str, str]:
    return await acme.directory(employees=PEOPLE, groups=[SALES_PEOPLE], projects=PROJECTS)


async def sender(
    caller: Caller, ids: dict[str, str], name: str, project: str | None = None, **wish: Any
) -> Any:
    """The address that somebody would write from, or why there is none."""
    context = {"employeeId": ids[name], "projectId": project and ids[project], **wish}
    found = (await caller.ask(RESOLVE, **{"for": context}))["resolveSender"]
    return found["from"] if found["is"] == "ResolvedSender" else found["reason"]


async def excluded(
    caller: Caller, ids: dict[str, str], name: str, project: str | None = None
) -> dict[str, str]:
    context = {"employeeId": ids[name], "projectId": project and ids[project]}
    found = (await caller.ask(RESOLVE, **{"for": context}))["resolveSender"]
    assert all(node["explanation"] for node in found["excluded"]["nodes"])
    return {node["account"]["address"]: node["reason"] for node in found["excluded"]["nodes"]}


async def test_without_any_account_there_is_no_sender(acme: Product) -> None:
    ids = await furnished(acme)

    assert await sender(acme.admin, ids, "ann") == "NO_ACCOUNTS"


async def test_access_is_the_union_of_people_and_groups(acme: Product, draft: Draft) -> None:
    ids = await furnished(acme)
    access = {"mode": "SELECTED", "employeeIds": [ids["ben"]], "groupIds": [ids["people"]]}
    await acme.admin.saved(draft("sales"), {"access": access})

    found = {name: await sender(acme.admin, ids, name) for name in ("ann", "ben", "cy")}

    assert found == {"ann": at("sales"), "ben": at("sales"), "cy": "NONE_AVAILABLE_HERE"}


async def test_who_joins_or_leaves_a_group_gains_or_loses_access_at_once(acme: Product, draft: Draft) -> None:
    ids = await furnished(acme)
    access = {"mode": "SELECTED", "groupIds": [ids["people"]]}
    await acme.admin.saved(draft("sales"), {"access": access})

    await acme.directory(groups=[SALES_PEOPLE | {"memberExternalIds": ["ben"]}])

    found = {name: await sender(acme.admin, ids, name) for name in ("ann", "ben")}
    assert found == {"ann": "NONE_AVAILABLE_HERE", "ben": at("sales")}


async def test_without_its_last_group_nobody_has_access(acme: Product, draft: Draft) -> None:
    ids = await furnished(acme)
    access = {"mode": "SELECTED", "groupIds": [ids["people"]]}
    sales = await acme.admin.saved(draft("sales"), {"access": access})

    await acme.directory(groups=[], removeMissing=True)

    found = [await sender(acme.admin, ids, name) for name in ("ann", "ben", "cy")]
    assert found == ["NONE_AVAILABLE_HERE"] * 3
    shown = (await acme.admin.ask(SHOW, id=sales["id"]))["node"]["access"]
    assert shown == {"mode": "SELECTED", "employees": {"nodes": []}, "groups": {"nodes": []}}
    warnings = (await acme.admin.ask("{ company { warnings { code subjects { id } } } }"))["company"][
        "warnings"
    ]
    assert {"code": "NOBODY_HAS_ACCESS", "subjects": [{"id": sales["id"]}]} in warnings


async def test_without_its_last_person_nobody_has_access(acme: Product, draft: Draft) -> None:
    ids = await furnished(acme)
    access = {"mode": "SELECTED", "employeeIds": [ids["ann"]]}
    await acme.admin.saved(draft("sales"), {"access": access})

    await acme.directory(employees=PEOPLE[1:], removeMissing=True)

    assert await sender(acme.admin, ids, "ben") == "NONE_AVAILABLE_HERE"


async def test_without_its_last_project_it_serves_nowhere(acme: Product, draft: Draft) -> None:
    ids = await furnished(acme)
    scope = {"mode": "SELECTED", "projectIds": [ids["apollo"]]}
    sales = await acme.admin.saved(draft("sales"), {"scope": scope})
    assert await sender(acme.admin, ids, "ann", "apollo") == at("sales")

    await acme.directory(projects=PROJECTS[1:], removeMissing=True)

    found = [await sender(acme.admin, ids, "ann", project) for project in ("gemini", None)]
    assert found == ["NONE_AVAILABLE_HERE"] * 2
    shown = (await acme.admin.ask(SHOW, id=sales["id"]))["node"]["scope"]
    assert shown == {"mode": "SELECTED", "projects": {"nodes": []}}


async def test_an_empty_choice_is_nobody_and_nowhere(acme: Product, draft: Draft) -> None:
    ids = await furnished(acme)
    sales = await acme.admin.saved(draft("sales"))
    given = {"accountId": sales["id"]}

    await acme.admin.do(SET_ACCESS, given | {"access": {"mode": "SELECTED"}})
    nobody = await sender(acme.admin, ids, "ann")
    await acme.admin.do(SET_ACCESS, given | {"access": {"mode": "ALL"}})
    await acme.admin.do(SET_SCOPE, given | {"scope": {"mode": "SELECTED", "projectIds": []}})
    nowhere = await sender(acme.admin, ids, "ann")

    assert [nobody, nowhere] == ["NONE_AVAILABLE_HERE"] * 2


async def test_what_is_chosen_anew_takes_the_place_of_what_was(acme: Product, draft: Draft) -> None:
    ids = await furnished(acme)
    access = {"mode": "SELECTED", "employeeIds": [ids["ann"]], "groupIds": [ids["people"]]}
    sales = await acme.admin.saved(draft("sales"), {"access": access})

    anew = {"mode": "SELECTED", "employeeIds": [ids["cy"], ids["ben"], ids["cy"]]}
    payload = await acme.admin.do(SET_ACCESS, {"accountId": sales["id"], "access": anew})

    assert payload["emailAccount"]["access"] == {
        "mode": "SELECTED",
        "employees": {"nodes": [{"externalId": "ben"}, {"externalId": "cy"}]},
        "groups": {"nodes": []},
    }


async def test_the_employees_own_address_comes_first(acme: Product, draft: Draft) -> None:
    ids = await furnished(acme)
    ann = await acme.employee(ids["ann"])
    await acme.admin.saved(draft("apollo"), {"scope": {"mode": "SELECTED", "projectIds": [ids["apollo"]]}})
    await acme.admin.saved(draft("sales"))
    await ann.saved(draft("ann"), ownerId=ids["ann"])

    found = {
        (name, project): await sender(acme.admin, ids, name, project)
        for name in ("ann", "ben")
        for project in ("apollo", "gemini", None)
    }

    assert found == {
        ("ann", "apollo"): at("ann"),
        ("ann", "gemini"): at("ann"),
        ("ann", None): at("ann"),
        ("ben", "apollo"): at("apollo"),
        ("ben", "gemini"): at("sales"),
        ("ben", None): at("sales"),
    }


async def test_any_address_that_is_available_can_be_chosen_and_no_other(acme: Product, draft: Draft) -> None:
    ids = await furnished(acme)
    ann = await acme.employee(ids["ann"])
    sales = await acme.admin.saved(draft("sales"))
    own = await ann.saved(draft("ann"), ownerId=ids["ann"])

    for_ann = await sender(ann, ids, "ann", accountId=sales["id"])
    for_ben = await sender(acme.admin, ids, "ben", accountId=own["id"])

    assert (for_ann, for_ben) == (at("sales"), "CHOICE_NOT_AVAILABLE")


async def test_an_answer_keeps_the_address_it_came_to(acme: Product, draft: Draft) -> None:
    ids = await furnished(acme)
    ann = await acme.employee(ids["ann"])
    await ann.saved(draft("ann"), ownerId=ids["ann"])
    await acme.admin.saved(draft("sales"))

    answer = await sender(ann, ids, "ann", answeringAddress=at("SALES"))
    of_nobody = await sender(ann, ids, "ann", answeringAddress=at("gone"))

    assert (answer, of_nobody) == (at("sales"), at("ann"))


async def test_a_composer_offers_aliases_too_but_not_refused_ones(acme: Product, draft: Draft) -> None:
    ids = await furnished(acme)
    ann = await acme.employee(ids["ann"])
    aliases = [{"address": at("sales+news"), "displayName": "News"}, {"address": at("other")}]
    sales = await acme.admin.saved(draft("sales", aliases=aliases))

    offered = (await ann.ask(CANDIDATES, **{"for": {}}))["availableSenders"]["nodes"]

    assert [(node["from"], node["rule"], node["ready"]) for node in offered] == [
        (at("sales"), "COMPANY_UNLINKED", True),
        (at("sales+news"), "COMPANY_UNLINKED", True),
    ]
    assert [(alias["address"], alias["proof"]) for alias in sales["aliases"]] == [
        (at("sales+news"), "NOT_REFUSED"),
        (at("other"), "REFUSED"),
    ]
    assert await sender(ann, ids, "ann", alias=at("sales+news")) == at("sales+news")
    assert await sender(ann, ids, "ann", alias=at("other")) == "CHOICE_NOT_AVAILABLE"


async def test_what_was_switched_off_does_not_serve_until_it_is_on_again(acme: Product, draft: Draft) -> None:
    ids = await furnished(acme)
    sales = await acme.admin.saved(draft("sales"))
    given = {"accountId": sales["id"]}

    off = await acme.admin.do(SET_ENABLED, given | {"enabled": False})
    while_off = await sender(acme.admin, ids, "ann")
    on = await acme.admin.do(SET_ENABLED, given | {"enabled": True})
    again = await acme.admin.do(SET_ENABLED, given | {"enabled": True})

    statuses = [payload["emailAccount"]["status"] for payload in (off, on, again)]
    assert statuses == ["DISABLED", "READY", "READY"]
    assert (while_off, await sender(acme.admin, ids, "ann")) == ("NONE_AVAILABLE_HERE", at("sales"))


async def test_what_was_deleted_is_gone(acme: Product, draft: Draft) -> None:
    ids = await furnished(acme)
    access = {"mode": "SELECTED", "employeeIds": [ids["ann"]], "groupIds": [ids["people"]]}
    scope = {"mode": "SELECTED", "projectIds": [ids["apollo"]]}
    sales = await acme.admin.saved(draft("sales"), {"access": access, "scope": scope})

    payload = await acme.admin.do(DELETE, {"accountId": sales["id"]})
    again = await acme.admin.do(DELETE, {"accountId": sales["id"]})

    assert payload == {"deletedId": sales["id"], "errors": []}
    assert [error["code"] for error in again["errors"]] == ["NOT_FOUND"]
    assert (await acme.admin.ask(SHOW, id=sales["id"]))["node"] is None
    assert await sender(acme.admin, ids, "ann", "apollo") == "NO_ACCOUNTS"
    assert (await acme.admin.saved(draft("sales")))["address"] == at("sales")


async def test_why_an_address_is_not_offered_is_said(acme: Product, draft: Draft) -> None:
    ids = await furnished(acme)
    ann = await acme.employee(ids["ann"])
    await ann.saved(draft("ann"), ownerId=ids["ann"])
    await acme.admin.saved(draft("board"), {"access": {"mode": "SELECTED", "employeeIds": [ids["ann"]]}})
    await acme.admin.saved(draft("apollo"), {"scope": {"mode": "SELECTED", "projectIds": [ids["apollo"]]}})
    off = await acme.admin.saved(draft("off"))
    await acme.admin.do(SET_ENABLED, {"accountId": off["id"], "enabled": False})
    await acme.admin.saved(draft("sales", aliases=[{"address": at("other")}]))
    ben = await acme.employee(ids["ben"])

    known = {at("apollo"): "OTHER_PROJECT", at("off"): "DISABLED", at("sales"): "REFUSED_AS_SENDER"}
    assert await excluded(ben, ids, "ben") == known
    assert await excluded(acme.admin, ids, "ben") == known | {
        at("ann"): "OTHER_EMPLOYEE",
        at("board"): "NO_ACCESS",
    }


async def test_an_employee_who_left_has_no_address_to_write_from(acme: Product, draft: Draft) -> None:
    ids = await furnished(acme)
    ann = await acme.employee(ids["ann"])
    own = await ann.saved(draft("ann"), ownerId=ids["ann"])

    await acme.directory(employees=PEOPLE[1:], removeMissing=True)

    answer = await acme.admin.answer(RESOLVE, **{"for": {"employeeId": ids["ann"]}})
    shown = (await acme.admin.ask(SHOW, id=own["id"]))["node"]
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_FOUND"]
    assert shown["status"] == "DISABLED"
