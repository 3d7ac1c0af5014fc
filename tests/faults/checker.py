"""What must hold whatever happened, told from three sources: the database's rows, what the server saw on the
wire, and the attempts and audit entries.

A *doubt* is an attempt after which nobody knows whether the server took the message: its final dot may be
out, and the verdict was never read or never written down.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from faults.sink import Transaction
from letterhead.outbox.rules import DeliveryStatus, MessageStatus
from letterhead.store import models
from letterhead.store.database import as_id, as_json, select

MAY_HAVE_ARRIVED = "It may have been delivered"
NOT_THERE = {DeliveryStatus.QUEUED, DeliveryStatus.DEFERRED, DeliveryStatus.REFUSED, DeliveryStatus.EXPIRED}


@dataclass(frozen=True, kw_only=True)
class Book:
    """All that is written down about a message."""

    row: Any
    policy: str
    recipients: dict[str, str]
    attempts: Sequence[Any]
    audited: Counter[str]

    @property
    def doubts(self) -> int:
        return sum((one["diagnosis"] or {}).get("title") == MAY_HAVE_ARRIVED for one in self.attempts)


async def books() -> dict[str, Book]:
    """By Message-ID."""
    found = {}
    for row in await select("""SELECT m.*, c.when_uncertain FROM message m
                               JOIN company c ON c.id = m.company_id ORDER BY m.id"""):
        recipients = await select(
            "SELECT address, status FROM recipient WHERE company_id = $1 AND message_id = $2",
            as_id(row["company_id"]),
            as_id(row["id"]),
        )
        attempts = await select(
            "SELECT at, reply, diagnosis FROM delivery_attempt WHERE company_id = $1 AND message_id = $2",
            as_id(row["company_id"]),
            as_id(row["id"]),
        )
        audit = await models.AuditEntry.filter(subject_id=as_id(row["id"]))
        found[row["message_id"]] = Book(
            row=row,
            policy=row["when_uncertain"],
            recipients={one["address"]: one["status"] for one in recipients},
            attempts=[
                {"reply": as_json(one["reply"]), "diagnosis": as_json(one["diagnosis"])} for one in attempts
            ],
            audited=Counter(entry.action for entry in audit),
        )
    return found


async def check(accepted: Sequence[UUID], seen: Sequence[Transaction]) -> None:
    """``accepted``: the ids of all messages that were taken in. ``seen``: every transaction, in order."""
    kept = await books()
    wrong = (
        [] if {as_id(book.row["id"]) for book in kept.values()} == set(accepted) else ["messages are lost"]
    )
    for message_id, book in kept.items():
        of_it = [one for one in seen if one.whole is not None and one.message_id == message_id]
        wrong += [f"{message_id}: {what}" for what in _wrong(book, of_it)]
    strange = {one.message_id for one in seen if one.whole is not None} - kept.keys()
    wrong += [f"{message_id} was sent by nobody" for message_id in strange]
    assert not wrong, "\n".join(wrong)


def _wrong(book: Book, seen: Sequence[Transaction]) -> Iterator[str]:
    yield from _wrong_state(book)
    yield from _wrong_copies(book, [one for one in seen if not one.refused])
    yield from _wrong_attempts(book, seen)
    if len({one.content for one in seen}) > 1:
        yield "its copies differ"
    if book.audited["MESSAGE_SENT"] + book.audited["MESSAGE_SENT_FOR_OTHER"] != 1:
        yield f"the audit log says {dict(book.audited)}"


def _wrong_state(book: Book) -> Iterator[str]:
    """It has come to an end, or is due, or waits for a person; and nobody has it in hand."""
    row = book.row
    over = row["finished_at"] is not None and row["next_attempt_at"] is None
    due = row["finished_at"] is None and row["next_attempt_at"] is not None
    held = row["status"] == MessageStatus.HELD.value and row["held_because"] is not None
    if not (over or due or held):
        yield f"{row['status']} and neither over nor due"
    if row["lease_token"] or row["transmitting"] or row["status"] == MessageStatus.SENDING.value:
        yield "it is still in somebody's hand"


def _wrong_copies(book: Book, copies: Sequence[Transaction]) -> Iterator[str]:
    """The server has it for all whom we call accepted, and for nobody else without our saying so."""
    losses = book.row["uncertain_count"]
    for address, status in book.recipients.items():
        to_them = [one for one in copies if address in one.accepted]
        if status == DeliveryStatus.ACCEPTED.value and not any(one.verdict for one in to_them):
            yield f"{address} is {status}, but the server has never said so"
        if status in NOT_THERE and to_them:
            yield f"{address} is {status}, but the server has it"
        most = 1 if book.policy == "HOLD" else 1 + min(losses, 1)
        if len(to_them) > most:
            yield f"{address} got {len(to_them)} copies by {book.policy} after {losses} losses"


def _wrong_attempts(book: Book, seen: Sequence[Transaction]) -> Iterator[str]:
    """Each message that was wholly sent is an attempt, whoever was killed. One that was not has an attempt as
    well unless its recorder was killed before it wrote anything down; so these may be fewer than on the wire.
    """
    if len(book.attempts) != book.row["attempt_count"]:
        yield f"{book.row['attempt_count']} attempts are counted, and {len(book.attempts)} written down"
    if len(seen) > len(book.attempts):
        yield f"it was sent {len(seen)} times, and {len(book.attempts)} attempts are written down"
    if book.doubts != book.row["uncertain_count"]:
        yield f"{book.row['uncertain_count']} losses are counted, and {book.doubts} written down"
    taken = sum((one["reply"] or {}).get("code") == 250 for one in book.attempts)
    if taken > sum(one.verdict is not None and not one.refused for one in seen):
        yield f"{taken} attempts say that the server took it, which it did not"
    said = sum(one.verdict is not None for one in seen)
    if taken + book.doubts < said - sum(one.refused for one in seen):
        yield "a verdict was lost without a word"
