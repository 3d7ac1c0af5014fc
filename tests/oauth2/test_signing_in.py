"""From startSignIn to DoneStep, over HTTP, with a browser and a real authorization server."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from oauth2.conftest import SALES, START, Lab, smtp_at


def kinds(payload: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(error["code"], error["path"]) for error in payload["errors"]]


async def test_a_person_consents_and_the_flow_is_done(lab: Lab) -> None:
    lab.service(smtp_at(587))
    flow = await lab.begun()
    ours = f"{lab.product.serving.address}/sign-in/"
    assert flow["step"]["url"].startswith(ours)

    page = await lab.browser.open(flow["step"]["url"])

    assert (page.status_code, f"{SALES} is signed in" in page.text) == (200, True)
    assert await lab.step(flow["id"]) == {"is": "DoneStep", "kind": "OAUTH2", "expiresAt": None}
    assert lab.authority.exchanges == {"authorization_code": 1}
    [asked] = lab.authority.asked
    assert (asked["scope"], asked["login_hint"]) == ("mail openid email", SALES)


async def test_what_a_browser_is_shown_says_nothing_to_others(lab: Lab) -> None:
    lab.service(smtp_at(587))
    flow = await lab.begun()
    out = await lab.browser.look_at(flow["step"]["url"])
    back = await lab.browser.until(out.headers["location"], lab.authority.callback)
    page = await lab.browser.look_at(back)
    for response in (out, page):
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert response.headers["content-security-policy"].startswith(
            "default-src 'none'; style-src 'sha256-"
        )
    cookie = out.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "samesite=lax", "path=/sign-in"))
    assert "secure" not in cookie, "the laboratory speaks http"
    assert "script" not in page.text
    assert urlsplit(back).query.partition("code=")[2] not in page.text


async def test_the_person_returns_to_the_page_they_came_from(lab: Lab) -> None:
    lab.service(smtp_at(587))
    flow = await lab.begun(returnTo="https://crm.example/settings?tab=mail#address")
    back = await lab.browser.until(flow["step"]["url"], "https://crm.example/")
    parts = urlsplit(back)
    assert (parts.path, parts.fragment) == ("/settings", "address")
    assert parse_qs(parts.query) == {"tab": ["mail"], "flowId": [flow["id"]]}


async def test_nobody_is_sent_to_a_foreign_page(lab: Lab) -> None:
    lab.service(smtp_at(587))
    for url in (
        "https://evil.example/",
        "https://crm.example.evil.example/",
        "https://crm.example@evil.example/",
        "https://crm.example\\@evil.example/",
        "https://crm.example:444/",
        "http://crm.example/",
        "//crm.example/",
        "javascript:alert(1)",
        "https://crm.example/\n",
        "",
    ):
        payload = await lab.admin.do(START, {"address": SALES, "providerKey": "lab", "returnTo": url})
        assert kinds(payload) == [("INVALID", ["returnTo"])], url


async def test_without_a_client_the_way_in_says_why_it_is_closed(lab: Lab) -> None:
    lab.service(smtp_at(587), key="other", name="Other Mail")
    because = "No OAuth2 client for Other Mail is configured on this server."
    ways = "query ($key: String!) { provider(key: $key) { authMethods { key unavailableBecause } } }"
    shown = await lab.admin.ask(ways, key="other")
    assert shown["provider"]["authMethods"] == [
        {"key": "oauth2", "unavailableBecause": because},
        {"key": "password", "unavailableBecause": None},
    ]
    given = {"address": SALES, "providerKey": "other"}
    refused = await lab.admin.do(START, given | {"authMethod": "oauth2"})
    assert refused["errors"] == [{"message": because, "path": ["authMethod"], "code": "INVALID"}]
    best = await lab.admin.do(START, given)
    assert best["flow"]["step"]["is"] == "AskStep", "the best way in that can be used"


async def test_nothing_is_begun_for_servers_that_would_not_be_shown_the_token(lab: Lab) -> None:
    lab.service(smtp_at(587))
    foreign = {"protocol": "SMTP", "host": "smtp.evil.example", "port": 587, "security": "STARTTLS"}
    clear = foreign | {"host": "127.0.0.1", "security": "NONE"}
    for server in (foreign, clear):
        payload = await lab.admin.do(START, {"address": SALES, "providerKey": "lab", "smtp": server})
        assert kinds(payload) == [("INVALID", ["smtp", "host"])]
    assert lab.authority.asked == []
