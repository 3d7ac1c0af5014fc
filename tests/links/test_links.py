"""A link names who asks for what, is answered once, and lets its holder do nothing else."""

import asyncio
import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from letterhead.sandbox.mailboxes import SANDBOX_PASSWORD
from letterhead.schema.ids import row_id
from letterhead.signin.verbs import sweep
from letterhead.store import models
from letterhead.store.database import now
from links.conftest import CANCEL, CREATE, SALES, Desk, on_sqlite, token_of
from providers.made import PASSWORD, a_plugin, a_provider

ASK = "AskStep"


async def row_of(link: dict[str, Any]) -> models.SignInFlow:
    return await models.SignInFlow.get(id=row_id(link["flow"]["id"], "SignInFlow"))


@on_sqlite
async def test_it_names_company_requester_address_and_servers(desk: Desk) -> None:
    link = await desk.link()
    opened = (await desk.opens(token_of(link))).json()
    servers, expires_at = opened.pop("servers"), opened.pop("expiresAt")
    assert datetime.fromisoformat(expires_at) == datetime.fromisoformat(link["expiresAt"])
    assert opened == {
        "company": "Acme",
        "requester": "administrator",
        "address": SALES,
        "service": "Harbor Mail",
        "step": {
            "is": "ask",
            "title": "App password",
            "instructions": [
                {
                    "text": "Open the app passwords page at Harbor Mail.",
                    "link": "https://harbor.example/apps",
                },
                {"text": "Make a password, and copy it.", "link": None},
            ],
            "fields": [
                {
                    "name": "secret",
                    "label": "App password",
                    "secret": True,
                    "required": True,
                    "help": "Two words of small letters.",
                }
            ],
            "problems": [],
        },
    }
    for server in servers.values():
        assert (server["host"], server["security"], server["known"]) == ("localhost", "STARTTLS", True)
    assert {*servers} == {"sends", "receives"}


@on_sqlite
async def test_a_server_that_is_not_the_services_is_pointed_out(desk: Desk) -> None:
    elsewhere = {"protocol": "SMTP", "host": "mail.evil.example", "port": 465, "security": "TLS"}
    link = await desk.link(smtp=elsewhere)
    servers = (await desk.opens(token_of(link))).json()["servers"]
    assert [(server["host"], server["known"]) for server in servers.values()] == [
        ("mail.evil.example", False),
        ("localhost", True),
    ]


async def test_a_wrong_shape_may_be_put_right_and_an_accepted_answer_uses_it_up(desk: Desk) -> None:
    link = await desk.link()
    token, flow_id = token_of(link), link["flow"]["id"]

    wrong = (await desk.answers(token, secret="hunter2")).json()["step"]
    assert [problem["field"] for problem in wrong["problems"]] == ["secret"]
    assert await desk.step(flow_id) == {"is": ASK, "title": "App password", "problems": []}

    right = await desk.answers(token, secret=f" {SANDBOX_PASSWORD}\n")
    assert (right.status_code, right.json()["step"]) == (200, {"is": "done"})
    assert await desk.step(flow_id) == {"is": "DoneStep", "kind": "APP_PASSWORD"}
    for again in (await desk.opens(token), await desk.answers(token, secret=SANDBOX_PASSWORD)):
        assert again.status_code == 410


async def test_whoever_asked_has_another_day_to_use_the_answer(desk: Desk) -> None:
    link = await desk.link()
    lasts = datetime.fromisoformat(link["expiresAt"]) - now()
    assert timedelta(hours=23, minutes=59) < lasts < timedelta(hours=24)
    await models.SignInFlow.all().update(expires_at=now() + timedelta(minutes=1))

    await desk.answers(token_of(link), secret=SANDBOX_PASSWORD)

    assert (await row_of(link)).expires_at - now() > timedelta(hours=23, minutes=59)
    draft = {"address": SALES, "providerKey": "harbor", "credential": {"flowId": link["flow"]["id"]}}
    assert (await desk.admin.saved(draft))["status"] == "READY"


