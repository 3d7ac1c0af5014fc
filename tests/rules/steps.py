"""What can happen in a company, as plain data that prints as it is written.

Accounts and messages are meant by number, in the order in which they came: -1 is the latest, and a number
that is too high starts over; people, groups and projects by their names.
"""

from dataclasses import dataclass
from typing import TypeVar

from hypothesis import strategies as st

PEOPLE = ("ann", "ben", "cyd")
GROUPS = ("sales", "support")
PROJECTS = ("apollo", "boreas")
MAILBOXES = ("a", "b", "c")

T = TypeVar("T")
Names = frozenset[str]


@dataclass(frozen=True)
class To:
    """Who may write, or where: everybody and everywhere, or those named."""

    all: bool = True
    people: Names = frozenset()
    groups: Names = frozenset()
    projects: Names = frozenset()


@dataclass(frozen=True)
class Sync:
    """``groups``: with their members. None: that kind is left alone."""

    people: Names | None = None
    groups: tuple[tuple[str, Names], ...] | None = None
    projects: Names | None = None
    remove_missing: bool = True
    dry_run: bool = False


@dataclass(frozen=True)
class Connect:
    """``owner``: None for the company. ``alias``: another mailbox's address, or None; ``refused``: that one
    cannot be written from. ``status``: what became of it since."""

    owner: str | None
    mailbox: str
    alias: str | None = None
    refused: bool = False
    access: To = To()
    scope: To = To()
    position: int = 0
    status: str = "READY"


@dataclass(frozen=True)
class Stop:
    """As if its server had refused to sign in, or its secret had been lost."""

    account: int
    status: str


@dataclass(frozen=True)
class Mend:
    """It passes its test again."""

    account: int


@dataclass(frozen=True)
class SetPolicy:
    project_first: bool
    take_next: bool


@dataclass(frozen=True)
class Change:
    """Of one account; ``by``: a person, or None for the administrator. ``stale``: by a version that is past.

    ``kind``: ACCESS, SCOPE, ON, OFF or DELETE.
    """

    kind: str
    account: int
    to: To = To()
    by: str | None = None
    stale: bool = False


@dataclass(frozen=True)
class Foresee:
    """Several changes of an account at once, which are not made."""

    account: int
    access: To | None = None
    scope: To | None = None
    on: bool | None = None
    deleted: bool = False


@dataclass(frozen=True)
class Move:
    account: int
    position: int


@dataclass(frozen=True)
class Wish:
    """``account``: a number, -1 for one that there is not. ``alias``, ``answering``: mailboxes."""

    account: int | None = None
    alias: str | None = None
    answering: str | None = None


@dataclass(frozen=True)
class Ask:
    person: str
    project: str | None
    wish: Wish = Wish()


@dataclass(frozen=True)
class Write:
    """A message for later."""

    person: str
    project: str | None
    wish: Wish = Wish()


@dataclass(frozen=True)
class TimeComes:
    """It may leave now."""

    message: int


@dataclass(frozen=True)
class Retry:
    message: int


Step = Sync | Connect | Stop | Mend | SetPolicy | Change | Foresee | Move | Ask | Write | TimeComes | Retry


def some(names: tuple[str, ...]) -> st.SearchStrategy[Names]:
    return st.frozensets(st.sampled_from(names))


numbers = st.integers(-1, 2)
flags = st.booleans()
persons = st.sampled_from(PEOPLE)
places = st.none() | st.sampled_from(PROJECTS)
mailboxes = st.none() | st.sampled_from((*MAILBOXES, "nobody"))
stops = st.sampled_from(["PAUSED", "NEEDS_CREDENTIAL"])
whom = st.just(To()) | st.builds(To, st.just(False), some(PEOPLE), some(GROUPS))
where = st.just(To()) | st.builds(lambda names: To(False, projects=names), some(PROJECTS))
wishes = st.just(Wish()) | st.builds(Wish, st.none() | st.integers(-1, 3), mailboxes, mailboxes)
teams = st.lists(st.tuples(st.sampled_from(GROUPS), some(PEOPLE)), unique_by=lambda team: team[0]).map(tuple)

syncs = st.builds(Sync, st.none() | some(PEOPLE), st.none() | teams, st.none() | some(PROJECTS), flags, flags)
connections = st.builds(
    Connect,
    owner=st.none() | persons,
    mailbox=st.sampled_from(MAILBOXES),
    alias=st.none() | st.sampled_from(MAILBOXES),
    refused=flags,
    access=whom,
    scope=where,
    position=st.integers(0, 1),
    status=st.just("READY") | stops,
)
changes = st.builds(
    Change,
    st.sampled_from(["ACCESS", "ACCESS", "SCOPE", "SCOPE", "ON", "OFF", "DELETE"]),
    numbers,
    whom | where,
    st.none() | persons,
    st.sampled_from([False, False, True]),
)
foresights = st.builds(
    Foresee, numbers, st.none() | whom, st.none() | where, st.none() | flags, st.sampled_from([False, True])
)
writings = st.builds(Write, persons, places, wishes)
steps: st.SearchStrategy[Step] = st.one_of(
    connections,
    changes,
    syncs,
    foresights,
    writings,
    st.builds(TimeComes, numbers),
    st.builds(Retry, numbers),
    st.builds(Ask, persons, places, wishes),
    st.builds(Stop, numbers, stops),
    st.builds(Mend, numbers),
    st.builds(Move, numbers, st.integers(0, 3)),
    st.builds(SetPolicy, flags, flags),
)
surprises = changes | syncs | st.builds(Stop, numbers, stops)
regrets = changes | syncs | st.builds(Mend, numbers)
letters: st.SearchStrategy[tuple[Step, ...]] = st.tuples(
    writings, surprises, st.just(TimeComes(-1)), regrets, st.just(Retry(-1))
)


@st.composite
def stories(draw: st.DrawFn, most: int) -> list[Step]:
    """It begins with addresses, and tells of letters among the rest, or little would happen."""
    start = draw(st.lists(connections, min_size=1, max_size=3))
    chapters = draw(st.lists(st.tuples(steps) | letters, min_size=1, max_size=most))
    return [*start, *(step for chapter in chapters for step in chapter)]
