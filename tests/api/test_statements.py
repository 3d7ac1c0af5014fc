"""How many statements an answer takes does not depend on how much there is to show."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from api import walking
from api.documents import CANDIDATES, RESOLVE
from api.drafts import Draft
from api.growing import grown, grown_in_log, grown_sign_ins
from lab.databases import counted
from lab.idle import idle
from lab.product import Caller, Product, with_company
from letterhead.schema.ids import encode, row_id
from letterhead.serving import Serving
from letterhead.settings import Settings
from letterhead.store import models

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACCOUNTS = """
{ emailAccounts(first: 100) { nodes {
  id owner { ... on Company { name } ... on Employee { name } } address aliases { address }
  provider { key plugin { name } } smtp { host } incoming { host } credential { present } problem { code }
  access { mode employees { nodes { id } } groups { nodes { id members { nodes { id } } } } }
  scope { mode projects { nodes { id name } } }
  lastTest { id steps { status } } tests(first: 3) { nodes { id } } viewerCan version
  usage { sentToday queued readsBounces limits { messagesPerDay } }
} pageInfo { hasNextPage } } }
"""
MESSAGES = """
{ messages(first: 100) { nodes {
  id status account { address owner { ... on Company { id } } } author { name groups { nodes { id } } }
  project { name } recipients { address diagnosis { code } } attempts { nodes { took: tookMs } }
} } }
"""
COMPANY = """
{ company {
  employees(first: 100) { nodes {
    groups { nodes { name } } emailAccounts { nodes { address aliases { address } } }
  } }
  groups(first: 100) { nodes { members { nodes { name } } } }
  projects(first: 100) { nodes { emailAccounts { nodes { address lastTest { status } } } } }
  warnings { code subjects { id } }
} }
"""
COVERAGE = """
{ company { coverage(first: 100) { nodes {
  project { name } employeesWithoutSender
  people(first: 100) { nodes { employee { name } sender { from account { address } } } }
  gaps: people(onlyGaps: true) { nodes { employee { name } } }
} } } }
"""
PREVIEW = """
query ($id: ID!) { previewAccountChange(input: {accountId: $id, deleted: true}) {
  projectsLosingTheirOnlySender { name } employeesLosingAccess(first: 100) { nodes { name } } queuedMessages
  warnings { code subjects { id } }
} }
"""
CHOICE = """
query ($for: SenderContextInput!) { resolveSender(for: $for) { ... on ResolvedSender {
  account { id } from rule ready
  candidates { nodes { account { id } from rule } pageInfo { endCursor } }
  excluded(first: 10) { edges { cursor node { account { __typename id } reason explanation } } }
} } }
"""
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on EmailAccount { aliases { address } } } }"


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Iterator[Settings]:
    with idle():
        yield settings


async def statements(caller: Caller, document: str, **variables: Any) -> list[str]:
    await caller.ask(document, **variables)  # the token's last use is written down at most once a minute
    with counted() as sent:
        await caller.ask(document, **variables)
    return sent


@pytest.mark.parametrize(
    ("document", "most"),
    [
        (ACCOUNTS, 13),
        (MESSAGES, 9),
        (COMPANY, 19),
        (COVERAGE, 10),
        (PREVIEW, 12),
        (NODES, 3),
        (RESOLVE, 3),
        (CANDIDATES, 3),
        (CHOICE, 2),
    ],
)
async def test_thirty_take_no_more_than_three(acme: Product, draft: Draft, document: str, most: int) -> None:
    ids = await acme.directory(employees=[{"externalId": "ann", "name": "Ann"}])
    account = (await acme.admin.saved(draft("sales")))["id"]
    sales = row_id(account, "EmailAccount")
    assert sales

    async def asked() -> list[str]:
        of = await models.EmailAccount.filter(company_id=acme.company_id).values_list("id", flat=True)
        variables: dict[str, Any] = {
            "ids": [encode("EmailAccount", one) for one in of],
            "for": {"employeeId": ids["ann"]},
            "id": account,
        }
        wanted = {name: value for name, value in variables.items() if f"${name}:" in document}
        return await statements(acme.admin, document, **wanted)

    await grown(acme, sales, range(3))
    few = await asked()
    await grown(acme, sales, range(3, 30))
    many = await asked()

    assert {sql.split()[0] for sql in few} <= {"SELECT", "WITH"}
    assert len(many) == len(few) <= most


async def test_held_messages_of_one_author_are_asked_about_once(acme: Product, draft: Draft) -> None:
    await acme.directory(employees=[{"externalId": "ann", "name": "Ann"}])
    sales = row_id((await acme.admin.saved(draft("sales")))["id"], "EmailAccount")
    assert sales
    await grown(acme, sales, range(30))
    ann = await models.Employee.get(company_id=acme.company_id, external_id="ann")
    held = models.Message.filter(company_id=acme.company_id)
    await held.update(status="HELD", author_id=ann.id, project_id=None)
    document = "{ messages(first: 100) { nodes { releaseChoices { nodes { from } } } } }"

    assert len(await statements(acme.admin, document)) == 3  # the token, the messages, and what can be chosen


@dataclass(frozen=True)
class Sized:
    """A company with so many of everything. ``employee``: one of its people."""

    product: Product
    employee: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sizes(server: Serving, draft: Draft) -> AsyncIterator[list[Sized]]:
    """The same company with one, five and twenty-five of everything."""
    made = []
    for count in (1, 5, 25):
        product = await with_company(server, f"Company of {count}")
        sales = row_id((await product.admin.saved(draft("sales")))["id"], "EmailAccount")
        assert sales
        await grown(product, sales, range(count))
        await grown_sign_ins(product, count)
        await grown_in_log(product)
        made.append(Sized(product, (await product.directory())["e0"]))
    yield made
    for one in made:
        await one.product.close()


WALK = walking.documents()


@pytest.mark.parametrize("field", WALK)
async def test_a_field_takes_as_many_statements_for_many_as_for_one(sizes: list[Sized], field: str) -> None:
    document = WALK[field]
    taken = []
    for size in sizes:
        given = {"employee": size.employee} if "$employee" in document else {}
        with counted() as sent:
            await size.product.admin.ask(document, **given)
        taken.append([sql for sql in sent if "last_used_at" not in sql.partition("WHERE")[0]])
    one, five, many = map(len, taken)
    assert one <= five == many, taken[-1]
