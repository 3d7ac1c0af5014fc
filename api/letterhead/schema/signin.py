"""Signing in, step by step: a front end renders kinds of step and knows no provider."""

from datetime import datetime
from typing import Annotated

import strawberry

from letterhead.schema.context import Info
from letterhead.schema.diagnosis import Diagnosis, Instruction, show_diagnosis, show_instruction
from letterhead.schema.ids import encode
from letterhead.schema.node import Node
from letterhead.schema.providers import MailServer, Provider, show_provider, show_server
from letterhead.schema.scalars import EmailAddress, Url
from letterhead.signin import flows, links
from letterhead_providers import CredentialKind
from letterhead_providers import Field as DomainField


@strawberry.type(description="One thing to fill in.")
class FormField:
    name: str = strawberry.field(description="What to send the answer under.")
    label: str = strawberry.field(description="What to show beside it.")
    secret: bool = strawberry.field(description="Whether to hide what is typed.")
    required: bool = strawberry.field(description="Whether it must be filled in.")
    pattern: str | None = strawberry.field(description="A regular expression the whole answer has to match.")
    help: str | None = strawberry.field(description="What it should look like, in words.")


@strawberry.type(description="Why an answer was not taken.")
class FieldProblem:
    field: str = strawberry.field(description="The field's name.")
    message: str = strawberry.field(description="What is wrong with it.")


@strawberry.type(description="Show a form.")
class AskStep:
    title: str = strawberry.field(description="What the form is for.")
    instructions: list[Instruction] = strawberry.field(
        description="What to do at the service first, in order."
    )
    fields: list[FormField] = strawberry.field(description="What to fill in.")
    problems: list[FieldProblem] = strawberry.field(description="Why the last answers were not taken.")


@strawberry.type(description="Send the person to a page, in the browser in which they are signed in there.")
class VisitStep:
    url: Url = strawberry.field(description="The page: ours, which leads on to the service's and back.")


@strawberry.type(description="Let some time go by, and look again.")
class WaitStep:
    message: str = strawberry.field(description="What it waits for.")


@strawberry.type(description="The credential is at hand: use the flow's id in testAccount.")
class DoneStep:
    kind: CredentialKind = strawberry.field(description="What it is.")
    expires_at: datetime | None = strawberry.field(description="When it stops working, where that is known.")


@strawberry.type(description="There is no way in like this.")
class FailedStep:
    diagnosis: Diagnosis = strawberry.field(description="Why.")
    retryable: bool = strawberry.field(description="Whether starting again may help.")


SignInStep = Annotated[
    AskStep | VisitStep | WaitStep | DoneStep | FailedStep,
    strawberry.union("SignInStep", description="What to do now."),
]


@strawberry.type(
    description="One attempt to obtain a credential, bound to its caller, owner, address, logins and servers."
    " Survives restarts; expires if left alone."
)
class SignInFlow(Node):
    flow: strawberry.Private[flows.Flow]
    address: EmailAddress = strawberry.field(description="The address it is for.")
    smtp: MailServer = strawberry.field(description="The server that sends.")
    incoming: MailServer | None = strawberry.field(description="The server that receives.")
    step: SignInStep = strawberry.field(description="Where it stands.")
    expires_at: datetime = strawberry.field(description="Until when it can go on.")

    @strawberry.field(description="The mail service. Null when its plugin is no longer installed.")
    def provider(self, info: Info) -> Provider | None:
        provider = info.context.house.catalogue.provider(self.flow.provider_key)
        return show_provider(provider) if provider else None


@strawberry.type(
    description="A one-time link by which the owner of a mailbox signs in without showing the secret to"
    " anyone."
)
class SignInLink:
    flow: SignInFlow = strawberry.field(description="The sign-in: its maker's, like any other.")
    url: Url = strawberry.field(description="The page to send to the owner. It is shown this once.")
    expires_at: datetime = strawberry.field(description="Until when it can be answered, once.")


def show_flow(flow: flows.Flow) -> SignInFlow:
    return SignInFlow(
        id=encode("SignInFlow", flow.id),
        flow=flow,
        address=EmailAddress(flow.address),
        smtp=show_server(flow.smtp),
        incoming=show_server(flow.incoming) if flow.incoming else None,
        step=_show_step(flow.step),
        expires_at=flow.expires_at,
    )


def show_link(link: links.SignInLink) -> SignInLink:
    return SignInLink(flow=show_flow(link.flow), url=Url(link.url), expires_at=link.expires_at)


def _show_step(step: flows.Step) -> AskStep | VisitStep | WaitStep | DoneStep | FailedStep:
    match step:
        case flows.AskStep():
            return AskStep(
                title=step.title,
                instructions=[show_instruction(one) for one in step.instructions],
                fields=[_show_field(field) for field in step.fields],
                problems=[FieldProblem(field=p.field, message=p.message) for p in step.problems],
            )
        case flows.VisitStep():
            return VisitStep(url=Url(step.url))
        case flows.WaitStep():
            return WaitStep(message=step.message)
        case flows.DoneStep():
            return DoneStep(kind=step.kind, expires_at=step.expires_at)
        case flows.FailedStep():
            diagnosis = show_diagnosis(step.diagnosis)
            assert diagnosis is not None
            return FailedStep(diagnosis=diagnosis, retryable=step.retryable)


def _show_field(field: DomainField) -> FormField:
    return FormField(
        name=field.name,
        label=field.label,
        secret=field.secret,
        required=field.required,
        pattern=field.pattern,
        help=field.help,
    )
