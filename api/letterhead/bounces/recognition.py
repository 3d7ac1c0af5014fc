"""Whether a message is a bounce, and of what: several readings joined, the most reliable first."""

import re
from dataclasses import replace

from letterhead.bounces import delivery_status, known_formats, told, words
from letterhead.bounces.addresses import first_address
from letterhead.bounces.letter import Letter, open_letter
from letterhead.bounces.report import Bounced, Report

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
    said = re.search(
        r"report-type\W+(feedback|disposition)", letter.fields.get("content-type"), re.IGNORECASE
    )
    if _COMPLAINT in kinds or (said and said[1].lower() == "feedback"):
        return True
    if kinds & _RECEIPT or said:
        return not _refuses(letter)
    return bool(words.OF_ANSWERS.search(letter.subject)) and not letter.statuses


def _refuses(letter: Letter) -> bool:
    """A receipt can say that the mailbox's filter refused the message (RFC 5429 section 2.1.2)."""
    rejected = "(rejected)" in letter.fields.get("auto-submitted").lower()
    return rejected and any("; deleted" in part.text for part in letter.parts if part.media_type in _RECEIPT)


def _looks_like_one(letter: Letter) -> bool:
    """Sent by a machine, and about a failure."""
    fields = letter.fields
    if fields.get("x-failed-recipients"):
        return True
    from_daemon = bool(words.BY_DAEMON.search(letter.sender))
    null_path = fields.of("return-path") and fields.get("return-path").strip() in ("", "<>")
    is_report = "report-type=delivery-status" in fields.get("content-type").lower().replace('"', "")
    generated = bool(fields.get("auto-submitted")) or "reply@" in letter.sender
    subject, text = (
        bool(words.OF_FAILURE.search(letter.subject)),
        bool(words.TELLS_FAILURE.search(letter.text)),
    )
    if _answers(letter):
        return bool(words.BY_ROBOT.search(letter.sender) or told.SAYS_ALL.search(letter.text)) and text
    if from_daemon or is_report:
        return subject or text
    return bool(null_path or generated) and text and (subject or letter.has_returned)


def _answers(letter: Letter) -> bool:
    """Machines that answer say so (RFC 3834 section 5): a person's, or the mailbox of one."""
    return letter.fields.get("auto-submitted").lower().startswith("auto-replied")


def _may_be_one(letter: Letter) -> bool:
    """By what it is called, and by nobody's being answered: people quote bounces to each other."""
    answers = letter.fields.of("in-reply-to", "references")
    return not answers and bool(
        words.OF_FAILURE.search(letter.subject) or words.BY_DAEMON.search(letter.sender)
    )


def _enriched(one: Bounced, letter: Letter) -> Bounced:
    """With the notification's words where the fields say little."""
    if len(one.diagnostic) > 12:
        return one
    said = told.reason_for(one.address, letter.text.split("\n")[: told.MOST_LINES])
    return replace(one, diagnostic=f"{one.diagnostic}\n{said}".strip())


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
