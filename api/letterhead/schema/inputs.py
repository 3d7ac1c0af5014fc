"""What callers hand in: read into commands, judged by the verbs."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import strawberry
from strawberry.types import get_object_definition
from strawberry.types.arguments import InputContext

from letterhead.accounts.account import Selection
from letterhead.accounts.choices import Access, Scope
from letterhead.accounts.drafts import AliasInput as DomainAlias
from letterhead.accounts.drafts import ServerInput
from letterhead.accounts.fields import KEEP, Change
from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.schema.ids import given_id, given_ids
from letterhead.schema.providers import MailServerInput
from letterhead.senders.rules import SenderContext
from letterhead.trials.credentials import CredentialInput as DomainCredential
from letterhead.trials.verbs import DraftInput
from letterhead.vault.secret import Secret


@strawberry.input(description="A further From address.")
class AliasInput:
    address: str = strawberry.field(description="The address.")
    display_name: str | None = strawberry.field(default=None, description="The name shown beside it.")


@strawberry.input(
    one_of=True,
    description="Where the secret comes from. keepExisting and flowId work only towards the servers and"
    " logins the secret was given for; both flags must be true.",
)
class CredentialInput:
    password: strawberry.Maybe[str] = strawberry.field(
        description="A password, app password or key, as typed."
    )
    flow_id: strawberry.Maybe[strawberry.ID] = strawberry.field(description="A sign-in that is done.")
    keep_existing: strawberry.Maybe[bool] = strawberry.field(description="The account's saved one.")
    none: strawberry.Maybe[bool] = strawberry.field(description="The server wants none.")


@strawberry.input(description="The settings of an account. Servers left out: the provider's preset.")
class AccountDraftInput:
    address: str = strawberry.field(description="The address to send from.")
    aliases: list[AliasInput] | None = strawberry.field(default=None, description="Further From addresses.")
    provider_key: str = strawberry.field(description="The mail service, as in providers.")
    smtp: MailServerInput | None = strawberry.field(default=None, description="The server that sends.")
    incoming: MailServerInput | None = strawberry.field(default=None, description="The server that receives.")
    credential: CredentialInput = strawberry.field(description="What to sign in with.")
    incoming_credential: CredentialInput | None = strawberry.field(
        default=None, description="What to sign in to the incoming server with. Left out: the same."
    )


@strawberry.input(description="Who may write as a company address.")
class AccessInput:
    mode: Selection = strawberry.field(description="Everybody, or those named.")
    employee_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="People, for SELECTED."
    )
    group_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Groups, for SELECTED."
    )


@strawberry.input(description="In which projects an address serves.")
class ScopeInput:
    mode: Selection = strawberry.field(description="Everywhere, or in those named.")
    project_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Projects, for SELECTED."
    )


@strawberry.input(description="Who writes, about what, and what they asked for.")
class SenderContextInput:
    employee_id: strawberry.ID | None = strawberry.field(
        default=None, description="Left out: the viewer. Others need SEND_FOR_OTHERS."
    )
    project_id: strawberry.ID | None = strawberry.field(
        default=None, description="Left out: outside any project."
    )
    account_id: strawberry.ID | None = strawberry.field(
        default=None, description="The account chosen by hand."
    )
    alias: str | None = strawberry.field(default=None, description="The From address chosen by hand.")
    answering_address: str | None = strawberry.field(
        default=None, description="The address of ours that the contact's message came to."
    )


def _as_given(of: type[Any], given: Mapping[str, Any], _: InputContext) -> Any:
    """Of fields that all are texts, which Strawberry would find out anew for each."""
    return of(
        employee_id=given.get("employeeId"),
        project_id=given.get("projectId"),
        account_id=given.get("accountId"),
        alias=given.get("alias"),
        answering_address=given.get("answeringAddress"),
    )


get_object_definition(SenderContextInput, strict=True).from_input = _as_given


def read_server(given: MailServerInput | None) -> ServerInput | None:
    if given is None:
        return None
    return ServerInput(
        protocol=given.protocol,
        host=given.host,
        port=given.port,
        security=given.security,
        username=given.username,
    )


def read_draft(given: AccountDraftInput) -> DraftInput:
    return DraftInput(
        address=given.address,
        aliases=tuple(
            DomainAlias(address=alias.address, display_name=alias.display_name)
            for alias in given.aliases or ()
        ),
        provider_key=given.provider_key,
        smtp=read_server(given.smtp),
        incoming=read_server(given.incoming),
        credential=_credential(given.credential, "draft", "credential"),
        incoming_credential=(
            _credential(given.incoming_credential, "draft", "incomingCredential")
            if given.incoming_credential
            else None
        ),
    )


def _credential(given: CredentialInput, *path: str) -> DomainCredential:
    for flag, name in ((given.keep_existing, "keepExisting"), (given.none, "none")):
        if flag and flag.value is not True:
            raise Refused(
                Problem(ProblemCode.INVALID, f"{name} can only be true; leave it out.", (*path, name))
            )
    return DomainCredential(
        password=Secret(given.password.value or "") if given.password else None,
        flow_id=given_id(given.flow_id.value, "SignInFlow", *path, "flowId") if given.flow_id else None,
        keep_existing=bool(given.keep_existing),
        none=bool(given.none),
    )


def read_access(given: AccessInput) -> Access:
    return Access(
        mode=given.mode,
        employee_ids=given_ids(given.employee_ids, "Employee", "access", "employeeIds"),
        group_ids=given_ids(given.group_ids, "Group", "access", "groupIds"),
    )


def read_scope(given: ScopeInput) -> Scope:
    return Scope(mode=given.mode, project_ids=given_ids(given.project_ids, "Project", "scope", "projectIds"))


def read_context(given: SenderContextInput, *path: str) -> SenderContext:
    def read(opaque: strawberry.ID | None, kind: str, name: str) -> UUID | None:
        return None if opaque is None else given_id(opaque, kind, *path, name)

    return SenderContext(
        employee_id=read(given.employee_id, "Employee", "employeeId"),
        project_id=read(given.project_id, "Project", "projectId"),
        account_id=read(given.account_id, "EmailAccount", "accountId"),
        alias=given.alias,
        answering_address=given.answering_address,
    )


def read_change(given: strawberry.Maybe[str | None]) -> Change:
    """Left out: keep; null: clear."""
    return given.value if given else KEEP
