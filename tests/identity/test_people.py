"""People come with a token that an issuer signed; whatever is wrong with it, they are nobody."""

import time
from typing import Any

import pytest

from identity.conftest import Gate
from identity.issuer import new_key
from letterhead.identity.actor import ADMINISTRATOR, EMPLOYEE
from letterhead.identity.issuers import read_issuers
from letterhead.identity.published_keys import AT_MOST_EVERY, PublishedKeys

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NOW = int(time.time())
WRONG: dict[str, dict[str, Any]] = {
    "for somebody else": {"aud": "another service"},
    "for nobody": {"aud": None},
    "over": {"exp": NOW - 3600},
    "without an end": {"exp": None},
    "not yet good": {"nbf": NOW + 3600},
    "of the future": {"iat": NOW + 3600},
    "of nobody": {"sub": None},
    "of an unknown company": {"org": "Nowhere"},
    "of no company": {"org": None},
    "of a company that is no text": {"org": ["Acme"]},
    "of a stranger": {"sub": "zoe"},
    "of another company's employee": {"sub": "ben"},
    "of a number": {"sub": 7},
}


async def test_an_employee_is_known_by_the_external_id(gate: Gate) -> None:
    viewer = await gate.viewer(gate.issuer.token(org="Acme", sub="ann"))

    assert viewer == {
        "viewer": {"permissions": sorted(EMPLOYEE), "employee": {"externalId": "ann"}},
        "company": {"name": "Acme"},
    }


@on_sqlite
async def test_a_role_makes_an_administrator(gate: Gate) -> None:
    boss = await gate.viewer(gate.issuer.token(org="Acme", sub="boss", roles=["x", "mail-admin"]))
    ann = await gate.viewer(gate.issuer.token(org="Acme", sub="ann", roles="mail-admin"))

    assert boss["viewer"] == {"permissions": sorted(ADMINISTRATOR), "employee": None}
    assert ann["viewer"]["permissions"] == sorted(ADMINISTRATOR | EMPLOYEE)


@on_sqlite
async def test_one_issuer_serves_many_companies(gate: Gate) -> None:
    viewer = await gate.viewer(gate.issuer.token(org="Other", sub="ben"))
    assert viewer["company"] == {"name": "Other"}


@on_sqlite
@pytest.mark.parametrize("claims", WRONG.values(), ids=WRONG)
async def test_a_token_that_says_anything_wrong_is_nobodys(gate: Gate, claims: dict[str, Any]) -> None:
    assert await gate.status(gate.issuer.token(**({"org": "Acme"} | claims))) == 401


@on_sqlite
async def test_a_token_that_is_not_properly_signed_is_nobodys(gate: Gate) -> None:
    forged = new_key("first")
    good = gate.issuer.token(org="Acme")
    head, _, signature = good.split(".")
    other_claims = gate.issuer.token(org="Acme", sub="boss", roles="mail-admin").split(".")[1]

    statuses = [
        await gate.status(token)
        for token in (
            gate.issuer.token(key=forged, org="Acme"),
            gate.issuer.unsigned(org="Acme"),
            gate.issuer.signed_with_the_public_key(),
            f"{head}.{other_claims}.{signature}",
            good[:-4],
            "a.b.c",
            "." * 3,
            "x" * 20_000,
        )
    ]

    assert statuses == [401] * 8
    assert await gate.status(good) == 200


@on_sqlite
async def test_a_little_difference_between_clocks_does_no_harm(gate: Gate) -> None:
    at = int(time.time())
    assert await gate.status(gate.issuer.token(org="Acme", exp=at - 30)) == 200
    assert await gate.status(gate.issuer.token(org="Acme", nbf=at + 30, iat=at + 30)) == 200


@on_sqlite
async def test_an_employee_who_has_left_is_nobody(gate: Gate) -> None:
    token = gate.issuer.token(org="Acme", sub="ann")
    assert await gate.status(token) == 200

    await gate.product.directory(employees=[], removeMissing=True)

    assert await gate.status(token) == 401


async def test_changed_keys_are_looked_for_once_in_a_while(gate: Gate) -> None:
    clock = [0.0]
    [issuer] = [one.issuer for one in gate.product.serving.house.callers._people._keys.values()]
    keys = PublishedKeys(issuer, gate.product.serving.house.dialler, clock=lambda: clock[0])
    assert await keys.named("first")
    gate.issuer.keys.append(new_key("second"))

    for _ in range(20):
        await keys.named("second")
    assert gate.issuer.asked["keys"] == 1
    clock[0] += AT_MOST_EVERY
    found = await keys.named("second")

    assert [key.kid for key in found or ()] == ["first", "second"]
    assert gate.issuer.asked["keys"] == 2


async def test_keys_are_believed_for_a_day_while_the_issuer_is_away(gate: Gate) -> None:
    clock = [0.0]
    [issuer] = [one.issuer for one in gate.product.serving.house.callers._people._keys.values()]
    keys = PublishedKeys(issuer, gate.product.serving.house.dialler, clock=lambda: clock[0])
    assert await keys.named("first")
    gate.issuer.broken = True

    clock[0] = 23 * 3600.0
    assert await keys.named("first")
    clock[0] = 25 * 3600.0
    assert await keys.named("first") is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nonsense", "is not TOML"),
        ("[issuer]\nx = 1", "write each issuer under [[issuer]]"),
        ('[[issuer]]\nissuer = "https://a"', "audience is missing"),
        ('[[issuer]]\nissuer = "http://a"\naudience = "b"\ncompany = "c"', "issuer begins with https://"),
        ('[[issuer]]\nissuer = "https://a"\naudience = "b"', "give one of company and company_claim"),
        (
            '[[issuer]]\nissuer = "https://a"\naudience = "b"\ncompany = "c"\nalgorithms = ["HS256"]',
            "algorithms is a list of some of",
        ),
        ('[[issuer]]\nissuer = "https://a"\naudience = "b"\ncompany = "c"\nkeys = "x"', "there is no keys"),
    ],
)
def test_a_wrong_file_stops_the_start_with_what_to_write(tmp_path: Any, text: str, why: str) -> None:
    file = tmp_path / "issuers.toml"
    file.write_text(text)
    with pytest.raises(Exception, match="LETTERHEAD_ISSUERS: ") as caught:
        read_issuers(file)
    assert why in str(caught.value)
