"""What is tested, and by whom."""

from dataclasses import dataclass
from uuid import UUID

from letterhead.accounts.drafts import Draft
from letterhead.accounts.secrets import Credential
from letterhead.identity.actor import Actor
from letterhead.wire.server import MailServer
from letterhead_providers import CredentialKind, Protocol


@dataclass(frozen=True, kw_only=True)
class Saved:
    """The account a test is about. ``unchanged``: its settings are tested as they stand."""

    account_id: UUID
    settings_version: int
    unchanged: bool


@dataclass(frozen=True, kw_only=True)
class Setup:
    """``incoming_credential``: the same as ``credential`` unless it has its own.

    ``account``: None where a new one is tested. ``round_trip``: a message is sent to see it arrive.
    """

    trial_id: UUID
    by: Actor
    draft: Draft
    method_key: str | None
    credential: Credential
    incoming_credential: Credential
    account: Saved | None = None
    round_trip: bool = False

    @property
    def signs_in(self) -> bool:
        return self.credential.kind is not CredentialKind.NONE

    @property
    def same_sign_in(self) -> bool:
        """Whether a refusal by one server says that the other one would refuse too."""
        incoming = self.draft.incoming
        return (
            self.signs_in
            and incoming is not None
            and incoming.username == self.draft.smtp.username
            and self.incoming_credential.secret == self.credential.secret
        )

    def sides(self) -> tuple[tuple[MailServer, Credential], ...]:
        incoming = self.draft.incoming
        sending = (self.draft.smtp, self.credential)
        return (sending, (incoming, self.incoming_credential)) if incoming else (sending,)

    def side(self, protocol: Protocol | None) -> tuple[MailServer, Credential]:
        """The server that speaks it, and what is shown to it."""
        incoming = self.draft.incoming
        if incoming is None or protocol is not incoming.protocol:
            return self.draft.smtp, self.credential
        return incoming, self.incoming_credential
