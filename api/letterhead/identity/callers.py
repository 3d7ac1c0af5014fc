"""Who is asking, by the one header in which callers say so."""

from typing import TYPE_CHECKING

from letterhead.identity import tokens
from letterhead.identity.actor import Actor

if TYPE_CHECKING:
    from letterhead.identity.people import People


class Callers:
    """Tools show a token of ours, people one of an issuer that the operator trusts."""

    def __init__(self, people: "People | None" = None) -> None:
        self._people = people

    async def known_by(self, authorization: str) -> Actor | None:
        """``authorization``: as in RFC 6750 section 2.1. None: nobody we know; it is not said why."""
        scheme, _, token = authorization.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            return None
        if token.startswith(tokens.PREFIX):
            return await tokens.authenticate(token)
        return await self._people.who(token) if self._people else None
