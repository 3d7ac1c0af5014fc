"""What the parts of one test share: what is tested, where it is written down, and what came of it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from letterhead.accounts.account import Proof
from letterhead.accounts.drafts import Draft
from letterhead.house import House
from letterhead.trials.arrivals import Memory
from letterhead.trials.recorder import Recorder
from letterhead.trials.setup import Setup
from letterhead.wire.conversation import Conversation
from letterhead.wire.server import MailServer
from letterhead.wire.trouble import Cause, WireError
from letterhead_providers import Diagnosis, Protocol, Stage


@dataclass
class Outcome:
    """What the legs found out, for the proofs, for the provider's checks and for what to try instead.

    ``elsewhere``: servers that answer where the given one did not. ``memory``: what the mailbox held.
    """

    proofs: dict[str, Proof] = field(default_factory=dict)
    alias_problems: dict[str, Diagnosis] = field(default_factory=dict)
    greeting: str = ""
    capabilities: tuple[str, ...] = ()
    incoming_capabilities: tuple[str, ...] = ()
    elsewhere: dict[Protocol, MailServer] = field(default_factory=dict)
    memory: Memory | None = None
    stopped: bool = False


class SignInGate:
    """Where both legs use the same login and secret, a refusal by the one is not repeated by the other."""

    def __init__(self, *, shared: bool) -> None:
        self._answer: asyncio.Future[bool] | None = (
            asyncio.get_running_loop().create_future() if shared else None
        )

    def answered(self, *, accepted: bool) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_result(accepted)

    async def may_try(self) -> bool:
        return True if self._answer is None else await asyncio.shield(self._answer)


class Passage:
    """Whether a server was got through to, as far as its capabilities."""

    def __init__(self) -> None:
        self._answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting: Conversation | None = None
        self._speaks_tls = False

    def begins(self, conversation: Conversation) -> None:
        self._waiting = conversation

    def speaks_tls(self) -> None:
        """The server waits for TLS where we wait for its greeting, and both would wait to the end."""
        if self._waiting and not self._answer.done():
            self._speaks_tls = True
            self._waiting.abort()

    def in_truth(self, error: WireError) -> WireError:
        """Why it ended, where the server itself does not say so."""
        if not (self._speaks_tls and error.stage is Stage.GREETING):
            return error
        return WireError(error.protocol, Stage.GREETING, Cause.PLAIN_ON_TLS)

    def ended(self, *, open_: bool) -> None:
        if not self._answer.done():
            self._answer.set_result(open_)

    async def is_open(self, *, patience: float) -> bool:
        """False also where it is not known after ``patience`` seconds."""
        try:
            async with asyncio.timeout(patience):
                return await asyncio.shield(self._answer)
        except TimeoutError:
            return False


def _passages() -> Mapping[Protocol, Passage]:
    return {protocol: Passage() for protocol in Protocol}


@dataclass(frozen=True, kw_only=True)
class Bench:
    """``ends_at``: the deadline of both legs, in the loop's time."""

    house: House
    setup: Setup
    recorder: Recorder
    outcome: Outcome
    explain: Callable[[WireError], Awaitable[Diagnosis]]
    gate: SignInGate
    passages: Mapping[Protocol, Passage] = field(default_factory=_passages)
    ends_at: float = 0.0

    @property
    def draft(self) -> Draft:
        return self.setup.draft

    @property
    def senders(self) -> tuple[str, ...]:
        """The account's address first, then its aliases."""
        return (self.draft.address, *(alias.address for alias in self.draft.aliases))

    def seconds_left(self) -> float:
        return self.ends_at - asyncio.get_running_loop().time()
