"""Messages and sign-ins, whole and nearly whole, with ids of one's own company and of another: nothing of the
other is shown or changes, and nothing is a fault of ours."""

import json
from collections import Counter
from random import Random

import pytest
from structlog.testing import capture_logs

from api.drafts import Draft
from fuzz.companies import Filled, filled, of_company, own_ids, secrets_of
from fuzz.flows import DOCUMENTS, Flows
from fuzz.operations import Writer
from fuzz.test_whole_schema import Asker, Report, _problems
from fuzz.values import Values
from lab.product import with_company
from letterhead.schema.ids import decode
from letterhead.serving import Serving
from letterhead.store.database import select

pytestmark = pytest.mark.asyncio(loop_scope="module")

JSON_MEDIA = {"Content-Type": "application/json"}
WHO = (
    "administrator",
    "administrator",
    "ann",
    "ann",
    "ben",
    "SEND",
    "SEND_FOR_OTHERS",
    "MANAGE_COMPANY_ACCOUNTS",
)


def by_kind(company: Filled) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for opaque in company.ids.values():
        kind = decode(opaque)
        assert kind
        found.setdefault(kind[0], []).append(opaque)
    return found


async def state_of(company: Filled) -> list[str]:
    """Their messages and sign-ins."""
    columns = {
        "message": "id, status, next_attempt_at, finished_at",
        "sign_in_flow": "*",
        "recipient": "*",
        "email_account": "id, status, version",
    }
    return [
        str(dict(row))
        for table, of in columns.items()
        for row in await select(
            f"SELECT {of} FROM {table} WHERE company_id = $1 ORDER BY id", company.product.company_id
        )
    ]


async def test_messages_and_sign_ins_stay_in_their_company(
    server: Serving, draft: Draft, operations: int, seed: int
) -> None:
    random, report, done = Random(f"flows {seed}"), Report(), Counter[str]()
    ours = await filled(await with_company(server, f"heimat flows {seed}"), draft, "heimat")
    theirs = await filled(await with_company(server, f"kanarie flows {seed}"), draft, "kanarie")
    before, foreign = await state_of(theirs), by_kind(theirs)
    hidden = {text.lower() for text in of_company(theirs) | secrets_of(ours, theirs)}
    writer = Writer(random, Values(random, own_ids(ours), [*theirs.ids.values()]))
    flows = Flows(random, writer, ours, foreign)
    for _ in range(operations // 2):
        name, operation = random.choice(WHO), flows.operation()
        given = str(operation.variables).lower()
        asker = Asker(name, ours.callers[name], ours, writer, {one for one in hidden if one not in given})
        with capture_logs() as logs:
            answer = await asker.caller.http.post(
                "/graphql", content=json.dumps(operation.body()), headers=JSON_MEDIA
            )
        for problem in _problems(asker, answer, logs, report):
            report.wrong[f"{operation.field}: {problem[:60]}"] = f"{name} {problem[:500]}\n  {operation}"[
                :3000
            ]
        done[operation.field] += '"errors":[]' in answer.text

    assert not report.wrong, "\n".join(report.wrong.values())
    assert await state_of(theirs) == before
    assert set(done) == set(DOCUMENTS)
    assert all(done[name] for name in ("sendMessage", "startSignIn", "createSignInLink"))
    for company in (ours, theirs):
        await company.product.close()
