"""Account tests."""

from datetime import datetime

import strawberry

from letterhead.schema.context import Info
from letterhead.schema.diagnosis import Diagnosis, show_diagnosis
from letterhead.schema.discovery import DiscoveryCandidate, show_candidate
from letterhead.schema.node import Node
from letterhead.schema.providers import MailServer, show_server
from letterhead.schema.scalars import EmailAddress
from letterhead.schema.shown import shown, shown_id, wrapping
from letterhead.schema.spoken import spoken
from letterhead.trials.suggestion import candidate_of
from letterhead.trials.trial import Step, StepStatus, Trial, TrialStatus
from letterhead_providers import Protocol as MailProtocol
from letterhead_providers import Stage


@strawberry.type(description="One thing that a test tried.")
class TestStep:
    __test__ = False

    leg: MailProtocol | None = strawberry.field(
        description="Whose conversation. Null: before or beside them."
    )
    stage: Stage = strawberry.field(description="Where in the conversation.")
    subject: str | None = strawberry.field(
        description="The From address that was tried, for SENDER and ROUND_TRIP."
    )
    title: str = spoken("It in plain words.")
    status: StepStatus = strawberry.field(description="Where it stands.")
    took_ms: int | None = strawberry.field(description="How long it took, in milliseconds.")
    evidence: str | None = spoken("What was seen.")
    transcript: list[str] = strawberry.field(
        description="What was said, C: by us and S: by the server, without secrets."
    )
    diagnosis: Diagnosis | None = strawberry.field(description="Why it failed or warned.")


@strawberry.type(
    description="A try of an account's settings: a passed one is the only thing that can be saved."
)
class AccountTest(Node):
    trial: strawberry.Private[Trial]
    id: strawberry.ID = shown_id("AccountTest", "trial.key")
    status: TrialStatus = shown("trial.status", "Where it stands.")
    started_at: datetime = shown("trial.started_at", "When it began.")
    finished_at: datetime | None = shown("trial.finished_at", "When it ended.")
    usable_until: datetime | None = shown("trial.usable_until", "Until when it can be saved.")

    @strawberry.field(description="The address it is about.")
    def address(self) -> EmailAddress:
        return EmailAddress(self.trial.address)

    @strawberry.field(description="The server that sends.")
    def smtp(self) -> MailServer:
        return show_server(self.trial.smtp)

    @strawberry.field(description="The server that receives.")
    def incoming(self) -> MailServer | None:
        return show_server(self.trial.incoming) if self.trial.incoming else None

    @strawberry.field(description="What it tries, in order of each leg; the legs run side by side.")
    def steps(self) -> list[TestStep]:
        return [_show_step(step) for step in self.trial.steps]

    @strawberry.field(description="The first blocking failure.")
    def diagnosis(self) -> Diagnosis | None:
        return show_diagnosis(self.trial.diagnosis)

    @strawberry.field(
        description="What to test instead: servers that did answer where the given ones did not, or another"
        " form of the login, which was not tried."
    )
    def suggestion(self, info: Info) -> DiscoveryCandidate | None:
        suggestion, house = self.trial.suggestion, info.context.house
        if suggestion is None:
            return None
        return show_candidate(candidate_of(house, suggestion, self.trial.provider_key))


show_test = wrapping(AccountTest, "trial", Trial)


def _show_step(step: Step) -> TestStep:
    return TestStep(
        leg=step.leg,
        stage=step.stage,
        subject=step.subject,
        title=step.title,
        status=step.status,
        took_ms=step.took_ms,
        evidence=step.evidence,
        transcript=list(step.transcript),
        diagnosis=show_diagnosis(step.diagnosis),
    )
