"""A company with something of everything, whose every text holds one word."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from uuid_utils.compat import uuid7

from api import documents
from api.drafts import Draft, at, server
from api.messages import LATER
from lab.product import Caller, Product
from letterhead.accounts.account import Status
from letterhead.identity.actor import Permission
from letterhead.outbox.rules import MessageStatus
from letterhead.schema.ids import encode, row_id
from letterhead.schema.nodes import LOADS
from letterhead.store import models
from letterhead.store.database import now, select

GMAIL = {"providerKey": "gmail", "authMethod": "app-password"}
PASSWORD = "not to be seen"
NEW_WEBHOOK = """
mutation ($input: CreateWebhookInput!) {
  createWebhook(input: $input) { webhook { id } signingSecret errors { message path code } }
}
"""
KEY = "Kz7vQ0f3mJ1yTn5cWb9XhRgUe2LsPdA8oVi4MaEqBxY="


@dataclass
class Filled:
    """``word``: in every name, address and text. ``named``: opaque ids by the names that tests use.
    ``ids``: of all that there is, by its row's. ``secrets``: what was shown once."""

    product: Product
    word: str
    named: dict[str, str]
    callers: dict[str, Caller] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list, repr=False)

    @property
    def admin(self) -> Caller:
        return self.product.admin

    async def look(self) -> None:
        """At all that there is by now."""
        self.ids = {str(self.product.company_id): encode("Company", self.product.company_id)}
        for kind in [*LOADS]:
            if kind != "Company":
                model: Any = getattr(models, kind)
                table = f'"{model._meta.db_table}"'
                rows = await select(f"SELECT id FROM {table} WHERE company_id = $1", self.product.company_id)
                self.ids |= {str(row["id"]): encode(kind, row["id"]) for row in rows}


async def filled(product: Product, draft: Draft, word: str) -> Filled:
    """Made by its users as far as they can, and by hand where it takes a worker or a month."""
    ids = await product.directory(
        employees=[
            {"externalId": f"{name}-{word}", "name": f"{name} {word}", "address": f"{name}@{word}.example"}
            for name in ("ann", "ben", "cy")
        ],
        groups=[
            {"externalId": f"people-{word}", "name": word, "memberExternalIds": [f"ann-{word}", f"cy-{word}"]}
        ],
        projects=[{"externalId": f"apollo-{word}", "name": f"Apollo {word}"}],
    )
    named = {name.removesuffix(f"-{word}"): opaque for name, opaque in ids.items()}
    company = Filled(product, word, named)
    company.callers["administrator"] = product.admin
    for name in ("ann", "ben"):
        company.callers[name] = await product.employee(named[name])
    for permission in Permission:
        company.callers[permission] = await product.service(permission)
    await _accounts(company, draft)
    await _messages(company)
    await _sign_ins(company)
    await _beside(company)
    await company.look()
    return company


async def _accounts(company: Filled, draft: Draft) -> None:
    """The company's, for all and for some; employees' own; and one in each state."""
    word, ann, named = company.word, company.callers["ann"], company.named
    some = {
        "access": {"mode": "SELECTED", "groupIds": [named["people"]], "employeeIds": [named["ann"]]},
        "scope": {"mode": "SELECTED", "projectIds": [named["apollo"]]},
    }
    aliases = [{"address": at(f"sales-{word}+news"), "displayName": word}]
    sales = await company.admin.saved(draft(f"sales-{word}", aliases=aliases), {"displayName": word})
    for_some = some | {"replyTo": f"board@{word}.example"}
    board = await company.admin.saved(draft(f"board-{word}"), for_some)
    own = await ann.saved(draft(f"ann-{word}"), ownerId=named["ann"])
    bens = await company.callers["ben"].saved(draft(f"ben-{word}"), ownerId=named["ben"])
    await company.admin.tested(draft(f"fails-{word}", credential={"password": f"{PASSWORD} {word}"}))
    test = await company.admin.tested(draft(f"waits-{word}"))
    own_test = await ann.tested(draft(f"waits-too-{word}"), ownerId=named["ann"])
    found = {"sales": sales, "board": board, "own": own, "bens": bens, "test": test, "own test": own_test}
    named |= {name: one["id"] for name, one in found.items()}
    template = dict(await models.EmailAccount.get(id=row_id(sales["id"], "EmailAccount")))
    for position, status in enumerate(Status):
        address = f"{status.value}@{word}.example".lower()
        changes = {"address": address, "address_key": address, "status": status, "position": position}
        await models.EmailAccount.create(**template | changes | {"id": uuid7(), "provider_key": "gone"})


