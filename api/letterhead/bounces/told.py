"""Bounces in words: what servers wrote before, or instead of, RFC 3464."""

import re
from collections.abc import Callable, Collection, Iterator

from letterhead.bounces.addresses import ADDRESS, addresses_in, is_machine, key_of, tidied
from letterhead.bounces.letter import Letter
from letterhead.bounces.report import Action, Bounced

MOST_RECIPIENTS = 100
MOST_LINES = 400
MOST_OF_A_REASON = 15
LONGEST_REASON = 1500

_HEADING = re.compile(
    rf"^[\s>*•\-\"'<(\[]{{0,20}}(?:\d{{3}}[ -](?:\d\.\d\.\d )?<?)?(?:smtp[:;])?(?:mailto:)?(?:{ADDRESS}\s{{0,5}}<(?={ADDRESS}>))?"
    rf"({ADDRESS})[>\"')\]]{{0,3}}\s{{0,5}}"
    r"(?:$|[:;,(\[<]|\.{2,3}|-{1,2}\s|(?:on|reason|failed|unknown|error|could|was|is|does)\b)",
    re.IGNORECASE,
)
_IN_DIALOGUE = re.compile(rf"\bRCPT\s{{1,3}}TO\s{{0,3}}:\s{{0,3}}<?({ADDRESS})>?", re.IGNORECASE)
_LABELLED = re.compile(
    r"(?:\b(?:recipients?|to|for|user|address(?:ee)?|mailbox|account|e-?mail|destinatario|destinataire"
    r"|empf\w{1,6}nger)|宛先|收件人|получател\w{1,3})(?:\s(?:address|name|is|of))?[\s:\-–=\"'<(\[]"
    rf"[\s:\-–=\"'<(\[]{{0,8}}({ADDRESS})",
    re.IGNORECASE,
)
_DELAY = re.compile(
    r"\bdelay(?:ed)?\b|will (?:be )?(?:keep |continue |re)?(?:try|tried|trying|attempt)|still (?:trying|being)"
    r"|not yet been delivered|warning(?: only)?\b|no action is required|could not send (?:mail|message) for"
    r"|temporar(?:y|ily) (?:problem|unable|fail)|queued for (?:further|another)|retr(?:y|ied) (?:until|for)",
    re.IGNORECASE,
)
_GIVEN_UP = re.compile(
    r"permanent|fatal|giv(?:en|ing) up|not (?:be )?(?:going to )?(?:re-?)?(?:try|tried|retried)(?: again)?|undeliverable"
    r"|too long|could not be delivered|returned|will not be",
    re.IGNORECASE,
)
SAYS_ALL = re.compile(r"[45]\d\d[ -]|[45]\.\d{1,3}\.\d{1,3}")

_OF_COURSE = re.compile(
    r"created automatically|automatically generated|^\W*a message (?:that you sent|is delayed|sent by)"
    r"|one or more of (?:its|the)|^\W*this is (?:a permanent|the mail|the .{0,40}program|a mime|an auto)"
    r"|following (?:address|recipient)|address\(?es\)? failed|not reply|i'?m sorry|^\W*(?:please|hi|hello|dear)\b"
    r"|attached|enclosed|transcript of|multi-?part|mime|portions of this|original message|permanent fatal errors"
    r"|list of recipients|below is a copy|<<<\W*$|^\W*received:|no action is|do not need to resend",
    re.IGNORECASE,
)
"""Lines that say no reason, though words in them could be taken for one."""

_QUEUED_TOO_LONG = re.compile(
    r"(?<=\S)\s*I'?m not going to try again[;.,]\s*this\s+message\s+has\s+been\s+in\s+the\s+queue\s+too\s+long\.?",
    re.IGNORECASE,
)
"""qmail adds it to the last reason it had."""

_STATUS_BEHIND = ((re.compile(r"https?://groups\.google\.com/support\b"), "5.7.2"),)
"""Links that say the same in every language that their service writes in: Google Groups lets nobody know
whether a group does not exist or may not be written to by everybody."""

Way = Callable[[Letter, list[str]], Iterator[str]]


