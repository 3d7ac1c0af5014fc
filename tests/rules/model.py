"""The rules of senders told once more, literally and slowly, with nothing taken from the product."""

from dataclasses import dataclass, field

from rules.steps import GROUPS, PEOPLE, PROJECTS, Wish

Place = str | None
NO_WISH = Wish()


@dataclass
class Account:
    """``turn``: the order of creation among those of one position. ``troubled``: a problem is noted.
    ``alias``: a mailbox, which cannot be written from where ``refused``."""

    number: int
    owner: str | None
    mailbox: str
    alias: str | None
    refused: bool
    open_to_all: bool
    people: set[str]
    groups: set[str]
    everywhere: bool
    projects: set[str]
    position: int
    status: str
    troubled: bool = False
    secret: bool = True
    version: int = 1

    @property
    def serves(self) -> bool:
        return self.status != "DISABLED"

    @property
    def addresses(self) -> list[str]:
        return [self.mailbox] + ([self.alias] if self.alias and not self.refused else [])


@dataclass
class Letter:
    """A message. ``account``, ``project``: None when they are gone. ``state``: LATER, WAITING, HELD or SENT.
    ``due``: its time has come."""

    number: int
    author: str
    project: Place
    account: int | None
    mailbox: str
    rule: str
    state: str = "LATER"
    due: bool = False

    @property
    def is_open(self) -> bool:
        return self.state in ("LATER", "WAITING")


@dataclass
class Firm:
    """``people``: those who ever were, and whether they are there."""

    people: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(PEOPLE, True))
    groups: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in GROUPS})
    projects: set[str] = field(default_factory=lambda: set(PROJECTS))
    accounts: dict[int, Account] = field(default_factory=dict)
    letters: list[Letter] = field(default_factory=list)
    connected: int = 0
    project_first: bool = False
    take_next: bool = False

    @property
    def present(self) -> list[str]:
        return sorted(name for name, there in self.people.items() if there)

    @property
    def places(self) -> list[Place]:
        return [None, *sorted(self.projects)]


def may_use(firm: Firm, account: Account, person: str) -> bool:
    if account.owner is not None:
        return account.owner == person
    in_groups = set().union(*(firm.groups[group] for group in account.groups))
    return account.open_to_all or person in account.people | in_groups


def serves_in(account: Account, place: Place) -> bool:
    return account.everywhere or (place is not None and place in account.projects)


def why_not(firm: Firm, account: Account, person: str, place: Place) -> str | None:
    if not account.serves:
        return "DISABLED"
    if account.owner not in (None, person):
        return "OTHER_EMPLOYEE"
    if not may_use(firm, account, person):
        return "NO_ACCESS"
    return None if serves_in(account, place) else "OTHER_PROJECT"


def rule_of(account: Account) -> str:
    level = "COMPANY" if account.owner is None else "EMPLOYEE"
    return f"{level}_{'UNLINKED' if account.everywhere else 'PROJECT'}"


def line_up(firm: Firm, person: str, place: Place) -> list[Account]:
    line = [one for one in firm.accounts.values() if why_not(firm, one, person, place) is None]
    line.sort(key=lambda account: (account.position, account.number))
    for is_later in (_is_companys, _is_unlinked) if firm.project_first else (_is_unlinked, _is_companys):
        line.sort(key=is_later)
    return line


def _is_companys(account: Account) -> bool:
    return account.owner is None


def _is_unlinked(account: Account) -> bool:
    return account.everywhere


@dataclass(frozen=True)
class Choice:
    account: int
    mailbox: str
    rule: str
    ready: bool


def choices(firm: Firm, person: str, place: Place) -> list[Choice]:
    return [
        Choice(account.number, mailbox, rule_of(account), account.status == "READY")
        for account in line_up(firm, person, place)
        for mailbox in account.addresses
    ]


def resolve(firm: Firm, person: str, place: Place, wish: Wish) -> Choice | str:
    """The choice, or the reason why there is none."""
    every = choices(firm, person, place)
    if wish.account is not None or wish.alias is not None:
        for one in every:
            own = firm.accounts[one.account].mailbox
            if wish.account in (None, one.account) and one.mailbox == (wish.alias or own):
                return Choice(one.account, one.mailbox, "CHOSEN", one.ready)
        return "CHOICE_NOT_AVAILABLE"
    for one in every:
        if one.mailbox == wish.answering:
            return Choice(one.account, one.mailbox, "REPLY", one.ready)
    own = [one for one in every if one.mailbox == firm.accounts[one.account].mailbox]
    if own:
        ready = [one for one in own if one.ready]
        return ready[0] if firm.take_next and ready else own[0]
    known = any(account.owner in (None, person) for account in firm.accounts.values())
    return "NONE_AVAILABLE_HERE" if known else "NO_ACCOUNTS"


def offered(firm: Firm, person: str, place: Place) -> list[Choice]:
    """The default first."""
    every, default = choices(firm, person, place), resolve(firm, person, place, Wish())
    if isinstance(default, str):
        return every
    return [default, *(one for one in every if one != default)]


def excluded(firm: Firm, person: str, place: Place, *, everything: bool) -> list[tuple[int, str]]:
    """Accounts and reasons; among them those of which an alias cannot be chosen."""
    found = []
    for account in sorted(firm.accounts.values(), key=lambda one: (one.position, one.number)):
        if everything or may_use(firm, account, person):
            reason = why_not(firm, account, person, place)
            if reason or (account.alias and account.refused):
                found.append((account.number, reason or "REFUSED_AS_SENDER"))
    return found


def visible(firm: Firm, person: str) -> list[int]:
    return [account.number for account in firm.accounts.values() if may_use(firm, account, person)]


def warned(firm: Firm) -> set[tuple[str, int | str | None]]:
    """Codes, each with an account's number, a project's name, or None."""
    serving = [account for account in firm.accounts.values() if account.serves]
    found: set[tuple[str, int | str | None]] = set()
    if not any(account.owner is None and account.everywhere for account in serving):
        found.add(("NO_UNLINKED_ADDRESS", None))
    found |= {("PROJECT_WITHOUT_SENDER", place) for place in firm.projects if gaps(firm, place)}
    for account in serving:
        if not any(may_use(firm, account, person) for person in firm.present):
            found.add(("NOBODY_HAS_ACCESS", account.number))
        if account.status == "PAUSED":
            found.add(("ACCOUNT_PAUSED", account.number))
    return found


def gaps(firm: Firm, place: Place) -> list[str]:
    return [person for person in firm.present if not line_up(firm, person, place)]


def writes_from(firm: Firm, number: int) -> set[str]:
    """Who can write from it somewhere."""
    account = firm.accounts.get(number)
    if account is None:
        return set()
    anywhere = account.everywhere or bool(account.projects)
    return {
        person for person in firm.present if account.serves and anywhere and may_use(firm, account, person)
    }


def may_leave(firm: Firm, letter: Letter) -> bool:
    account = firm.accounts.get(letter.account) if letter.account is not None else None
    return (
        account is not None
        and firm.people.get(letter.author, False)
        and why_not(firm, account, letter.author, letter.project) is None
        and letter.mailbox in account.addresses
    )


def decide(firm: Firm, letter: Letter) -> str:
    """What becomes of a message whose time has come."""
    if not may_leave(firm, letter):
        return "HELD"
    assert letter.account is not None
    return "SENT" if firm.accounts[letter.account].status == "READY" else "WAITING"
