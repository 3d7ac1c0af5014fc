"""The connection to an account's server, kept from one message to the next."""

from collections.abc import Awaitable, Callable, Sequence

from letterhead.accounts.secrets import open_secret, server_from_json
from letterhead.house import House
from letterhead.store import models
from letterhead.wire.smtp import SmtpConversation, Transmission
from letterhead.wire.trouble import LostAfterDot, WireError
from letterhead_providers import CredentialKind, Stage

CLOSING = 421


class Line:
    """``unreachable``: the server could not be connected to or signed in to, the last time it was tried."""

    def __init__(self, house: House) -> None:
        self.unreachable = False
        self._house = house
        self._conversation: SmtpConversation | None = None
        self._settings_version = 0

    async def transmit(
        self,
        account: models.EmailAccount,
        envelope_from: str,
        recipients: Sequence[str],
        content: bytes,
        *,
        before_data: Callable[[], Awaitable[None]],
    ) -> Transmission:
        """Over the open connection, or a new one where that turns out to be closed.

        Raises WireError, and its LostAfterDot; CannotOpen for the account's secret.
        """
        if kept := self._usable(account):
            try:
                taken = await kept.transmit(envelope_from, recipients, content, before_data=before_data)
            except LostAfterDot:
                raise
            except WireError as error:
                if error.stage is not Stage.SENDER:
                    raise
            else:
                if not (taken.refused_at is Stage.SENDER and taken.reply.code == CLOSING):
                    return taken
        await self.close()
        conversation = await self._open(account)
        return await conversation.transmit(envelope_from, recipients, content, before_data=before_data)

    @property
    def in_doubt(self) -> bool:
        """Whether it was cut off between a message's final dot and the verdict."""
        return self._conversation is not None and self._conversation.in_doubt

    async def close(self) -> None:
        if self._conversation and self._conversation.is_open:
            await self._conversation.quit()
        self.drop()

    def drop(self) -> None:
        """Without a word: after trouble there is nothing more to say."""
        if self._conversation:
            self._conversation.abort()
        self._conversation = None

    def _usable(self, account: models.EmailAccount) -> SmtpConversation | None:
        same = self._settings_version == account.settings_version
        kept = self._conversation
        return kept if kept and kept.is_open and same else None

    async def _open(self, account: models.EmailAccount) -> SmtpConversation:
        signs_in = account.credential_kind != CredentialKind.NONE.value
        secret = open_secret(self._house, account) if signs_in else None
        server = server_from_json(account.smtp)
        assert server is not None
        self._settings_version, self.unreachable = account.settings_version, True
        self._conversation = conversation = SmtpConversation(
            server, self._house.dialler, local_hostname=self._house.settings.public_hostname
        )
        await conversation.open()
        if secret is not None:
            await conversation.sign_in(server.username or account.address, secret)
        self.unreachable = False
        return conversation
