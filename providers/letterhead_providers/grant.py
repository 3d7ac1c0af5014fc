"""What a person's consent at an authorization server ends with (RFC 6749 section 5.1)."""

import json
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True, repr=False)
class Grant:
    """``expires_at``: when the access token stops working, in UTC; None: the server does not say.

    ``refresh_token``: brings further access tokens; None: after that the person has to sign in again.
    ``scopes``: what it is good for, as far as the server says.
    """

    access_token: str
    refresh_token: str | None = None
    expires_at: datetime | None = None
    scopes: tuple[str, ...] = field(default=())

    def __repr__(self) -> str:
        return "Grant(***)"

    def to_text(self) -> str:
        """As the secret of an account, for ``Done``."""
        return json.dumps(
            {
                "access_token": self.access_token,
                "refresh_token": self.refresh_token,
                "expires_at": self.expires_at.isoformat() if self.expires_at else None,
                "scopes": self.scopes,
            }
        )

    @classmethod
    def from_text(cls, text: str) -> "Grant":
        """ValueError for what ``to_text`` did not write."""
        try:
            stored = json.loads(text)
            expires_at = stored["expires_at"]
            return cls(
                access_token=stored["access_token"],
                refresh_token=stored["refresh_token"],
                expires_at=datetime.fromisoformat(expires_at) if expires_at else None,
                scopes=tuple(stored["scopes"]),
            )
        except (KeyError, TypeError, ValueError, RecursionError):
            raise ValueError("this is not a grant") from None
