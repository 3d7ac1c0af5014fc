"""Every field at the schema's roots, asked for by everybody: the table says who may."""

import re
from typing import Any

import pytest
from graphql import build_schema

from lab.databases import counted
from lab.product import Caller
from letterhead.pace import Rate
from letterhead.schema.ids import encode, row_id
from letterhead.schema.schema import schema
from letterhead.store import models
from permissions.asking import answered, lets_in, of_nothing
from permissions.calls import CALLS, Call
from permissions.conftest import Matrix
from permissions.table import MAY, SEES

pytestmark = pytest.mark.asyncio(loop_scope="module")
PARAMETER = re.compile(r"[?$]\d*|'\d{4}-\d\d-\d\d [\d:.+]+'")
"""Or the time by the database's clock, which SQLite's statements are told."""

OF_ITSELF = re.compile('last_used_at"=')
"""That a token was used is noted once a minute."""


@pytest.fixture(autouse=True)
def many_wrong_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has left asks for everything, from one address."""
    monkeypatch.setattr("letterhead.schema.limits.knocks.WRONG", Rate(most=10_000, seconds=60))


async def test_no_field_is_forgotten() -> None:
    types = build_schema(schema.as_str())
    roots = (types.query_type, types.mutation_type, types.subscription_type)
    fields = {f"{root.name}.{name}" for root in roots if root for name in root.fields}

    assert {call.field for call in CALLS} == fields
    assert {call.name for call in CALLS} == set(MAY)


async def named(matrix: Matrix) -> dict[str, str]:
    """With something that can be taken away."""
    company = {"company_id": matrix.ours.product.company_id}
    token = await models.ApiToken.create(name="spare", digest="", permissions=[], **company)
    webhook = dict(await models.Webhook.get(id=row_id(matrix.ours.named["webhook"], "Webhook")))
    del webhook["id"]
    spare = await models.Webhook.create(**webhook)
    given = {"spare token": encode("ApiToken", token.id), "spare webhook": encode("Webhook", spare.id)}
    await models.ApiToken.filter(id=token.id).update(digest=str(token.id))
    return matrix.ours.named | given


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
async def test_who_may(matrix: Matrix, call: Call) -> None:
    allowed = {
        name
        for name, caller in matrix.callers.items()
        if lets_in(await answered(caller, call, await named(matrix)))
    }

    assert allowed == MAY[call.name]


def hidden_from(name: str, call: Call) -> bool:
    """Whether the caller may see nothing of what the call is about."""
    about = {text[1:] for text in re.findall(r"#[a-z ]+", str(call.variables))}
    return not any(name in sees.get(one, set()) for sees in SEES.values() for one in about)


ABOUT_SOMETHING = [
    call for call in CALLS if "#" in str(call.variables) and "spare" not in str(call.variables)
]


@pytest.mark.parametrize("call", ABOUT_SOMETHING, ids=lambda call: call.name)
async def test_what_is_hidden_looks_like_what_is_not_there(matrix: Matrix, call: Call) -> None:
    """To the letter, and by the statements that it takes."""
    there = matrix.ours.named
    for name, caller in matrix.callers.items():
        if hidden_from(name, call):
            hidden, none = [await asked(caller, call, ids) for ids in (there, of_nothing(there))]
            assert (name, *hidden) == (name, *none)


async def asked(caller: Caller, call: Call, named: dict[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The answer, and the statements that it took."""
    with counted() as statements:
        answer = await answered(caller, call, named)
    return answer, [PARAMETER.sub("?", one) for one in statements if not OF_ITSELF.search(one)]
