"""The settings of an address by its domain alone. What the network says is held by tests/discovery."""

import pytest

from api.marks import on_sqlite
from api.offices import Office

pytestmark = [pytest.mark.asyncio(loop_scope="module"), on_sqlite]

DISCOVER = """
query ($address: String!) {
  discover(address: $address) {
    address
    candidates {
      provider { key }
      smtp { host port security username }
      incoming { protocol host }
      authMethods { key }
      source
      trusted
    }
    trail { source outcome }
  }
}
"""


async def test_an_address_of_a_known_service_needs_no_network(acme: Office) -> None:
    found = (await acme.admin.ask(DISCOVER, address="Somebody@GMail.com"))["discover"]

    assert found["address"] == "Somebody@gmail.com"
    best = found["candidates"][0]
    assert best["provider"] == {"key": "gmail"}
    assert best["smtp"] == {
        "host": "smtp.gmail.com",
        "port": 465,
        "security": "TLS",
        "username": "Somebody@gmail.com",
    }
    assert best["incoming"] == {"protocol": "POP3", "host": "pop.gmail.com"}
    assert (best["source"], best["trusted"]) == ("PROVIDER_DOMAIN", True)
    assert {method["key"] for method in best["authMethods"]} == {"app-password", "oauth2"}
    assert found["trail"][0]["source"] == "PROVIDER_DOMAIN"


@pytest.mark.parametrize("address", ["", "nobody", "a@b@c", "x@\r\nmail.example"])
async def test_what_is_no_address_is_said_to_be_none(acme: Office, address: str) -> None:
    answer = await acme.admin.answer(DISCOVER, address=address)

    assert answer["data"] == {"discover": None}
    assert answer["errors"][0]["extensions"]["code"] == "BAD_INPUT"
    assert answer["errors"][0]["path"] == ["discover"]


async def test_it_is_not_asked_by_get(acme: Office) -> None:
    asked = {"query": '{ discover(address: "somebody@gmail.com") { address } }'}
    answer = (await acme.admin.http.get("/graphql", params=asked)).json()

    assert answer["data"] == {"discover": None}
    assert answer["errors"][0]["extensions"] == {"code": "BAD_INPUT", "remedy": "Send it by POST."}
