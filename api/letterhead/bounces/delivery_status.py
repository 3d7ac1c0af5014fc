"""Delivery status notifications (RFC 3464, internationalised by RFC 6533)."""

import re
from collections.abc import Iterator

from letterhead.bounces.addresses import key_of, typed_address
from letterhead.bounces.letter import Letter
from letterhead.bounces.mime import Fields, read_fields
from letterhead.bounces.report import Action, Bounced

MOST_RECIPIENTS = 200
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_NAMES = frozenset({"final-recipient", "original-recipient"})
_NO_FAILURE = re.compile(r"deliver(?:ed|able)|relayed|expanded", re.IGNORECASE)
_STARTS = re.compile(
    r"^(?:final|original)-recipient[ \t]*:|^reporting-mta[ \t]*:", re.IGNORECASE | re.MULTILINE
)


def groups(letter: Letter) -> list[Fields]:
    """Per-message and per-recipient fields, also where a broken gateway made plain text of them."""
    texts = [part.text for part in letter.statuses]
    if not texts:
        texts = [part.text for part in letter.parts if _STARTS.search(part.text)][:1]
    found: list[Fields] = []
    for text in texts:
        for block in re.split(r"\n[ \t]*\n", text)[: MOST_RECIPIENTS * 2]:
            found += _apart(read_fields(block))
    return found


def _apart(fields: Fields) -> Iterator[Fields]:
    """AOL leaves out the empty lines between recipients, by which RFC 3464 section 2.1 tells them apart."""
    begun: list[tuple[str, str]] = []
    for name, value in fields.all:
        if name in _NAMES and name in (known for known, _ in begun):
            yield Fields(tuple(begun))
            begun = []
        begun.append((name, value))
    if begun:
        yield Fields(tuple(begun))


def recipients(letter: Letter) -> list[Bounced] | None:
    """Those that failed or are delayed. None where the message is no delivery status notification at all."""
    found, told = list[Bounced](), False
    for fields in _per_recipient(groups(letter)):
        address, original = _final(fields), typed_address(fields.get("original-recipient"))
        told = True
        if _NO_FAILURE.match(fields.get("action")) or fields.get("status").strip().startswith("2."):
            continue
        if address is None and original is None:
            continue
        found.append(_bounced(fields, address or original or "", original))
    return _merged(found) if told else None


def _per_recipient(found: list[Fields]) -> Iterator[Fields]:
    for at, fields in enumerate(found):
        if fields.of("final-recipient", "original-recipient", "x-actual-recipient"):
            following = found[at + 1] if at + 1 < len(found) else Fields()
            split = not fields.get("action") and not following.of("final-recipient", "original-recipient")
            yield Fields(fields.all + following.all) if split else fields


def _final(fields: Fields) -> str | None:
    actual = typed_address(fields.get("final-recipient"))
    return actual or typed_address(fields.get("x-actual-recipient"))


def _bounced(fields: Fields, address: str, original: str | None) -> Bounced:
    status = _STATUS.search(fields.get("status"))
    delayed = fields.get("action").strip().lower().startswith("delay")
    return Bounced(
        address=address,
        original=original if original and key_of(original) != key_of(address) else None,
        action=Action.DELAYED if delayed else Action.FAILED,
        status=status[0] if status else None,
        diagnostic=_words(fields.get("diagnostic-code")),
        remote=_words(fields.get("remote-mta")) or None,
    )


def _words(value: str) -> str:
    """Without the type before them: ``smtp; 550 …``."""
    return re.sub(r"^\s*[\w./-]{1,40}\s*;\s*", "", value).strip()


def _merged(found: list[Bounced]) -> list[Bounced]:
    """One for each address; a failure outweighs a delay, and one that says why one that does not."""
    best: dict[str, Bounced] = {}
    for one in found:
        known = best.get(key_of(one.address))
        if known is None or (known.action, bool(known.diagnostic)) == (Action.DELAYED, False):
            best[key_of(one.address)] = one
    return list(best.values())[:MOST_RECIPIENTS]
