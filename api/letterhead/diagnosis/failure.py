"""What went wrong in a conversation with a server, as data to be explained."""

from dataclasses import dataclass

from letterhead.wire.trouble import Cause, WireError
from letterhead_providers import Protocol, ServerReply, Stage


@dataclass(frozen=True, kw_only=True)
class Failure:
    """``detail``: further facts in plain words, such as the names a certificate is for.

    ``provider_key``: the service of the account. ``host``: the server. ``address``: whose mail it is about.
    ``token``: the credential was an OAuth2 token.
    """

    protocol: Protocol
    stage: Stage
    cause: Cause
    reply: ServerReply | None = None
    detail: str = ""
    provider_key: str | None = None
    host: str = ""
    address: str = ""
    token: bool = False

    @classmethod
    def of(
        cls,
        error: WireError,
        *,
        provider_key: str | None = None,
        host: str = "",
        address: str = "",
        token: bool = False,
    ) -> "Failure":
        return cls(
            protocol=error.protocol,
            stage=error.stage,
            cause=error.cause,
            reply=error.reply,
            detail=error.detail,
            provider_key=provider_key,
            host=host,
            address=address,
            token=token,
        )
