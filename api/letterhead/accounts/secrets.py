"""Sealing and opening the secrets of accounts and of their tests.

What a secret was given for is part of what it is sealed with: company, owner, address and every server
with its login, port and security. A row that was moved or redirected does not open.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from letterhead.accounts.drafts import bound_to
from letterhead.house import House
from letterhead.store import models
from letterhead.vault.secret import Secret
from letterhead.wire.server import MailServer
from letterhead.wire.stored import server_from_json
from letterhead_providers import CredentialKind


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """Whose secret it is and where it may be shown. ``field``: ``secret`` or ``incoming_secret``."""

    table: str
    row: UUID
    field: str
    company_id: UUID
    owner_id: UUID
    binding: tuple[str, ...]

    def context(self) -> tuple[str, ...]:
        return (
            self.table,
            str(self.row),
            self.field,
            str(self.company_id),
            str(self.owner_id),
            *self.binding,
        )

    def moved_to(self, table: str, row: UUID) -> "Purpose":
        """The same purpose, kept elsewhere."""
        return replace(self, table=table, row=row)


@dataclass(frozen=True, kw_only=True)
class Credential:
    """``secret``: for OAUTH2 the grant; for a conversation its access token, with the ``mechanisms`` of SASL
    that it is shown by. ``kept``: it is the one that the account has, in that account's hands."""

    kind: CredentialKind
    secret: Secret
    mechanisms: tuple[str, ...] = ()
    kept: bool = False


def seal(house: House, secret: Secret, purpose: Purpose) -> str:
    return house.vault.seal(secret.reveal(), context=purpose.context())


def unseal(house: House, sealed: str, purpose: Purpose) -> Secret:
    """Raises CannotOpen."""
    return Secret(house.vault.open(sealed, context=purpose.context()))


def account_purpose(row: models.EmailAccount, field: str) -> Purpose:
    """Where the secret of a saved account may be shown.

    With a credential of its own for the incoming server, each secret is bound to its own server only.
    """
    smtp, incoming = server_from_json(row.smtp), server_from_json(row.incoming)
    if row.incoming_credential_kind is None:
        servers: tuple[MailServer | None, ...] = (smtp, incoming)
    else:
        servers = (smtp,) if field == "secret" else (incoming,)
    return Purpose(
        table="email_account",
        row=row.id,
        field=field,
        company_id=row.company_id,
        owner_id=row.owner_id,
        binding=bound_to(row.address, *servers),
    )


def test_purpose(test: models.AccountTest, field: str) -> Purpose:
    """Where the secret of a test may be shown: to the servers that it is about."""
    smtp, incoming = server_from_json(test.draft["smtp"]), server_from_json(test.draft["incoming"])
    if test.draft["incomingKind"] is None:
        servers = (smtp, incoming)
    else:
        servers = (smtp, None) if field == "secret" else (None, incoming)
    return Purpose(
        table="account_test",
        row=test.id,
        field=field,
        company_id=test.company_id,
        owner_id=test.owner_id,
        binding=bound_to(test.draft["address"], *servers),
    )


def open_secret(house: House, row: models.EmailAccount) -> Secret:
    """The secret for sending. Raises CannotOpen, also when the account has none."""
    return unseal(house, row.secret_sealed or "", account_purpose(row, "secret"))
