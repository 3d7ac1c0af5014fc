"""What a server meant, in words a person can act on."""

import strawberry

from letterhead.schema import enums as _enums  # noqa: F401 - registers the enumerations
from letterhead.schema.scalars import Url
from letterhead.schema.spoken import spoken
from letterhead_providers import Actor, DiagnosisCode, Retry
from letterhead_providers import Diagnosis as DomainDiagnosis
from letterhead_providers import Instruction as DomainInstruction
from letterhead_providers import ServerReply as DomainReply


@strawberry.type(description="One thing to do, in plain words.")
class Instruction:
    text: str = spoken("What to do.")
    link: Url | None = strawberry.field(description="Where to do it.")


@strawberry.type(description="A mail server's own words, cleaned, with secrets removed.")
class ServerReply:
    code: int | None = strawberry.field(description="The basic code of SMTP (RFC 5321).")
    enhanced_code: str | None = strawberry.field(description="The enhanced status code (RFC 3463).")
    text: str = strawberry.field(description="The words, without the codes.")


@strawberry.type(description="What a server meant, in words a person can act on.")
class Diagnosis:
    code: DiagnosisCode = strawberry.field(description="What kind of trouble it is.")
    title: str = spoken("It in one line.")
    explanation: str = spoken("What happened.")
    advice: list[Instruction] = strawberry.field(description="What to do about it, in order.")
    actor: Actor = strawberry.field(description="Whose move it is.")
    retry: Retry = strawberry.field(description="Whether to try again.")
    help: Url | None = strawberry.field(description="Where the service explains it.")
    reply: ServerReply | None = strawberry.field(description="The server's own words.")
    explained_by: str = strawberry.field(description="The plugin or rule that recognised it.")


def show_instruction(instruction: DomainInstruction) -> Instruction:
    return Instruction(text=instruction.text, link=Url(instruction.link) if instruction.link else None)


def show_reply(reply: DomainReply) -> ServerReply:
    return ServerReply(code=reply.code, enhanced_code=reply.enhanced, text=reply.text)


def show_diagnosis(diagnosis: DomainDiagnosis | None) -> Diagnosis | None:
    if diagnosis is None:
        return None
    return Diagnosis(
        code=diagnosis.code,
        title=diagnosis.title,
        explanation=diagnosis.explanation,
        advice=[show_instruction(step) for step in diagnosis.advice],
        actor=diagnosis.actor,
        retry=diagnosis.retry,
        help=Url(diagnosis.help) if diagnosis.help else None,
        reply=show_reply(diagnosis.reply) if diagnosis.reply else None,
        explained_by=diagnosis.explained_by,
    )
