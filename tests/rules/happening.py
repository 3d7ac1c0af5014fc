"""What each step does to a firm, by the rules."""

from dataclasses import dataclass, field

from rules import model
from rules.model import Account, Firm, Letter
from rules.steps import Change, Connect, Foresee, Sync, To


@dataclass
class Counts:
    created: int = 0
    updated: int = 0
    removed: int = 0
    accountsDisabled: int = 0  # noqa: N815 - as the schema says it
    accountsNarrowed: int = 0  # noqa: N815
    messagesHeld: int = 0  # noqa: N815
    tokensRevoked: int = 0  # noqa: N815
    errors: list[object] = field(default_factory=list)


def connect(firm: Firm, step: Connect) -> Account:
    account = Account(
        number=firm.connected,
        owner=step.owner,
        mailbox=step.mailbox,
        alias=step.alias if step.alias != step.mailbox else None,
        refused=step.refused,
        open_to_all=True,
        people=set(),
        groups=set(),
        everywhere=True,
        projects=set(),
        position=step.position,
        status=step.status,
        troubled=step.status == "PAUSED",
        secret=step.status != "NEEDS_CREDENTIAL",
    )
    if step.owner is None:
        give(firm, account, step.access)
    put(firm, account, step.scope)
    firm.connected += 1
    firm.accounts[account.number] = account
    return account


def give(firm: Firm, account: Account, to: To) -> None:
    account.open_to_all = to.all
    account.people = set(to.people) & set(firm.present)
    account.groups = set(to.groups) & firm.groups.keys()


def put(firm: Firm, account: Account, to: To) -> None:
    account.everywhere = to.all
    account.projects = set(to.projects) & firm.projects


def change(firm: Firm, step: Change) -> None:
    account = firm.accounts[step.account]
    match step.kind:
        case "ACCESS":
            give(firm, account, step.to)
        case "SCOPE":
            put(firm, account, step.to)
        case "DELETE":
            return delete(firm, step.account)
        case on_or_off:
            if account.serves == (on_or_off == "ON"):
                return None
            switch(account, on=on_or_off == "ON")
    account.version += 1
    settle(firm)
    return None


def switch(account: Account, *, on: bool) -> None:
    if not on:
        account.status = "DISABLED"
    elif not account.serves:
        ready = "PAUSED" if account.troubled else "READY"
        account.status = ready if account.secret else "NEEDS_CREDENTIAL"


def delete(firm: Firm, number: int) -> None:
    del firm.accounts[number]
    for letter in firm.letters:
        if letter.account == number:
            letter.account = None
    settle(firm)


def foreseen(firm: Firm, step: Foresee) -> None:
    account = firm.accounts[step.account]
    if step.access is not None:
        give(firm, account, step.access)
    if step.scope is not None:
        put(firm, account, step.scope)
    if step.on is not None:
        switch(account, on=step.on)
    if step.deleted:
        del firm.accounts[step.account]


def move(firm: Firm, number: int, wanted: int) -> None:
    moved = firm.accounts[number]
    others = [one for one in firm.accounts.values() if one.owner == moved.owner and one is not moved]
    others.sort(key=lambda one: (one.position, one.number))
    others.insert(wanted, moved)
    for place, account in enumerate(others):
        account.position = place
    moved.version += 1


def stop(firm: Firm, number: int, status: str) -> None:
    account = firm.accounts[number]
    account.troubled = account.troubled or status == "PAUSED"
    account.secret = account.secret and status != "NEEDS_CREDENTIAL"
    if account.serves:
        account.status = status


def mend(firm: Firm, number: int) -> None:
    account = firm.accounts[number]
    account.troubled, account.secret = False, True
    if account.serves:
        account.status = "READY"
    settle(firm)


def settle(firm: Firm) -> None:
    """What is due is decided again, as often as something changes."""
    for letter in firm.letters:
        if letter.due and letter.is_open:
            letter.state = model.decide(firm, letter)


def hold_those_of(firm: Firm, gone: set[str]) -> int:
    held = [
        letter
        for letter in firm.letters
        if letter.is_open and letter.author in gone and letter.account is not None
    ]
    for letter in held:
        letter.state = "HELD"
    return len(held)


def sync(firm: Firm, step: Sync) -> Counts:
    counts, before = Counts(), _named(firm)
    gone: set[str] = set()
    if step.people is not None:
        counts.created += len(step.people - firm.people.keys())
        counts.updated += len([one for one in step.people if not firm.people.get(one, True)])
        gone = set(firm.present) - step.people if step.remove_missing else set()
        firm.people |= dict.fromkeys(step.people, True) | dict.fromkeys(gone, False)
    if step.groups is not None:
        _sync_groups(firm, step, counts)
    if step.projects is not None:
        counts.created += len(step.projects - firm.projects)
        lost = firm.projects - step.projects if step.remove_missing else set()
        counts.removed += len(lost)
        firm.projects = (firm.projects | step.projects) - lost
        _forget_projects(firm, lost)
    counts.removed += len(gone)
    _farewell(firm, gone, counts)
    counts.accountsNarrowed = sum(_named(firm)[number] != names for number, names in before.items())
    settle(firm)
    return counts


def members(firm: Firm, step: Sync) -> dict[str, set[str]]:
    """Of each group that is given: those who will be there."""
    there = set(firm.present) | (step.people or set())
    if step.people is not None and step.remove_missing:
        there = set(step.people)
    return {group: set(people) & there for group, people in step.groups or ()}


def _sync_groups(firm: Firm, step: Sync, counts: Counts) -> None:
    given = members(firm, step)
    counts.created += len(given.keys() - firm.groups.keys())
    counts.updated += sum(firm.groups.get(group, people) != people for group, people in given.items())
    lost = firm.groups.keys() - given.keys() if step.remove_missing else set()
    counts.removed += len(lost)
    firm.groups = {name: people for name, people in (firm.groups | given).items() if name not in lost}
    for account in firm.accounts.values():
        account.groups -= lost


def _forget_projects(firm: Firm, lost: set[str]) -> None:
    for account in firm.accounts.values():
        account.projects -= lost
    for letter in firm.letters:
        letter.project = None if letter.project in lost else letter.project


def _farewell(firm: Firm, gone: set[str], counts: Counts) -> None:
    counts.tokensRevoked = len(gone)
    for people in firm.groups.values():
        people.difference_update(gone)
    for account in firm.accounts.values():
        account.people -= gone
        if account.owner in gone:
            counts.accountsDisabled += account.serves
            account.status, account.secret = "DISABLED", False
            account.version += 1
    counts.messagesHeld = hold_those_of(firm, gone)


def _named(firm: Firm) -> dict[int, tuple[frozenset[str], ...]]:
    return {
        number: (frozenset(one.people), frozenset(one.groups), frozenset(one.projects))
        for number, one in firm.accounts.items()
    }


def write(firm: Firm, author: str, project: str | None, choice: model.Choice) -> Letter:
    letter = Letter(
        number=len(firm.letters),
        author=author,
        project=project,
        account=choice.account,
        mailbox=choice.mailbox,
        rule=choice.rule,
    )
    firm.letters.append(letter)
    return letter