async def test_of_two_answers_at_once_one_counts(desk: Desk) -> None:
    link = await desk.link()
    token = token_of(link)
    both = await asyncio.gather(
        desk.answers(token, secret="open sesame"), desk.answers(token, secret="shut sesame")
    )
    assert sorted(answer.status_code for answer in both) in ([200, 410], [200, 200])
    assert [answer.json()["step"]["is"] for answer in both if answer.status_code == 200].count("done") == 1


async def ended(desk: Desk, how: str) -> str:
    """The token of a link that is not good."""
    link = await desk.link()
    token, flow_id = token_of(link), row_id(link["flow"]["id"], "SignInFlow")
    match how:
        case "used":
            await desk.answers(token, secret=SANDBOX_PASSWORD)
        case "withdrawn":
            await desk.admin.do(CANCEL, {"flowId": link["flow"]["id"]})
        case "expired" | "swept":
            await models.SignInFlow.filter(id=flow_id).update(expires_at=now() - timedelta(seconds=1))
        case "not complete":
            return token[:-1]
        case "made up":
            return "0" * 32 + token[32:]
        case "somebody else's":
            return token[:32] + token_of(await desk.link())[32:]
    if how == "swept":
        await sweep(desk.product.serving.house)
    return token


HOW = ["used", "withdrawn", "expired", "swept", "not complete", "made up", "somebody else's"]


async def test_all_that_are_not_good_are_answered_alike(desk: Desk) -> None:
    tokens = [await ended(desk, how) for how in HOW]
    answers = [
        answer
        for token in (*tokens, "", "\0", "é" * 50)
        for answer in (await desk.opens(token), await desk.answers(token, secret=SANDBOX_PASSWORD))
    ]
    [(status, text)] = {(answer.status_code, answer.text) for answer in answers}
    assert (status, "has expired, was withdrawn, or is not complete" in text) == (410, True)


@on_sqlite
async def test_a_flow_without_a_link_has_none(desk: Desk) -> None:
    link = await desk.link()
    await models.SignInFlow.all().update(link_digest=None)
    assert (await desk.opens(token_of(link))).status_code == 410


@on_sqlite
async def test_only_a_digest_is_kept_and_the_log_says_who_made_it(desk: Desk) -> None:
    link = await desk.link()
    row, [entry] = await row_of(link), await models.AuditEntry.filter(action="SIGN_IN_LINK_CREATED")
    chance = token_of(link).partition(".")[2]
    assert len(chance) == 43
    assert chance not in repr(await models.SignInFlow.all().values())
    assert (len(row.link_digest or ""), row.link_requester) == (64, "administrator")
    assert entry.summary == f"Made a one-time link to sign in {SALES} at Harbor Mail"
    assert (entry.subject_type, entry.subject_id, chance in entry.actor) == ("SignInFlow", row.id, False)


@on_sqlite
async def test_a_link_opens_nothing_but_its_flow(desk: Desk) -> None:
    token = token_of(await desk.link())
    asked = {"query": "{ viewer { permissions } }"}
    for credential in (token, token.partition(".")[2]):
        headers = {"Authorization": f"Bearer {credential}"}
        assert (await desk.holder.post("/graphql", json=asked, headers=headers)).status_code == 401


@on_sqlite
async def test_who_may_sign_in_for_whom_holds_for_links_too(desk: Desk) -> None:
    ids = await desk.product.directory(employees=[{"externalId": "ann", "name": "Ann Archer"}])
    ann = await desk.product.employee(ids["ann"])
    given = {"address": SALES, "providerKey": "harbor"}
    for caller, owner in ((desk.admin, ids["ann"]), (ann, None)):
        payload = await caller.do(CREATE, given | {"ownerId": owner})
        assert [(error["code"], error["path"]) for error in payload["errors"]] == [
            ("NOT_PERMITTED", ["ownerId"])
        ]
    link = (await ann.do(CREATE, given | {"ownerId": ids["ann"]}))["link"]
    assert (await desk.opens(token_of(link))).json()["requester"] == "Ann Archer"


