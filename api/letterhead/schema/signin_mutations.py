"""Starting and going on with a sign-in."""

from dataclasses import replace

import strawberry

from letterhead.errors import Refused
from letterhead.schema.context import Info
from letterhead.schema.ids import given_id, row_id
from letterhead.schema.inputs import read_server
from letterhead.schema.problems import SignInError, shown_problems
from letterhead.schema.providers import MailServerInput
from letterhead.schema.signin import SignInFlow, SignInLink, show_flow, show_link
from letterhead.signin import links, starting, verbs
from letterhead.signin.starting import StartSignIn

FLOW = "The sign-in."


@strawberry.input(description="What to sign in to. Servers left out: the provider's preset.")
class StartSignInInput:
    address: str = strawberry.field(description="The address.")
    provider_key: str = strawberry.field(description="The mail service, as in providers.")
    auth_method: str | None = strawberry.field(
        default=None, description="The way in. Left out: the best one."
    )
    owner_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose it will be: the company or an employee. Left out: the company."
    )
    smtp: MailServerInput | None = strawberry.field(default=None, description="The server that sends.")
    incoming: MailServerInput | None = strawberry.field(default=None, description="The server that receives.")
    return_to: str | None = strawberry.field(
        default=None,
        description="The page to return to, with flowId, after a visit to the service. It has to be of an"
        " origin that the operator has listed. Left out: a page of this server's own.",
    )


@strawberry.input(description="An answer to a field of a form.")
class AnswerInput:
    name: str = strawberry.field(description="The field's name.")
    value: str = strawberry.field(description="What was filled in.")


@strawberry.input(description="Answers to the form a sign-in stands at.")
class ContinueSignInInput:
    flow_id: strawberry.ID = strawberry.field(description=FLOW)
    answers: list[AnswerInput] = strawberry.field(description="The answers; the last of a name counts.")


@strawberry.input(description="Which sign-in to give up.")
class CancelSignInInput:
    flow_id: strawberry.ID = strawberry.field(description=FLOW)


@strawberry.input(description="What to sign in to, by a link. Servers left out: the provider's preset.")
class CreateSignInLinkInput:
    address: str = strawberry.field(description="The address.")
    provider_key: str = strawberry.field(description="The mail service, as in providers.")
    auth_method: str | None = strawberry.field(
        default=None, description="The way in. Left out: the best one."
    )
    owner_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose it will be: the company or an employee. Left out: the company."
    )
    smtp: MailServerInput | None = strawberry.field(default=None, description="The server that sends.")
    incoming: MailServerInput | None = strawberry.field(default=None, description="The server that receives.")


@strawberry.type(description="Where the sign-in stands, or why it did not go on.")
class SignInPayload:
    flow: SignInFlow | None = strawberry.field(description=FLOW)
    errors: list[SignInError] = strawberry.field(description="What to put right.")


@strawberry.type(description="The link, or why there is none.")
class CreateSignInLinkPayload:
    link: SignInLink | None = strawberry.field(description="The link.")
    errors: list[SignInError] = strawberry.field(description="What to put right.")


async def start_sign_in(info: Info, input: StartSignInInput) -> SignInPayload:  # noqa: A002
    try:
        command = replace(_command(input), return_to=input.return_to)
        flow = await starting.start(info.context.house, command, by=info.context.by)
    except Refused as refused:
        return _refused(refused)
    return SignInPayload(flow=show_flow(flow), errors=[])


async def continue_sign_in(info: Info, input: ContinueSignInInput) -> SignInPayload:  # noqa: A002
    try:
        flow_id = given_id(input.flow_id, "SignInFlow", "flowId")
        answers = {answer.name: answer.value for answer in input.answers}
        flow = await verbs.answer(info.context.house, flow_id, answers, by=info.context.by)
    except Refused as refused:
        return _refused(refused)
    return SignInPayload(flow=show_flow(flow), errors=[])


async def cancel_sign_in(info: Info, input: CancelSignInInput) -> SignInPayload:  # noqa: A002
    try:
        flow_id = given_id(input.flow_id, "SignInFlow", "flowId")
        flow = await verbs.cancel(info.context.house, flow_id, by=info.context.by)
    except Refused as refused:
        return _refused(refused)
    return SignInPayload(flow=show_flow(flow), errors=[])


async def create_sign_in_link(
    info: Info,
    input: CreateSignInLinkInput,  # noqa: A002
) -> CreateSignInLinkPayload:
    try:
        link = await links.create(info.context.house, _command(input), by=info.context.by)
    except Refused as refused:
        return CreateSignInLinkPayload(link=None, errors=shown_problems(refused, SignInError))
    return CreateSignInLinkPayload(link=show_link(link), errors=[])


def _command(given: StartSignInInput | CreateSignInLinkInput) -> StartSignIn:
    owner = given.owner_id
    return StartSignIn(
        address=given.address,
        provider_key=given.provider_key,
        method_key=given.auth_method,
        owner_id=(row_id(owner, "Company") or given_id(owner, "Employee", "ownerId")) if owner else None,
        smtp=read_server(given.smtp),
        incoming=read_server(given.incoming),
    )


def _refused(refused: Refused) -> SignInPayload:
    return SignInPayload(flow=None, errors=shown_problems(refused, SignInError))
