"""The connection to an account's server, kept from one message to the next."""

from collections.abc import Awaitable, Callable, Sequence

from letterhead.accounts.grants import token_for
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

        Raises WireError, and its LostAfterDot; CannotOpen and GrantTrouble for the account's secret.
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
        self._settings_version, self.unreachable = account.settings_version, True
        match account.credential_kind:
            case CredentialKind.NONE.value:
                conversation = await self._connected(account)
            case CredentialKind.OAUTH2.value:
                conversation = await self._open_with_token(account)
            case _:
                secret = open_secret(self._house, account)
                conversation = await self._connected(account)
                await conversation.sign_in(_login(account), secret)
        self.unreachable = False
        return conversation

    async def _open_with_token(self, account: models.EmailAccount) -> SmtpConversation:
        """A token that is refused before its time is renewed once: services do end them early."""
        token = await token_for(self._house, account)
        conversation = await self._connected(account)
        try:
            await conversation.sign_in_with_token(_login(account), token.secret, token.mechanisms)
        except WireError as error:
            if not _refuses_token(error):
                raise
        else:
            return conversation
        self.drop()
        token = await token_for(self._house, account, refused=token.secret)
        conversation = await self._connected(account)
        await conversation.sign_in_with_token(_login(account), token.secret, token.mechanisms)
        return conversation

    async def _connected(self, account: models.EmailAccount) -> SmtpConversation:
        server = server_from_json(account.smtp)
        assert server is not None
        self._conversation = SmtpConversation(
            server, self._house.dialler, local_hostname=self._house.settings.public_hostname
        )
        await self._conversation.open()
        return self._conversation


def _login(account: models.EmailAccount) -> str:
    server = server_from_json(account.smtp)
    return (server and server.username) or account.address


def _refuses_token(error: WireError) -> bool:
    """For good (RFC 4954 section 6): a server that is only busy is not asked twice."""
    code = error.reply.code if error.reply and error.stage is Stage.SIGN_IN else None
    return code is not None and code >= 500
