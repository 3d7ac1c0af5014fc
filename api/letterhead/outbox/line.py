"""The connection to an account's server, kept from one message to the next."""

from letterhead.accounts.grants import token_for
from letterhead.accounts.secrets import open_secret
from letterhead.house import House
from letterhead.store import models
from letterhead.wire.smtp import Outgoing, RecipientReply, SmtpConversation, Transmission
from letterhead.wire.stored import server_from_json
from letterhead.wire.trouble import CannotCarry, LostAfterDot, WireError
from letterhead_providers import CredentialKind, Stage

CLOSING = 421


class Line:
    """``opening``: it is being connected and signed in, or was when that failed; ``reached``: the server had
    answered by then."""

    def __init__(self, house: House) -> None:
        self.opening = False
        self.reached = False
        self._house = house
        self._conversation: SmtpConversation | None = None
        self._settings_version = 0
        self._used = False

    async def open(self, account: models.EmailAccount) -> None:
        """Connected and signed in. Raises WireError; CannotOpen and GrantTrouble for the account's secret."""
        await self.close()
        self._settings_version, self._used = account.settings_version, False
        self.opening, self.reached = True, False
        match account.credential_kind:
            case CredentialKind.NONE.value:
                await self._connected(account)
            case CredentialKind.OAUTH2.value:
                await self._open_with_token(account)
            case _:
                secret = open_secret(self._house, account)
                conversation = await self._connected(account)
                await conversation.sign_in(_login(account), secret)
        self.opening = False

    def serves(self, account: models.EmailAccount) -> bool:
        """Whether it is open, and with the account's newest settings."""
        return self.is_open and self._settings_version == account.settings_version

    @property
    def is_open(self) -> bool:
        return self._conversation is not None and self._conversation.is_open

    async def transmit(self, this: Outgoing) -> Transmission | None:
        """None: the server had closed meanwhile, before this message was begun. Raises WireError."""
        assert self._conversation, "open comes first"
        kept, self._used = self._used, True
        try:
            taken = await self._conversation.transmit(this)
        except (LostAfterDot, CannotCarry):
            raise
        except WireError as error:
            if kept and error.stage is Stage.SENDER:
                return None
            raise
        closing = taken.refused_at is Stage.SENDER and taken.reply.code == CLOSING
        return None if kept and closing else taken

    @property
    def in_doubt(self) -> bool:
        """Whether it was cut off between a message's final dot and the verdict."""
        return self._conversation is not None and self._conversation.in_doubt

    @property
    def answers(self) -> tuple[RecipientReply, ...]:
        """What was said to the recipients of the latest message."""
        return self._conversation.answers if self._conversation else ()

    async def close(self) -> None:
        if self._conversation and self._conversation.is_open:
            await self._conversation.quit()
        self.drop()

    def drop(self) -> None:
        """Without a word: after trouble there is nothing more to say."""
        if self._conversation:
            self._conversation.abort()
        self._conversation = None

    async def _open_with_token(self, account: models.EmailAccount) -> None:
        """A token that is refused before its time is renewed once: services do end them early."""
        token = await token_for(self._house, account)
        conversation = await self._connected(account)
        try:
            await conversation.sign_in_with_token(_login(account), token.secret, token.mechanisms)
        except WireError as error:
            if not _refuses_token(error):
                raise
        else:
            return
        self.drop()
        token = await token_for(self._house, account, refused=token.secret)
        conversation = await self._connected(account)
        await conversation.sign_in_with_token(_login(account), token.secret, token.mechanisms)

    async def _connected(self, account: models.EmailAccount) -> SmtpConversation:
        server = server_from_json(account.smtp)
        assert server is not None
        self._conversation = SmtpConversation(
            server, self._house.dialler, local_hostname=self._house.settings.public_hostname
        )
        await self._conversation.open()
        self.reached = True
        return self._conversation


def _login(account: models.EmailAccount) -> str:
    server = server_from_json(account.smtp)
    return (server and server.username) or account.address


def _refuses_token(error: WireError) -> bool:
    """For good (RFC 4954 section 6): a server that is only busy is not asked twice."""
    code = error.reply.code if error.reply and error.stage is Stage.SIGN_IN else None
    return code is not None and code >= 500
