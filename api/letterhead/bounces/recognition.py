"""Whether a message is a bounce, and of what: several readings joined, the most reliable first."""

import re
from dataclasses import replace

from letterhead.bounces import delivery_status, known_formats, told
from letterhead.bounces.addresses import first_address
from letterhead.bounces.letter import Letter, open_letter
from letterhead.bounces.report import Bounced, Report

_DAEMON = re.compile(
    r"mailer[-_. ]?daemon|post[-_. ]?master|mail[-_ .]?(?:delivery|deliver|system|server|router|admin|daemon)|mta-"
    r"|delivery[-_ ](?:system|subsystem|agent|service|notification|status)|bounce|microsoft ?exchange|\bmdaemon"
    r"|system administrator|internet mail|e?smtp|undeliver|non.?delivery|majordomo|listserv",
    re.IGNORECASE,
)
_ROBOT = re.compile(r"mailer-daemon|mail delivery", re.IGNORECASE)
_SUBJECT = re.compile(
    r"undeliver|un-?able to deliver|(?:mail|message|delivery|letter).{0,30}(?:fail|error|problem|delay|return|unsuccess)"
    r"|(?:fail|error|problem|delay|return)\w*.{0,30}(?:mail|message|deliver|notice|notif)|non.?deliver|deliver\w*.{0,20}status"
    r"|not.{0,20}(?:delivered|deliverable|sent)|could ?n.t.{0,30}(?:sen[dt]|deliver)|user unknown|mail system error|nicht zugestellt|unzustellbar"
    r"|non remis|non recapit|no entregad|не доставлен|недоставленное|не доставлено|配信|送信でき|エラー|退信|不達|returned|bounced?\b|warning|postmaster notify",
    re.IGNORECASE,
)
_FAILURE = re.compile(
    r"could ?n[o']?t be (?:delivered|sent|reached|processed|found)|could not (?:deliver|send|be)|unable to (?:deliver|send|relay|complete)|undeliver"
    r"|delivery.{0,40}(?:fail|unsuccess|error|abort|problem|impossible|delay)|(?:fail|unsuccess)\w*.{0,40}deliver|not (?:been )?(?:be )?delivered"
    r"|permanent.{0,20}error|fatal error|user unknown|unknown user|mailbox.{0,20}(?:full|unavailable|not found|quota)|no such (?:user|mailbox|recipient)"
    r"|(?:over|exceed\w*) (?:\w+ )?quota|returned|bounced?\b|did(?: not|n't) reach|was(?: not|n't) (?:sent|delivered)|address(?:es)? failed|giving up"
    r"|\b[45]\d\d[ -]#?[45]\.\d\.\d|\b5[0-7]\d[ -]\D|delivery errors?|failed recipient|recipient\w* (?:failed|rejected)|unreachable"
    r"|не (?:может|могло|удалось)|nicht zugestellt|unzustellbar|配信|送信でき|エラー|退信|無法|无法|no se (?:pudo|ha podido)|pas pu|non remis|has been delayed|rejected|malformed address",
    re.IGNORECASE,
)
_ANSWERS = re.compile(
    r"out.of.(?:the.)?office|auto(?:matic)?[- ]?(?:repl|respon|answer)|vacation|abwesen|absence|on leave|away from",
    re.IGNORECASE,
)
_RECEIPT = frozenset({"message/disposition-notification", "message/global-disposition-notification"})
_COMPLAINT = "message/feedback-report"


def recognise(raw: bytes) -> Report | None:
    """None for what is no bounce: ordinary mail, answers by machines, receipts (RFC 8098), complaints
    (RFC 5965), and reports of success. Never raises; reads at most the first 256 KiB."""
    letter = open_letter(raw)
    if _is_other_report(letter):
        return None
    by_fields = delivery_status.recipients(letter)
    if by_fields:
        named = [_enriched(one, letter) for one in by_fields]
        return _report(letter, named, "RFC 3464")
    if by_fields is not None and not letter.fields.get("x-failed-recipients") and letter.statuses:
        return None  # all was well
    if _looks_like_one(letter) and (by_words := told.recipients(letter)):
        return _report(letter, by_words, "words")
    if _may_be_one(letter) and (others := known_formats.recipients(raw, letter)):
        return _report(letter, others, "flufl.bounce")
    return None


def _is_other_report(letter: Letter) -> bool:
    kinds = frozenset(part.media_type for part in letter.parts)
    report_type = letter.fields.get("content-type").lower()
    if (
        _COMPLAINT in kinds
        or kinds & _RECEIPT
        or re.search(r"report-type\W+(?:feedback|disposition)", report_type)
    ):
        return True
    return bool(_ANSWERS.search(letter.subject)) and not letter.statuses


def _looks_like_one(letter: Letter) -> bool:
    """Sent by a machine, and about a failure."""
    fields = letter.fields
    if fields.get("x-failed-recipients"):
        return True
    from_daemon = bool(_DAEMON.search(letter.sender))
    null_path = fields.of("return-path") and fields.get("return-path").strip() in ("", "<>")
    is_report = "report-type=delivery-status" in fields.get("content-type").lower().replace('"', "")
    generated = bool(fields.get("auto-submitted")) or "reply@" in letter.sender
    subject, text = bool(_SUBJECT.search(letter.subject)), bool(_FAILURE.search(letter.text))
    if _answers(letter):
        return bool(_ROBOT.search(letter.sender) or told.SAYS_ALL.search(letter.text)) and text
    if from_daemon or is_report:
        return subject or text
    return bool(null_path or generated) and text and (subject or letter.has_returned)


def _answers(letter: Letter) -> bool:
    """Machines that answer say so (RFC 3834 section 5): a person's, or the mailbox of one."""
    return letter.fields.get("auto-submitted").lower().startswith("auto-replied")


def _may_be_one(letter: Letter) -> bool:
    """By what it is called, and by nobody's being answered: people quote bounces to each other."""
    answers = letter.fields.of("in-reply-to", "references")
    return not answers and bool(_SUBJECT.search(letter.subject) or _DAEMON.search(letter.sender))


def _enriched(one: Bounced, letter: Letter) -> Bounced:
    """With the notification's words where the fields say little."""
    if len(one.diagnostic) > 12:
        return one
    words = told.reason_for(one.address, letter.text.split("\n")[: told.MOST_LINES])
    return replace(one, diagnostic=f"{one.diagnostic}\n{words}".strip())


def _report(letter: Letter, bounced: list[Bounced], found_by: str) -> Report:
    groups = delivery_status.groups(letter)
    told_of = {name: value for fields in groups for name, value in fields.all}
    reporter = told_of.get("reporting-mta", "").rpartition(";")[2].strip()
    sender = first_address(letter.sender) or ""
    return Report(
        bounced=tuple(bounced),
        envelope_id=told_of.get("original-envelope-id") or None,
        message_ids=letter.returned_ids,
        reporter=reporter or sender.rpartition("@")[2] or None,
        found_by=found_by,
    )
