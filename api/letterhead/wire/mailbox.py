"""What a mailbox holds, whichever way it is read."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class MailboxStatus:
    """``octets``: None where the protocol does not tell."""

    messages: int
    octets: int | None = None

    def __str__(self) -> str:
        messages = "1 message" if self.messages == 1 else f"{self.messages} messages"
        return messages if self.octets is None else f"{messages}, {self.octets} octets"
