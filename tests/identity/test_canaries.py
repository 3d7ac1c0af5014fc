"""A token that is shown to us is seen nowhere else: in no answer, no header and no log, good or not."""

import io
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import timedelta

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed

from api import rows
from api.live import heard, say, websocket
from identity.conftest import VIEWER, Gate
from identity.issuer import new_key
from lab.canaries import all_logged, found, unheard
from lab.product import Product
from letterhead.front.access import shown_path
from letterhead.identity import tokens
from letterhead.identity.actor import ADMINISTRATOR
from letterhead.settings import Settings
from letterhead.store import models
from letterhead.store.database import now

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
pytestmark = on_sqlite
OF_THE_TEST = ("httpx2", "httpcore2", "websockets.client", "hpack")
BODY = {"query": VIEWER}


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    with unheard(*OF_THE_TEST), all_logged(Settings()) as written:
        yield written


async def tokens_of(gate: Gate) -> list[str]:
    """Ours and an issuer's, the good and the bad."""
    product, issuer = gate.product, gate.issuer
    expired = await tokens.create(
        product.company_id, "over", ADMINISTRATOR, expires_at=now() - timedelta(hours=1)
    )
    revoked = await tokens.create(product.company_id, "ended", ADMINISTRATOR)
    await models.ApiToken.filter(name="ended").update(revoked_at=now())
    jwts = [issuer.token(org="Acme", **claims) for claims in ({}, {"aud": "x"}, {"exp": 1}, {"sub": "zoe"})]
    forged = [issuer.token(key=new_key("first"), org="Acme"), issuer.unsigned(org="Acme")]
    forged.append(issuer.signed_with_the_public_key())
    return [product.admin.token, expired, revoked, "lh_Kanarie-7f3a9c-of-nobody-at-all", *jwts, *forged]


async def shown_everywhere(product: Product, token: str) -> list[httpx2.Response]:
    """Where it belongs, and where somebody might put it by mistake."""
    http, authorization = product.admin.http, {"Authorization": f"Bearer {token}"}
    basic = urlsafe_b64encode(f"x:{token}".encode()).decode()
    other = {"Authorization": ""}
    return [
        await http.post("/graphql", json=BODY, headers=authorization),
        await http.get("/graphql", params={"query": VIEWER}, headers=authorization),
        await http.put("/graphql", json=BODY, headers=authorization),
        await http.post("/graphql", content=b"\0", headers=authorization),
        await http.post("/graphql", json=BODY, headers={"Authorization": token}),
        await http.post("/graphql", json=BODY, headers={"Authorization": f"Token {token}"}),
        await http.post("/graphql", json=BODY, headers={"Authorization": f"Basic {basic}"}),
        await http.post("/graphql", json=BODY, headers=other | {"X-Request-Id": token, "X-Api-Key": token}),
        await http.post("/graphql", params={"access_token": token}, json=BODY, headers=other),
        await http.post("/graphql", json=BODY | {"access_token": token, "operationName": token}),
        await http.post("/graphql", json={"query": f'query {{ node(id: "{token}") {{ id }} }}'}),
        await http.post("/graphql", json={"query": token}),
        await http.get(f"/graphql/{token}", headers=other),
        await http.get(f"/sign-in/{token}", headers=other),
        await http.get("/readyz", params={"token": token}, headers=authorization),
    ]


def parts(token: str) -> list[str]:
    """What would let somebody in, or says of whom it is: of a signed one its claims and its signature."""
    _, _, rest = token.partition(".")
    return [token, *(part for part in rest.split(".") if part)]


async def test_a_token_is_not_repeated(gate: Gate, logged: io.StringIO) -> None:
    given = await tokens_of(gate)
    answers = [answer for token in given for answer in await shown_everywhere(gate.product, token)]

    places = {
        "answers": "\n".join(answer.text + str(answer.headers) for answer in answers),
        "rows": await rows.everything(),
        "log": logged.getvalue(),
    }
    assert logged.getvalue().count("/graphql") >= len(given)
    assert found(places, *(part for token in given for part in parts(token))) == set()


async def test_nor_is_one_that_comes_by_a_websocket(gate: Gate, logged: io.StringIO) -> None:
    given, said = await tokens_of(gate), []
    for token in given:
        async with websocket(gate.product.admin) as socket:
            await say(socket, "connection_init", payload={"Authorization": f"Bearer {token}", "x": token})
            try:
                said.append(str(await heard(socket)))
            except ConnectionClosed as closed:
                said.append(str(closed))

    places = {"answers": "\n".join(said), "log": logged.getvalue()}
    assert "4403" in places["answers"]
    assert found(places, *(part for token in given for part in parts(token))) == set()


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/graphql/lh_Kanarie-7f3a9c", "/graphql/lh_…"),
        ("/lh_Kanarie/more", "/lh_…"),
        ("/eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.x", "/eyJ…"),
        ("/health", "/health"),
    ],
)
def test_a_path_with_a_token_is_cut(database_url: str, path: str, shown: str) -> None:
    assert shown_path(path) == shown
