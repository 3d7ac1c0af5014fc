"""Every kind of trouble in words for people."""

from letterhead.diagnosis.text import Text, tell
from letterhead.diagnosis.texts_of_sending import SENDING_TEXTS
from letterhead.diagnosis.texts_of_servers import SERVER_TEXTS
from letterhead.diagnosis.texts_of_sign_in import SIGN_IN_TEXTS
from letterhead_providers import Diagnosis, DiagnosisCode, ServerReply

TEXTS: dict[DiagnosisCode, Text] = SIGN_IN_TEXTS | SENDING_TEXTS | SERVER_TEXTS


def describe(
    code: DiagnosisCode,
    *,
    explained_by: str,
    host: str = "",
    address: str = "",
    detail: str = "",
    reply: ServerReply | None = None,
) -> Diagnosis:
    """A diagnosis made on our side, without a failed conversation."""
    facts = {"host": host, "address": address, "detail": detail}
    return tell(TEXTS[code], code, explained_by=explained_by, facts=facts, reply=reply)


def secret_has_wrong_shape(method: str, expected: str, provider_key: str | None) -> Diagnosis:
    """``method``: the title of the way in. ``expected``: the shape in words. Never the secret itself."""
    return describe(
        DiagnosisCode.SECRET_FORMAT,
        explained_by=provider_key or "secret format",
        detail=f"{method}: {expected}",
    )