@on_sqlite
async def test_what_is_wrong_with_the_input_is_said(desk: Desk) -> None:
    payload = await desk.admin.do(CREATE, {"address": "ann", "providerKey": "harbor"})
    assert [(error["code"], error["path"]) for error in payload["errors"]] == [("INVALID", ["address"])]
    assert await models.SignInFlow.all().count() == 0


@on_sqlite
@pytest.mark.parametrize("how", ["open", "answer"])
async def test_a_caller_who_sends_something_else_is_told_so(desk: Desk, how: str) -> None:
    url, json = f"/sign-in/link/{how}", {"Content-Type": "application/json"}
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    async def status(content: bytes, headers: dict[str, str]) -> int:
        return (await desk.holder.post(url, content=content, headers=headers)).status_code

    assert await status(b"token=x", form) == 415
    assert await status(b'{"token": "x", "answers": {}}', {"Content-Type": "text/plain"}) == 415
    assert await status(b'{"token": "' + b"x" * 16 * 1024 + b'"}', json) == 413
    for wrong in (b"", b"[]", b"{", b'{"token": 1, "answers": {}}', b'{"answers": {"a": 1}, "token": "x"}'):
        assert await status(wrong, json) == (410 if (how, wrong[:3]) == ("open", b'{"a') else 400), wrong
    assert (await desk.holder.get(url)).status_code == 405


@on_sqlite
async def test_neither_cookies_nor_other_pages_nor_caches_have_a_part_in_it(desk: Desk) -> None:
    token = token_of(await desk.link())
    foreign = {"Origin": "https://evil.example"}
    preflight = foreign | {"Access-Control-Request-Method": "POST"}
    answers = [
        await desk.holder.get("/sign-in/link", headers=foreign),
        await desk.holder.post("/sign-in/link/open", json={"token": token}, headers=foreign),
        await desk.holder.options("/sign-in/link/open", headers=preflight),
    ]
    for answer in answers:
        assert {"set-cookie", "access-control-allow-origin"} & {*answer.headers} == set()
    assert [answer.status_code for answer in answers] == [200, 200, 400]
    assert {answer.headers["cache-control"] for answer in answers[:2]} == {"no-store"}


@on_sqlite
async def test_the_page_allows_itself_one_script_and_one_style(desk: Desk) -> None:
    page = await desk.holder.get("/sign-in/link")
    said = page.headers["content-security-policy"].split("; ")
    policy = dict(part.partition(" ")[::2] for part in said)
    assert policy["default-src"] == policy["form-action"] == policy["frame-ancestors"] == "'none'"
    assert policy["connect-src"] == "'self'"
    for name in ("script-src", "style-src"):
        assert policy[name].startswith("'sha256-"), name
        assert policy[name].count("'") == 2, name
    assert (page.text.count("<script"), page.text.count("<style")) == (1, 1)
    assert re.findall(r"<[^>]* (?:on\w+|style)=", page.text) == []


@on_sqlite
async def test_a_sign_in_that_comes_to_nothing_says_why(desk: Desk) -> None:
    token = token_of(await desk.link())
    another = a_provider(key="harbor", domains=(), auth_methods=(PASSWORD,))
    desk.product.serving.house.catalogue.admit("another", a_plugin(another), preferred=True)

    step = (await desk.answers(token, secret=SANDBOX_PASSWORD)).json()["step"]

    explanation = step.pop("explanation")
    assert explanation.startswith("The plugin that knows how to sign in here was changed")
    assert step == {
        "is": "failed",
        "title": "The sign-in has to be started again",
        "said": None,
        "advice": [{"text": "Start the sign-in again.", "link": None}],
    }
    assert (await desk.opens(token)).status_code == 410
