"""Where the accounts come from: written to the store, which is quick, or tested and saved like anybody's."""

from datetime import UTC, datetime
from typing import Any

from uuid_utils.compat import uuid7

from api.drafts import draft_in
from lab.sinks import Sink
from letterhead.accounts.secrets import account_purpose, seal
from letterhead.outbox.waking import wake_account
from letterhead.sandbox.mailboxes import SANDBOX_DOMAIN
from letterhead.sandbox.service import Sandbox
from letterhead.schema.ids import encode, row_id
from letterhead.store import models
from letterhead.vault.secret import Secret
from letterhead.wire.server import MailServer
from letterhead.wire.stored import server_to_json
from letterhead_providers import Protocol, Security
from rules.model import Account
from rules.office import Office, Service

START = datetime(2026, 1, 1, tzinfo=UTC)
"""Of all of them, so that the id decides."""


def stored_at(sink: Sink) -> Service:
    async def made(office: Office, account: Account) -> str:
        row = _row(office, account, sink.port)
        if account.secret:
            row.secret_sealed = seal(office.house, Secret("open"), account_purpose(row, "secret"))
        await row.save(force_create=True)
        link = {"company_id": row.company_id, "account_id": row.id}
        for model, names in (
            (models.AccountEmployee, {"employee_id": account.people}),
            (models.AccountGroup, {"group_id": account.groups}),
            (models.AccountProject, {"project_id": account.projects}),
        ):
            for column, chosen in names.items():
                for name in chosen:
                    await model.create(**link, **{column: _row_id(office.names[name])})
        if account.alias:
            alias = office.at(account.alias)
            proof = "REFUSED" if account.refused else "NOT_REFUSED"
            await models.SenderAlias.create(**link, address=alias, address_key=alias, proof=proof, position=0)
        return encode("EmailAccount", row.id)

    async def mended(office: Office, account: Account) -> None:
        row = await models.EmailAccount.get(id=office.row(account.number))
        row.status, row.problem = account.status, None
        row.secret_sealed = seal(office.house, Secret("open"), account_purpose(row, "secret"))
        await row.save()
        await wake_account(office.house, row.id)

    return Service(domain="acme.example", made=made, mended=mended)


def _row(office: Office, account: Account, port: int) -> models.EmailAccount:
    company, address = office.product.company_id, office.at(account.mailbox)
    owner = None if account.owner is None else _row_id(office.names[account.owner])
    smtp = MailServer(
        protocol=Protocol.SMTP, host="127.0.0.1", port=port, security=Security.STARTTLS, username=address
    )
    return models.EmailAccount(
        id=uuid7(),
        company_id=company,
        owner_id=owner or company,
        employee_id=owner,
        address=address,
        address_key=address,
        provider_key="custom",
        smtp=server_to_json(smtp),
        credential_kind="PASSWORD",
        status=account.status,
        problem=None,
        proof="NOT_REFUSED",
        access_mode="ALL" if account.open_to_all else "SELECTED",
        scope_mode="ALL" if account.everywhere else "SELECTED",
        position=account.position,
        created_at=START,
        updated_at=START,
    )


def _row_id(opaque: str) -> Any:
    return next(filter(None, (row_id(opaque, kind) for kind in ("Employee", "Group", "Project"))))


def saved_at(sandbox: Sandbox) -> Service:
    """The sandbox refuses a From address that is another mailbox's."""

    async def made(office: Office, account: Account) -> str:
        of: dict[str, Any] = {} if account.owner is None else {"ownerId": office.names[account.owner]}
        given: dict[str, Any] = {"scope": _chosen(office, account, "scope")}
        if account.owner is None:
            given["access"] = _chosen(office, account, "access")
        account.refused = account.alias is not None
        account.status, account.troubled, account.secret = "READY", False, True
        account.position = 1 + max(
            (
                one.position
                for one in office.firm.accounts.values()
                if one.owner == account.owner and one is not account
            ),
            default=-1,
        )
        caller = office.by(account.owner)
        assert caller
        saved = await caller.saved(_draft(office, account, sandbox), given, **of)
        opaque: str = saved["id"]
        return opaque

    async def mended(office: Office, account: Account) -> None:
        caller = office.by(account.owner)
        assert caller
        opaque = office.accounts[account.number]
        account.version += 1
        await caller.saved(_draft(office, account, sandbox), {"accountId": opaque}, accountId=opaque)

    return Service(domain=SANDBOX_DOMAIN, made=made, mended=mended)


def _draft(office: Office, account: Account, sandbox: Sandbox) -> dict[str, Any]:
    aliases = [{"address": office.at(account.alias)}] if account.alias else []
    return draft_in(sandbox, account.mailbox, aliases=aliases)


def _chosen(office: Office, account: Account, kind: str) -> dict[str, Any]:
    ids = lambda names: [office.names[name] for name in sorted(names)]  # noqa: E731
    if kind == "scope":
        return {"mode": "ALL" if account.everywhere else "SELECTED", "projectIds": ids(account.projects)}
    mode = "ALL" if account.open_to_all else "SELECTED"
    return {"mode": mode, "employeeIds": ids(account.people), "groupIds": ids(account.groups)}
