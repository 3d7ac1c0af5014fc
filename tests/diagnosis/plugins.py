from dataclasses import dataclass, field

from letterhead_providers import Diagnosis, Protocol, ServerReply, Stage


@dataclass
class Plugins:
    """Stands in for the catalogue: says what it was told to say, and remembers what it was asked."""

    says: Diagnosis | None = None
    asked: list[tuple[str | None, Protocol, Stage, ServerReply]] = field(default_factory=list)

    async def explain(
        self, provider_key: str | None, protocol: Protocol, stage: Stage, reply: ServerReply
    ) -> Diagnosis | None:
        self.asked.append((provider_key, protocol, stage, reply))
        return self.says
