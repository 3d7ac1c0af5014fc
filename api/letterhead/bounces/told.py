"""Bounces in words: what servers wrote before, or instead of, RFC 3464."""

import re
from collections.abc import Callable, Collection, Iterator

from letterhead.bounces import words
from letterhead.bounces.addresses import ADDRESS, addresses_in, is_machine, key_of, tidied
from letterhead.bounces.letter import Letter
from letterhead.bounces.report import Action, Bounced

MOST_RECIPIENTS = 100
MOST_LINES = 400
MOST_OF_A_REASON = 15
LONGEST_REASON = 1500

_HEADING = re.compile(
    r"^[\s>*•\-\"'<(\[]{0,20}(?:\d{3}[ -](?:\d\.\d\.\d )?<?)?(?:smtp[:;])?(?:mailto:)?"
    rf"(?:{ADDRESS}\s{{0,5}}<(?={ADDRESS}>))?"
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
SAYS_ALL = re.compile(r"[45]\d\d[ -]|[45]\.\d{1,3}\.\d{1,3}")

_FROM = re.compile(rf"\bfrom:?\s{{1,3}}[<\"']?{ADDRESS}", re.IGNORECASE)
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
    text = letter.text[:4000]
    if words.OF_DELAY.search(letter.subject):
        return Action.DELAYED
    goes_on = words.TELLS_DELAY.search(text) and not words.TELLS_END.search(letter.subject + text)
    return Action.DELAYED if goes_on else Action.FAILED


def reason_for(address: str, lines: list[str], others: Collection[str] = ()) -> str:
    """What is said about the recipient: from the line that names it on, or all that is said."""
    at = next((at for at, line in enumerate(lines) if address.casefold() in line.casefold()), None)
    about = _about(address, lines, at, others) if at is not None else []
    if not any(SAYS_ALL.search(line) for line in about):
        alone = all(other == address for other in others)
        coded = [line for line in lines if SAYS_ALL.search(line) and (alone or address in line)]
        about = [*about, *coded[:3]] if coded or not alone else lines
    said = (line.strip() for line in about if not words.NO_REASON.search(line))
    return words.QUEUED_TOO_LONG.sub("", "\n".join(line for line in said if line))[:LONGEST_REASON]


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
    """Not whoever it is from."""
    return iter(addresses_in(_FROM.sub(" ", letter.text)))


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
