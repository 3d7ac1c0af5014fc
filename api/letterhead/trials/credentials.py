"""Which secret a test signs in with, and that it goes only where it was given for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from letterhead.accounts.drafts import AliasInput, Draft, bound_to
from letterhead.accounts.secrets import (
    Credential,
    Purpose,
    account_purpose,
    seal,
    unseal,
)
from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.identity.rules import may_manage
from letterhead.signin.rules import may_have_token, not_for_tokens
from letterhead.signin.verbs import Binding
from letterhead.signin.verbs import credential as credential_of_flow
from letterhead.store import models
from letterhead.vault.secret import Secret
from letterhead.vault.vault import CannotOpen
from letterhead.wire.server import MailServer
from letterhead.wire.stored import server_from_json
from letterhead_providers import AuthMethod, CredentialKind, Grant, Provider, ProviderKind

MOST_CHARACTERS = 4096
NOTHING = Secret("")
ELSEWHERE = AuthMethod(key="password", title="Password of the mailbox", kind=CredentialKind.PASSWORD)
TYPED = (CredentialKind.PASSWORD, CredentialKind.APP_PASSWORD, CredentialKind.API_KEY)


@dataclass(frozen=True, kw_only=True)
class CredentialInput:
    """Exactly one is given."""

    password: Secret | None = None
    flow_id: UUID | None = None
    keep_existing: bool = False
    none: bool = False


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """``incoming``: None where the one for sending serves both.

    ``method_key``: the way in it was entered for. ``flow_ids``: the sign-ins that they come from.
    """

    sending: Credential
    incoming: Credential | None = None
    method_key: str | None = None
    flow_ids: tuple[UUID, ...] = ()

    @property
    def kept(self) -> bool:
        """Whether they are all those of the saved account."""
        return self.sending.kept and (self.incoming is None or self.incoming.kept)

    def kept_fields(self) -> list[str]:
        """Those that stay with the account, which may renew them before the test is saved."""
        fields = (("secret", self.sending), ("incoming_secret", self.incoming))
        return [field for field, credential in fields if credential and credential.kept]

    def expires_at(self) -> datetime | None:
        """When the one for sending stops working for good, where that is known."""
        if self.sending.kind is not CredentialKind.OAUTH2:
            return None
        grant = Grant.from_text(self.sending.secret.reveal())
        return None if grant.refresh_token else grant.expires_at

    def fingerprint(self, house: House, draft: Draft) -> str:
        """A keyed digest over everything a test proves."""
        return house.vault.digest(
            *bound_to(draft.address, draft.smtp, draft.incoming),
            draft.provider_key,
            *(alias.address for alias in draft.aliases),
            self.sending.kind,
            self.sending.secret.reveal(),
            *((self.incoming.kind, self.incoming.secret.reveal()) if self.incoming else ()),
        )

    def sealed_for(
        self, house: House, table: str, row: UUID, draft: Draft, *, company_id: UUID, owner_id: UUID
    ) -> dict[str, Any]:
        """The columns ``secret_sealed`` and ``incoming_secret_sealed`` for a row of ``table``."""

        def sealed(credential: Credential | None, field: str, *servers: MailServer | None) -> str | None:
            if credential is None or credential.kind is CredentialKind.NONE or credential.kept:
                return None
            purpose = Purpose(
                table=table,
                row=row,
                field=field,
                company_id=company_id,
                owner_id=owner_id,
                binding=bound_to(draft.address, *servers),
            )
            return seal(house, credential.secret, purpose)

        shared = (draft.smtp, draft.incoming) if self.incoming is None else (draft.smtp,)
        return {
            "secret_sealed": sealed(self.sending, "secret", *shared),
            "incoming_secret_sealed": sealed(self.incoming, "incoming_secret", draft.incoming),
        }


@dataclass(frozen=True)
class SavedAccount:
    """An account as it is stored, whose secret may be kept where nothing it is bound to changes."""

    row: models.EmailAccount
    draft: Draft

    def is_tested_by(self, draft: Draft, credentials: Credentials) -> bool:
        """Whether a test of ``draft`` is a test of what is stored."""
        return draft == self.draft and credentials.kept


async def saved_account(account_id: UUID, *, by: Actor) -> SavedAccount:
    """Raises Refused (NOT_FOUND) for one that the caller does not manage."""
    row = await models.EmailAccount.get_or_none(id=account_id, company_id=by.company_id)
    if row is None or not may_manage(by, row.owner_id, by.company_id):
        problem = Problem(ProblemCode.NOT_FOUND, "There is no such account that you manage.", ("accountId",))
        raise Refused(problem)
    aliases = await models.SenderAlias.filter(company_id=by.company_id, account_id=row.id).order_by(
        "position"
    )
    smtp = server_from_json(row.smtp)
    assert smtp is not None
    return SavedAccount(
        row,
        Draft(
            address=row.address,
            aliases=tuple(AliasInput(address=a.address, display_name=a.display_name) for a in aliases),
            provider_key=row.provider_key,
            smtp=smtp,
            incoming=server_from_json(row.incoming),
        ),
    )


async def credentials_for(
    house: House,
    draft: Draft,
    sending: CredentialInput,
    incoming: CredentialInput | None,
    *,
    account: SavedAccount | None,
    owner_id: UUID,
    by: Actor,
) -> Credentials:
    """The secrets that ``draft`` is tested with. Raises Refused before anything is dialled."""
    _exactly_one(sending, ("draft", "credential"))
    if incoming is not None:
        _exactly_one(incoming, ("draft", "incomingCredential"))
        if draft.incoming is None:
            raise Refused(
                Problem(
                    ProblemCode.INVALID,
                    "There is no incoming server that this credential could be for.",
                    ("draft", "incomingCredential"),
                )
            )
    provider = house.catalogue.provider(draft.provider_key)
    bound = _Bound(house, draft, provider, account, owner_id, by)
    has_own = draft.incoming is not None and account and account.row.incoming_credential_kind
    if incoming is None and sending.keep_existing and has_own:
        incoming = CredentialInput(keep_existing=True)
    servers = (draft.smtp, draft.incoming) if incoming is None else (draft.smtp,)
    first, method_key = await _credential(bound, sending, "secret", servers)
    second = None
    if incoming is not None:
        second, _ = await _credential(bound, incoming, "incoming_secret", (draft.incoming,))
    flows = (entered.flow_id for entered in (sending, incoming) if entered)
    return Credentials(
        sending=first, incoming=second, method_key=method_key, flow_ids=tuple(filter(None, flows))
    )


@dataclass(frozen=True)
class _Bound:
    """What a secret is judged against."""

    house: House
    draft: Draft
    provider: Provider | None
    account: SavedAccount | None
    owner_id: UUID
    by: Actor


async def _credential(
    bound: _Bound, entered: CredentialInput, field: str, servers: tuple[MailServer | None, ...]
) -> tuple[Credential, str | None]:
    path = ("draft", "credential" if field == "secret" else "incomingCredential")
    if entered.password is not None:
        return await _entered(bound, entered.password, path)
    if entered.flow_id is not None:
        kind, secret = await credential_of_flow(
            bound.house,
            entered.flow_id,
            Binding(owner_id=bound.owner_id, draft=bound.draft),
            by=bound.by,
        )
        _check_hosts(bound, kind, servers)
        return Credential(kind=kind, secret=secret), None
    if entered.keep_existing:
        kept = _kept(bound, field, servers, path)
        _check_hosts(bound, kept.kind, servers)
        return kept, None
    if bound.provider and _method(bound.provider, CredentialKind.NONE) is None:
        message = f"{bound.provider.name} lets nobody in without a credential."
        raise Refused(Problem(ProblemCode.INVALID, message, (*path, "none")))
    return Credential(kind=CredentialKind.NONE, secret=NOTHING), None


async def _entered(bound: _Bound, password: Secret, path: tuple[str, ...]) -> tuple[Credential, str | None]:
    value = password.reveal()
    where = (*path, "password")
    if not value:
        raise Refused(Problem(ProblemCode.REQUIRED, "The password is empty.", where))
    if len(value) > MOST_CHARACTERS:
        raise Refused(
            Problem(ProblemCode.INVALID, f"A secret has at most {MOST_CHARACTERS} characters.", where)
        )
    provider = bound.provider
    elsewhere = provider and provider.kind is ProviderKind.RELAY and path[-1] == "incomingCredential"
    method = ELSEWHERE if elsewhere else _method(provider, *TYPED) if provider else None
    if provider is None or method is None:
        message = "This service takes no password; sign in to it with startSignIn."
        raise Refused(Problem(ProblemCode.INVALID, message, where))
    secret = await bound.house.catalogue.normalize(provider, method, value)
    if any(character in secret for character in "\r\n\0"):
        message = "A secret is one line; there is a line end in what was entered."
        raise Refused(Problem(ProblemCode.INVALID, message, where))
    return Credential(kind=method.kind, secret=Secret(secret)), method.key


def _kept(
    bound: _Bound, field: str, servers: tuple[MailServer | None, ...], path: tuple[str, ...]
) -> Credential:
    where = (*path, "keepExisting")
    row = bound.account.row if bound.account else None
    if row is None:
        raise Refused(
            Problem(ProblemCode.SECRET_REQUIRED, "There is no saved secret to keep; enter it.", where)
        )
    kind = row.credential_kind if field == "secret" else row.incoming_credential_kind
    if kind == CredentialKind.NONE:
        return Credential(kind=CredentialKind.NONE, secret=NOTHING, kept=True)
    purpose = account_purpose(row, field)
    if kind is None or purpose.binding != bound_to(bound.draft.address, *servers):
        message = (
            "The saved secret was given for other servers or another login and is not shown to these; "
            "enter it again."
        )
        raise Refused(Problem(ProblemCode.SECRET_REQUIRED, message, where))
    sealed = row.secret_sealed if field == "secret" else row.incoming_secret_sealed
    try:
        secret = unseal(bound.house, sealed or "", purpose)
    except CannotOpen:
        message = "The saved secret cannot be opened any more; enter it again."
        raise Refused(Problem(ProblemCode.SECRET_REQUIRED, message, where)) from None
    return Credential(kind=CredentialKind(kind), secret=secret, kept=True)


def _check_hosts(bound: _Bound, kind: CredentialKind, servers: tuple[MailServer | None, ...]) -> None:
    """An OAuth2 token goes only to hosts that the provider declares, whatever it was once given for."""
    if kind is not CredentialKind.OAUTH2 or bound.provider is None:
        return
    problems = [
        Problem(ProblemCode.SECRET_REQUIRED, not_for_tokens(bound.provider, server), ("draft", name, "host"))
        for name, server in (("smtp", bound.draft.smtp), ("incoming", bound.draft.incoming))
        if server in servers and server and not may_have_token(server, bound.provider)
    ]
    if problems:
        raise Refused(*problems)


def _method(provider: Provider, *kinds: CredentialKind) -> AuthMethod | None:
    return next((m for m in provider.auth_methods if m.kind in kinds and m.unavailable_because is None), None)


def _exactly_one(entered: CredentialInput, path: tuple[str, ...]) -> None:
    given = [
        entered.password is not None,
        entered.flow_id is not None,
        entered.keep_existing,
        entered.none,
    ]
    if sum(given) != 1:
        message = "Give exactly one of password, flowId, keepExisting: true and none: true."
        raise Refused(Problem(ProblemCode.INVALID, message, path))
