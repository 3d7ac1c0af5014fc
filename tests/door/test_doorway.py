"""What browsers are told, whose pages may ask, and who shows one wrong token after the other."""

import pytest
from websockets.exceptions import InvalidStatus

from api.live import websocket
from door.asking import VIEWER, codes, post
from lab.product import Product, Start
from letterhead.errors import TooOften
from letterhead.schema.limits.knocks import WRONG, Knocks
from letterhead.schema.limits.places import Places

CRM = "https://crm.example"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_every_answer_says_what_browsers_should_know(start: Start) -> None:
    async with start(public_url="https://mail.example") as product:
        answers = [await product.admin.http.get(path) for path in ("/healthz", "/graphql", "/nothing")]
        page = await product.admin.http.get("/sign-in/link")

    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert len(answer.headers["x-request-id"]) == 32
        assert "server" not in answer.headers
    assert "script-src" in page.headers["content-security-policy"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_in_the_clear_nobody_is_told_to_keep_to_tls(product: Product) -> None:
    answer = await post(product.admin, {"query": VIEWER}, Origin=CRM)

    assert "strict-transport-security" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_pages_of_the_operators_choice_may_ask(start: Start) -> None:
    preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    async with start(allowed_origins=(CRM,)) as product:
        http = product.admin.http
        ours, foreign = [
            await http.options("/graphql", headers={**preflight, "Origin": origin, "Authorization": ""})
            for origin in (CRM, "https://evil.example")
        ]
        answer = await post(product.admin, {"query": VIEWER}, Origin=CRM)

    assert (ours.status_code, ours.headers["access-control-allow-origin"]) == (200, CRM)
    assert "access-control-allow-credentials" not in ours.headers
    assert (foreign.status_code, "access-control-allow-origin" in foreign.headers) == (400, False)
    assert answer.headers["access-control-allow-origin"] == CRM


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_websockets_are_opened_by_the_same_pages(start: Start) -> None:
    async with start(allowed_origins=(CRM,)) as product:
        async with websocket(product.admin, origin=CRM):
            pass
        with pytest.raises(InvalidStatus) as refusal:
            async with websocket(product.admin, origin="https://evil.example"):
                pass

    assert refusal.value.response.status_code == 403


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_wrong_tokens_are_looked_up_so_often(product: Product) -> None:
    await post(product.admin, {"query": VIEWER})
    wrong = [
        await post(product.admin, {"query": VIEWER}, Authorization=f"Bearer lh_{number}")
        for number in range(WRONG.most + 1)
    ]
    colleague = await post(await product.administrator(), {"query": VIEWER})
    right = await post(product.admin, {"query": VIEWER})

    assert [answer.status_code for answer in wrong] == [401] * WRONG.most + [429]
    assert (codes(wrong[-1]), int(wrong[-1].headers["retry-after"]) > 0) == (["RATE_LIMITED"], True)
    assert (colleague.status_code, right.status_code) == (429, 200)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::2:3", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
    ],
)
def test_wrong_tokens_are_counted_by_network(first: str, second: str, same: bool) -> None:
    knocks = Knocks()
    for number in range(WRONG.most):
        knocks.note(f"Bearer {number}", first, right=False)
    try:
        knocks.check("Bearer new", second)
    except TooOften:
        assert same
    else:
        assert not same


def test_a_place_is_given_back() -> None:
    places = Places("chairs", each=1, all_together=2)
    for caller in ("ann", "ann", "ben"):
        with places.one(caller):
            assert len(places) == 1
    with places.one("ann"), places.one("ben"), pytest.raises(TooOften, match="This server has 2 chairs"):
        places.one("cat").__enter__()
    assert (len(places), dict(places._taken)) == (0, {})
