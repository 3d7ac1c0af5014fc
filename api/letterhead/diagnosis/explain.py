"""From a failure to a diagnosis: the service's own plugin is asked first, then our rules."""

import typing
from dataclasses import replace

from letterhead.diagnosis.causes import code_of
from letterhead.diagnosis.classify import classify
from letterhead.diagnosis.failure import Failure
from letterhead.diagnosis.parse import parse_pasted, protocol_of, stage_of
from letterhead.diagnosis.permanence import is_temporary_reply
from letterhead.diagnosis.text import tell
from letterhead.diagnosis.texts import TEXTS
from letterhead.diagnosis.texts_of_causes import text_of
from letterhead.wire.trouble import Cause
from letterhead_providers import Diagnosis, DiagnosisCode, Protocol, Retry, ServerReply, Stage

WAIT = frozenset({Retry.NOW, Retry.LATER})
SPOKEN = frozenset({Cause.REPLY, Cause.DISCONNECTED})
"""Causes where the server's last words, if there are any, say more than the cause."""

OF_PASSWORDS = frozenset({DiagnosisCode.WRONG_PASSWORD, DiagnosisCode.APP_PASSWORD_REQUIRED})
"""What servers and plugins speak of also where it was a token that was shown."""


class KnowsReplies(typing.Protocol):
    """What is needed of the catalogue: what a service's plugin says about a reply, or None."""

    async def explain(
        self, provider_key: str | None, protocol: Protocol, stage: Stage, reply: ServerReply
    ) -> Diagnosis | None: ...


class Explainer:
    def __init__(self, catalogue: KnowsReplies) -> None:
        self._catalogue = catalogue

    async def explain(self, failure: Failure) -> Diagnosis:
        """Never fails. ``explained_by`` names the plugin or the rule, and the server's words are kept."""
        if failure.reply is None or failure.cause not in SPOKEN:
            return _from_cause(failure)
        known = await self._catalogue.explain(
            failure.provider_key, failure.protocol, failure.stage, failure.reply
        )
        if known is None:
            return _from_reply(failure, failure.reply)
        if known.code in OF_PASSWORDS and failure.token:
            return _told(failure, failure.reply, DiagnosisCode.OAUTH_TOKEN_INVALID, known.explained_by)
        explained_by = known.explained_by or failure.provider_key or "plugin"
        return replace(known, reply=failure.reply, explained_by=explained_by)

    async def explain_text(
        self, raw: str, *, provider_key: str | None = None, stage: Stage | None = None
    ) -> Diagnosis:
        """``raw``: a reply as a person pasted it. Without ``stage`` it is guessed from the words."""
        reply = parse_pasted(raw)
        failure = Failure(
            protocol=protocol_of(raw),
            stage=stage or stage_of(raw, reply),
            cause=Cause.REPLY,
            reply=reply,
            provider_key=provider_key,
        )
        return await self.explain(failure)


def _from_cause(failure: Failure) -> Diagnosis:
    return tell(
        text_of(failure.cause, failure.stage),
        code_of(failure),
        explained_by=f"{failure.cause} at {failure.stage}",
        facts=_facts(failure),
        reply=failure.reply,
    )


def _from_reply(failure: Failure, reply: ServerReply) -> Diagnosis:
    code, clue = classify(failure.protocol, failure.stage, reply)
    if code in OF_PASSWORDS and failure.token:
        code = DiagnosisCode.OAUTH_TOKEN_INVALID
    return _told(failure, reply, code, clue)


def _told(failure: Failure, reply: ServerReply, code: DiagnosisCode, explained_by: str) -> Diagnosis:
    return tell(
        TEXTS[code],
        code,
        explained_by=explained_by,
        facts=_facts(failure),
        retry=_retry(code, temporary=is_temporary_reply(reply, code)),
        reply=reply,
    )


def _retry(code: DiagnosisCode, *, temporary: bool) -> Retry:
    """The text says what is usual; the reply may say that it is otherwise this time."""
    usual = TEXTS[code].retry
    if temporary:
        return usual if usual in WAIT else Retry.LATER
    return Retry.AFTER_CHANGE if usual in WAIT else usual


def _facts(failure: Failure) -> dict[str, str]:
    return {"host": failure.host, "address": failure.address, "detail": failure.detail}
