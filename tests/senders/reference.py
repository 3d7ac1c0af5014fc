"""The rules once more, slowly and literally, to compare with: sets that shrink step by step, then a queue
that is sorted once for each criterion, the weakest first."""

from dataclasses import dataclass

from senders.worlds import Account, Ask, World


@dataclass(frozen=True, kw_only=True)
class Line:
    """``why``: per account number, the reason it is out; the others stand in ``queue``."""

    queue: tuple[int, ...]
    why: dict[int, str]


def line_up(world: World, ask: Ask) -> Line:
    why: dict[int, str] = {}
    left = set(range(len(world.accounts)))
    for reason, goes in (
        ("DISABLED", lambda account: account.status == "DISABLED"),
        ("OTHER_EMPLOYEE", lambda account: account.owner not in (None, ask.person)),
        ("NO_ACCESS", lambda account: account.owner is None and not may_use(world, account, ask.person)),
        ("OTHER_PROJECT", lambda account: not serves(account, ask.project)),
    ):
        out = {number for number in left if goes(world.accounts[number])}
        why |= dict.fromkeys(out, reason)
        left -= out
    queue = sorted(left, key=lambda number: world.accounts[number].id_turn)
    queue.sort(key=lambda number: world.accounts[number].turn)
    queue.sort(key=lambda number: world.accounts[number].position)
    by_level = lambda number: world.accounts[number].owner is None  # noqa: E731 - two criteria, either first
    by_link = lambda number: world.accounts[number].for_all_projects  # noqa: E731
    for criterion in (by_level, by_link) if world.project_first else (by_link, by_level):
        queue.sort(key=criterion)
    return Line(queue=tuple(queue), why=why)


def may_use(world: World, account: Account, person: int) -> bool:
    people = set(account.people)
    for group in account.groups:
        people |= world.members[group]
    return account.open_to_all or person in people


def serves(account: Account, project: int | None) -> bool:
    return True if account.for_all_projects else project is not None and project in account.projects


def choices(world: World, ask: Ask) -> list[tuple[int, str]]:
    """Account numbers and addresses in the ordinary order."""
    found = []
    for number in line_up(world, ask).queue:
        account = world.accounts[number]
        found.append((number, account.address))
        found += [(number, address) for address, refused in account.aliases if not refused]
    return found


def resolve(world: World, ask: Ask) -> tuple[int, str, str] | str:
    """Account number, address and rule; or the reason why there is none."""
    every = choices(world, ask)
    if ask.account is not None or ask.alias is not None:
        named = [choice for choice in every if ask.account in (None, choice[0])]
        wanted = ask.alias and ask.alias.lower()
        fitting = [(n, a) for n, a in named if a == (wanted or world.accounts[n].address)]
        return (*fitting[0], "CHOSEN") if fitting else "CHOICE_NOT_AVAILABLE"
    for number, address in every:
        if ask.answering and address == ask.answering.lower():
            return number, address, "REPLY"
    queue = line_up(world, ask).queue
    if not queue:
        mine = [account for account in world.accounts if account.owner in (None, ask.person)]
        return "NONE_AVAILABLE_HERE" if mine else "NO_ACCOUNTS"
    first = queue[0]
    if world.take_next:
        first = next((number for number in queue if world.accounts[number].status == "READY"), first)
    account = world.accounts[first]
    level = "COMPANY" if account.owner is None else "EMPLOYEE"
    return first, account.address, f"{level}_{'UNLINKED' if account.for_all_projects else 'PROJECT'}"


def candidates(world: World, ask: Ask) -> list[tuple[int, str]]:
    """The default first, then the others in the ordinary order."""
    every, default = choices(world, ask), resolve(world, ask)
    if isinstance(default, str):
        return every
    return [default[:2], *(choice for choice in every if choice != default[:2])]


def excluded(world: World, ask: Ask, *, everything: bool) -> list[tuple[int, str | None, str]]:
    """Account number, alias and reason, by position, creation, id, alias."""
    why = line_up(world, ask).why
    found: list[tuple[int, str | None, str]] = []
    for number, account in enumerate(world.accounts):
        known = account.owner == ask.person or (account.owner is None and may_use(world, account, ask.person))
        if not (everything or known):
            continue
        if number in why:
            found.append((number, None, why[number]))
        else:
            found += [(number, alias, "REFUSED_AS_SENDER") for alias, refused in account.aliases if refused]
    order = {n: (a.position, a.turn, a.id_turn) for n, a in enumerate(world.accounts)}
    return sorted(found, key=lambda entry: order[entry[0]])