def recipients(letter: Letter) -> list[Bounced]:
    """Whom the text says it did not reach, by the first way of saying so that names anybody."""
    lines = letter.text.split("\n")[:MOST_LINES]
    for way in _WAYS:
        if named := _others(way(letter, lines), letter):
            action = action_told(letter)
            status = next((status for link, status in _STATUS_BEHIND if link.search(letter.text)), None)
            return [
                Bounced(address=one, action=action, status=status, diagnostic=reason_for(one, lines, named))
                for one in named[:MOST_RECIPIENTS]
            ]
    return []


def action_told(letter: Letter) -> Action:
    """DELAYED only where nothing says that it was given up."""
    subject, text = letter.subject, letter.text[:4000]
    if re.search(r"\bdelay|\bwarning", subject, re.IGNORECASE):
        return Action.DELAYED
    return Action.DELAYED if _DELAY.search(text) and not _GIVEN_UP.search(subject + text) else Action.FAILED


def reason_for(address: str, lines: list[str], others: Collection[str] = ()) -> str:
    """What is said about the recipient: from the line that names it on, or all that is said."""
    at = next((at for at, line in enumerate(lines) if address.casefold() in line.casefold()), None)
    about = _about(address, lines, at, others) if at is not None else []
    if not any(SAYS_ALL.search(line) for line in about):
        coded = [line for line in lines if SAYS_ALL.search(line)]
        about = [*about, *coded[:3]] if coded else lines
    said = (line.strip() for line in about if not _OF_COURSE.search(line))
    return _QUEUED_TOO_LONG.sub("", "\n".join(line for line in said if line))[:LONGEST_REASON]


def _about(address: str, lines: list[str], at: int, others: Collection[str]) -> list[str]:
    told, blanks = [lines[at]], 0
    for line in lines[at + 1 : at + MOST_OF_A_REASON]:
        heading = _HEADING.match(line)
        blanks += not line.strip()
        if blanks > 1 or (heading and key_of(heading[1]) != key_of(address)):
            break
        if any(other != address and other in line for other in others):
            break
        told.append(line)
    return told


def _others(named: Iterator[str], letter: Letter) -> list[str]:
    """Each once, without the sender's own addresses, unless it wrote to itself."""
    found = list(dict.fromkeys(one for one in map(tidied, named) if one))
    keys = {key_of(one): one for one in reversed(found)}
    kept = [one for one in found if keys[key_of(one)] == one]
    others = [one for one in kept if key_of(one) not in letter.own and not is_machine(one)]
    known = frozenset(map(key_of, letter.recipients_of_returned))
    return others or [one for one in kept if key_of(one) in known]


def _by_header(letter: Letter, lines: list[str]) -> Iterator[str]:
    """Exim's, which others took over."""
    for value in letter.fields.of("x-failed-recipients", "x-failed-recipient"):
        yield from addresses_in(value)


def _by_heading(letter: Letter, lines: list[str]) -> Iterator[str]:
    """A line that begins with the address: sendmail, Postfix, qmail, Exim, Exchange, Notes and many more."""
    return (match[1] for line in lines if (match := _HEADING.match(line)))


def _by_dialogue(letter: Letter, lines: list[str]) -> Iterator[str]:
    return (match[1] for line in lines for match in _IN_DIALOGUE.finditer(line))


def _by_label(letter: Letter, lines: list[str]) -> Iterator[str]:
    return (match[1] for line in lines for match in _LABELLED.finditer(line))


def _by_returned(letter: Letter, lines: list[str]) -> Iterator[str]:
    """Whoever is named both in the text and as a recipient of the message."""
    named = frozenset(map(key_of, addresses_in(letter.text)))
    return (one for one in letter.recipients_of_returned if key_of(one) in named)


def _by_name(letter: Letter, lines: list[str]) -> Iterator[str]:
    return iter(addresses_in(letter.text))


def _by_being_alone(letter: Letter, lines: list[str]) -> Iterator[str]:
    """The text names nobody, and the message went to one only."""
    recipients = letter.recipients_of_returned
    return iter(recipients if len(recipients) == 1 else ())


_WAYS: tuple[Way, ...] = (
    _by_header,
    _by_heading,
    _by_dialogue,
    _by_returned,
    _by_label,
    _by_name,
    _by_being_alone,
)
