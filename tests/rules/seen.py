"""What each of those who may ask is shown, compared with what is on paper."""

from typing import Any

from lab.product import Caller
from rules import asked, mail, model
from rules.model import Account
from rules.office import Office


async def check(office: Office) -> None:
    """For everybody."""
    await mail.check(office)
    await check_book(office)
    for person in office.firm.present:
        await check_senders(office, office.callers[person], person, everything=False)
        await check_senders(office, office.admin, person, everything=True)
    for name in (*office.callers, "admin"):
        await check_known(office, name)


async def check_for_one(office: Office, turn: int) -> None:
    """The administrator's view, and somebody else's by turns."""
    await mail.check(office)
    await check_book(office)
    if people := office.firm.present:
        person, everything = people[turn % len(people)], turn % 4 == 0
        caller = office.admin if everything else office.callers[person]
        await check_senders(office, caller, person, everything=everything)
    names = [*office.callers, "admin"]
    await check_known(office, names[turn % len(names)])


async def check_senders(office: Office, caller: Caller, person: str, *, everything: bool) -> None:
    firm = office.firm
    contexts = [office.context(person, place) for place in firm.places]
    given = {f"c{number}": context for number, context in enumerate(contexts)}
    found = await caller.ask(asked.senders(len(contexts)), **given)
    for number, place in enumerate(firm.places):
        resolved, page = found[f"r{number}"], found[f"a{number}"]
        nodes = page["nodes"]
        while page["pageInfo"]["hasNextPage"]:
            after = page["pageInfo"]["endCursor"]
            page = (await caller.ask(asked.MORE, **{"for": contexts[number], "after": after}))[
                "availableSenders"
            ]
            nodes += page["nodes"]
        decision, offered = (
            model.resolve(firm, person, place, model.NO_WISH),
            model.offered(firm, person, place),
        )
        assert mail.decided(office, resolved) == decision
        assert [mail.choice(office, node) for node in nodes] == offered
        if not isinstance(decision, str):
            shown = [(office.known(one["account"]), one["from"]) for one in resolved["candidates"]["nodes"]]
            assert shown == [(one.account, office.at(one.mailbox)) for one in offered]
        assert [
            (office.known(one["account"]), one["reason"]) for one in resolved["excluded"]["nodes"]
        ] == model.excluded(firm, person, place, everything=everything)
        assert all(one["explanation"] for one in resolved["excluded"]["nodes"])


def visible_to(office: Office, name: str) -> set[int]:
    if name in office.firm.people:
        return set(model.visible(office.firm, name))
    return set() if name == "tool" else set(office.firm.accounts)


async def check_known(office: Office, name: str) -> None:
    """Nobody is shown more by one way than by another."""
    firm, visible = office.firm, visible_to(office, name)
    caller = office.admin if name == "admin" else office.callers[name]
    numbers = list(office.accounts)
    answer = await caller.answer(
        asked.KNOWN, accounts=[office.accounts[one] for one in numbers], messages=office.letters
    )
    found, refused = answer["data"], answer.get("errors", [])
    assert [one["path"] for one in refused] == ([] if name == "admin" else [["company", "coverage"]])
    listed = office.all_known(found["emailAccounts"])
    assert (set(listed), len(listed)) == (visible, len(visible))
    assert {number for number, one in zip(numbers, found["accounts"], strict=True) if one} == visible
    for project in found["company"]["projects"]["nodes"]:
        linked = office.all_known(project["emailAccounts"])
        assert set(linked) == {
            number
            for number in visible
            if not firm.accounts[number].everywhere
            and office.known(project) in firm.accounts[number].projects
        }
    for employee in found["company"]["employees"]["nodes"]:
        own = office.all_known(employee["emailAccounts"])
        assert set(own) == {
            number for number in visible if firm.accounts[number].owner == office.known(employee)
        }
    for letter, node in zip(firm.letters, found["messages"], strict=True):
        if name in ("admin", letter.author):
            assert office.known(node["account"]) == (letter.account if letter.account in visible else None)
        else:
            assert node is None
    if name != "admin":
        assert (found["company"]["coverage"], found["company"]["warnings"]) == (None, [])


async def check_book(office: Office) -> None:
    """As the administrator sees it all."""
    firm = office.firm
    found = await office.admin.ask(asked.BOOK)
    assert {
        office.known(one): one for one in map(known_account(office), found["emailAccounts"]["nodes"])
    } == {number: on_paper(account, office) for number, account in firm.accounts.items()}
    assert office.told(found["company"]["warnings"]) == model.warned(firm)
    rows = found["company"]["coverage"]["nodes"]
    assert [office.known(row["project"]) for row in rows] == firm.places
    for row in rows:
        place = office.known(row["project"])
        assert isinstance(place, str | None)
        writers = {
            office.known(one["employee"]): one["sender"] and mail.choice(office, one["sender"])
            for one in row["people"]["nodes"]
        }
        decisions = {one: model.resolve(firm, one, place, model.NO_WISH) for one in firm.present}
        assert writers == {
            one: None if isinstance(decision, str) else decision for one, decision in decisions.items()
        }
        gaps = [office.known(one["employee"]) for one in row["gaps"]["nodes"]]
        assert (gaps, row["employeesWithoutSender"]) == (model.gaps(firm, place), len(gaps))


def known_account(office: Office) -> Any:
    def known(found: dict[str, Any]) -> dict[str, Any]:
        access, scope = found["access"], found["scope"]
        return {
            "id": found["id"],
            "address": found["address"],
            "status": found["status"],
            "version": found["version"],
            "position": found["position"],
            "access": (
                access["mode"],
                set(office.all_known(access["employees"])),
                set(office.all_known(access["groups"])),
            ),
            "scope": (scope["mode"], set(office.all_known(scope["projects"]))),
            "aliases": {one["address"]: one["proof"] == "REFUSED" for one in found["aliases"]},
        }

    return known


def on_paper(account: Account, office: Office) -> dict[str, Any]:
    return {
        "id": office.accounts[account.number],
        "address": office.at(account.mailbox),
        "status": account.status,
        "version": account.version,
        "position": account.position,
        "access": ("ALL" if account.open_to_all else "SELECTED", account.people, account.groups),
        "scope": ("ALL" if account.everywhere else "SELECTED", account.projects),
        "aliases": {office.at(account.alias): account.refused} if account.alias else {},
    }
