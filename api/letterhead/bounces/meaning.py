"""What a bounce means: diagnosed as any server's reply is, with the service of the recipient asked first."""

import re
from dataclasses import dataclass, replace

from letterhead.bounces.report import Action, Bounced, Report
from letterhead.diagnosis.failure import Failure
from letterhead.diagnosis.parse import parse_pasted
from letterhead.house import House
from letterhead.wire.clean import clean
from letterhead.wire.trouble import Cause
from letterhead_providers import Diagnosis, DiagnosisCode, Protocol, ServerReply, Stage

GONE = frozenset({DiagnosisCode.RECIPIENT_UNKNOWN, DiagnosisCode.RECIPIENT_DISABLED})
"""What says that nobody will ever read there. A full mailbox, spam and policies do not."""

_NO_SUCH_DOMAIN = re.compile(
    r"(?:no such|unknown|non-?existent) (?:domain|host)|nxdomain|null ?mx"
    r"|(?:domain|host)(?: name)? (?:unknown|not found|does not exist)",
    re.IGNORECASE,
)
_GONE_WITH_ITS_DOMAIN = frozenset({"5.1.2", "5.1.10"})
_VAGUE = re.compile(r"[245]\.0\.\d{1,3}")


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """``final``: this delivery was given up. ``address_is_bad``: do not write there again."""

    diagnosis: Diagnosis
    final: bool
    address_is_bad: bool


async def meaning_of(house: House, bounced: Bounced, report: Report) -> Meaning:
    final = bounced.action is Action.FAILED
    diagnosis = await house.explainer.explain(
        Failure(
            protocol=Protocol.SMTP,
            stage=Stage.RECIPIENT,
            cause=Cause.REPLY,
            reply=reply_of(bounced),
            provider_key=_service(house, bounced),
            host=clean(bounced.remote or report.reporter or "", 255),
            address=bounced.original or bounced.address,
        )
    )
    gone = diagnosis.code in GONE or _domain_is_gone(diagnosis)
    return Meaning(diagnosis=diagnosis, final=final, address_is_bad=final and gone)


def _domain_is_gone(diagnosis: Diagnosis) -> bool:
    reply = diagnosis.reply
    if diagnosis.code is not DiagnosisCode.DNS_FAILURE or reply is None:
        return False
    return reply.enhanced in _GONE_WITH_ITS_DOMAIN or bool(_NO_SUCH_DOMAIN.search(reply.text))


def reply_of(bounced: Bounced) -> ServerReply:
    """The words of the server that refused it say more than the status that another made of them."""
    reply = parse_pasted(bounced.diagnostic)
    if bounced.status and (reply.enhanced is None or _VAGUE.fullmatch(reply.enhanced)):
        return replace(reply, enhanced=bounced.status)
    return reply


def _service(house: House, bounced: Bounced) -> str | None:
    """The key of the service whose domain the recipient's is, whose plugin knows its words."""
    domain = bounced.address.rpartition("@")[2].lower()
    return next((one.key for one in house.catalogue.providers() if domain in one.domains), None)