async def _messages(company: Filled) -> None:
    word, ann = company.word, company.callers["ann"]
    mail = {"to": [{"address": f"to@{word}.example"}], "subject": word, "text": word, "context": {}} | LATER
    first = await ann.do(documents.SEND, mail | {"idempotencyKey": "1"})
    assert first["errors"] == [], first
    company.named["message"] = first["message"]["id"]
    template = dict(await models.Message.get(id=row_id(first["message"]["id"], "Message")))
    trouble = {
        "code": "RATE_LIMITED",
        "title": word,
        "explanation": word,
        "actor": "NOBODY",
        "retry": "LATER",
    }
    for status in MessageStatus:
        ended = status in {MessageStatus.SENT, MessageStatus.FAILED, MessageStatus.CANCELLED}
        message = await models.Message.create(
            **template
            | {"id": uuid7(), "idempotency_key": f"{status.value}-{word}", "status": status}
            | {"message_id": f"<{status.value}@{word}.example>", "finished_at": now() if ended else None}
        )
        here = {"company_id": company.product.company_id, "message_id": message.id}
        to = {"kind": "TO", "address": f"to@{word}.example", "status": "ACCEPTED", "diagnosis": trouble}
        await models.Recipient.create(**here, position=0, **to)
        reply = {"code": 451, "enhanced_code": "4.7.1", "text": word}
        await models.DeliveryAttempt.create(**here, at=now(), took_ms=1, reply=reply, diagnosis=trouble)


async def _sign_ins(company: Filled) -> None:
    address = f"info@{company.word}.example"
    servers = {"smtp": server("SMTP", 587), "incoming": server("POP3", 995)}
    asked = await company.admin.do(
        documents.START_SIGN_IN, {"address": address, "providerKey": "custom"} | servers
    )
    begun = await company.admin.do(documents.START_SIGN_IN, {"address": "a@gmail.com"} | GMAIL)
    answers = [{"name": one["name"], "value": PASSWORD} for one in asked["flow"]["step"]["fields"]]
    done = {"flowId": asked["flow"]["id"], "answers": answers}
    await company.admin.do(documents.CONTINUE_SIGN_IN, done)
    linked = await company.admin.do(
        documents.CREATE_SIGN_IN_LINK, {"address": f"link@{company.word}.example"} | GMAIL
    )
    assert linked["errors"] == []
    company.named |= {"flow": begun["flow"]["id"], "done flow": asked["flow"]["id"]}


async def _beside(company: Filled) -> None:
    """What no caller makes."""
    here, word = {"company_id": company.product.company_id}, company.word
    diagnosis = {"code": "RECIPIENT_UNKNOWN", "title": word}
    await models.BadAddress.create(
        **here, address_key=f"to@{word}.example", since=now() - timedelta(days=3), diagnosis=diagnosis
    )
    given = {"url": f"https://localhost:1/{word}", "events": ["MESSAGE"]}
    made = await company.admin.do(NEW_WEBHOOK, given)
    assert made["errors"] == [], made
    company.named["webhook"] = made["webhook"]["id"]
    company.secrets.append(made["signingSecret"])


def secrets_of(*companies: Filled) -> set[str]:
    """What nobody may be shown."""
    shown = {PASSWORD, KEY}
    tokens = {caller.token for company in companies for caller in company.callers.values()}
    return shown | tokens | {secret for company in companies for secret in company.secrets}


def of_company(company: Filled) -> set[str]:
    """What nobody of another company may be shown: its word, its ids and its rows' ids."""
    return {company.word, *company.ids, *company.ids.values()}


def own_ids(company: Filled) -> list[str]:
    """Without the callers' own tokens: who revokes them is let in no more."""
    return [opaque for opaque in company.ids.values() if _is_no_token(opaque)]


def _is_no_token(opaque: str) -> bool:
    return row_id(opaque, "ApiToken") is None
