"""Whether a synchronisation can be taken as it is, and all that is wrong with it if not."""

from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from email_validator import EmailNotValidError, validate_email

from letterhead.directory.rules import DirectorySync, EmployeeEntry, GroupEntry, ProjectEntry, is_plain
from letterhead.errors import Problem, ProblemCode, Refused

MOST_CHARACTERS = 200
MOST_PROBLEMS = 50

E = TypeVar("E", EmployeeEntry, GroupEntry, ProjectEntry)


def checked(command: DirectorySync) -> DirectorySync:
    """The same with names trimmed and domains as A-labels. Raises Refused with up to 50 problems."""
    problems: list[Problem] = []
    checked = replace(
        command,
        employees=_with_addresses(_entries("employees", command.employees, problems), problems),
        groups=_entries("groups", command.groups, problems),
        projects=_entries("projects", command.projects, problems),
    )
    if problems:
        raise Refused(*problems[:MOST_PROBLEMS])
    return checked


def refuse_unknown_members(groups: Sequence[GroupEntry], known: Container[str]) -> None:
    """Raises Refused when a group has a member that is nobody's external id."""
    problems = list(islice(_unknown_members(groups, known), MOST_PROBLEMS))
    if problems:
        raise Refused(*problems)


def _entries(kind: str, entries: Sequence[E] | None, problems: list[Problem]) -> list[E] | None:
    if entries is None:
        return None
    times = Counter(entry.external_id for entry in entries)
    for number, entry in enumerate(entries):
        path: tuple[str, ...] = (kind, str(number))
        problems.extend(_text(entry.external_id, (*path, "externalId")))
        problems.extend(_text(entry.name, (*path, "name")))
        if times[entry.external_id] > 1:
            message = "Another entry has the same externalId."
            problems.append(Problem(ProblemCode.INVALID, message, (*path, "externalId")))
    return [replace(entry, name=entry.name.strip()) for entry in entries]


def _text(text: str, path: tuple[str, ...]) -> Iterator[Problem]:
    if not text.strip():
        yield Problem(ProblemCode.REQUIRED, "This is empty.", path)
    elif len(text) > MOST_CHARACTERS:
        yield Problem(ProblemCode.INVALID, f"This has more than {MOST_CHARACTERS} characters.", path)
    elif not is_plain(text):
        yield Problem(ProblemCode.INVALID, "There are control characters in this.", path)


def _with_addresses(
    employees: list[EmployeeEntry] | None, problems: list[Problem]
) -> list[EmployeeEntry] | None:
    if employees is None:
        return None
    return [
        replace(employee, address=_address(employee.address, ("employees", str(number), "address"), problems))
        for number, employee in enumerate(employees)
    ]


def _address(address: str | None, path: tuple[str, ...], problems: list[Problem]) -> str | None:
    if address is None:
        return None
    try:
        valid = validate_email(address, check_deliverability=False)
    except EmailNotValidError as exc:
        problems.append(Problem(ProblemCode.INVALID, f"This is not an email address: {exc}", path))
        return None
    return f"{valid.local_part}@{valid.ascii_domain}"


def _unknown_members(groups: Sequence[GroupEntry], known: Container[str]) -> Iterator[Problem]:
    for number, group in enumerate(groups):
        for place, member in enumerate(group.member_external_ids):
            if member not in known:
                path = ("groups", str(number), "memberExternalIds", str(place))
                yield Problem(ProblemCode.NOT_FOUND, "There is no employee with this externalId.", path)
