"""Why it is this address, in words for the person who writes."""

from dataclasses import dataclass

from letterhead.diagnosis.message import Message, told
from letterhead.senders.rules import (
    ExclusionReason,
    NoSenderReason,
    Owner,
    Precedence,
    ResolutionRule,
    Sender,
)


@dataclass(frozen=True, kw_only=True)
class Names:
    """``project``: None outside any project."""

    employee: str
    project: str | None = None

    @property
    def place(self) -> Message:
        if self.project is None:
            return told("outside any project")
        return told("in the project {project}", project=self.project)


def explain_sender(sender: Sender, names: Names, precedence: Precedence) -> Message:
    if sender.passed_over:
        return told(
            "{first} comes first but is not ready to send; the company chose to take the next address that "
            "is, and that is {next}.",
            first=sender.passed_over,
            next=sender.from_address,
        )
    why = _why(sender, names, precedence)
    if sender.ready:
        return why
    return told(
        "{why} It is not ready to send just now: a message waits until it is, or choose another.", why=why
    )


def _why(sender: Sender, names: Names, precedence: Precedence) -> Message:
    address = sender.from_address
    if sender.rule is ResolutionRule.CHOSEN:
        return told("{address} was chosen for this message.", address=address)
    if sender.rule is ResolutionRule.REPLY:
        return told("The contact wrote to {address}, so the answer comes from there.", address=address)
    if sender.owner is Owner.SELF:
        return _why_own(sender.rule, names, precedence)
    return _why_company(sender.rule, names, precedence)


def _why_own(rule: ResolutionRule, names: Names, precedence: Precedence) -> Message:
    employee, project = names.employee, names.project or ""
    match rule, precedence:
        case ResolutionRule.EMPLOYEE_PROJECT, Precedence.EMPLOYEE_FIRST:
            return told(
                "{employee}’s own address for the project {project} comes first: personal addresses take "
                "precedence, and of these the ones linked to the project.",
                employee=employee,
                project=project,
            )
        case ResolutionRule.EMPLOYEE_PROJECT, _:
            return told(
                "{employee}’s own address for the project {project} comes first: addresses linked to the "
                "project take precedence, and of these the personal ones.",
                employee=employee,
                project=project,
            )
        case _, Precedence.EMPLOYEE_FIRST:
            return told(
                "{employee}’s own address comes first: personal addresses take precedence over the "
                "company’s.",
                employee=employee,
            )
    if names.project is None:
        return told(
            "{employee}’s own address comes first: of the addresses for all projects personal ones come "
            "first.",
            employee=employee,
        )
    return told(
        "{employee}’s own address comes first: {employee} may use none that is linked to the project, and of "
        "the addresses for all projects personal ones come first.",
        employee=employee,
    )


def _why_company(rule: ResolutionRule, names: Names, precedence: Precedence) -> Message:
    employee, project = names.employee, names.project or ""
    if rule is ResolutionRule.COMPANY_PROJECT and precedence is Precedence.PROJECT_FIRST:
        return told(
            "The company’s address for the project {project} comes first: addresses linked to the project "
            "take precedence.",
            project=project,
        )
    if rule is ResolutionRule.COMPANY_PROJECT:
        return told(
            "{employee} has no own address in the project {project}, so the company’s address for the "
            "project {project} comes first.",
            employee=employee,
            project=project,
        )
    if names.project is None:
        return told(
            "{employee} has no own address outside any project, so the company’s address for all projects "
            "comes first.",
            employee=employee,
        )
    return told(
        "{employee} has no own address in the project {project} and may use none that is linked to it, so "
        "the company’s address for all projects comes first.",
        employee=employee,
        project=project,
    )


def explain_no_sender(reason: NoSenderReason, names: Names) -> Message:
    employee, place = names.employee, names.place
    match reason:
        case NoSenderReason.NO_ACCOUNTS:
            return told(
                "Neither the company nor {employee} has an email address here yet. Add one, and test it, to "
                "start sending.",
                employee=employee,
            )
        case NoSenderReason.NONE_AVAILABLE_HERE:
            return told(
                "{employee} may use none of the addresses {place}. Give access to a company address, link "
                "one here, or keep one free of projects.",
                employee=employee,
                place=place,
            )
        case NoSenderReason.CHOICE_NOT_AVAILABLE:
            return told(
                "The address that was chosen is not available to {employee} {place}. Choose one of those "
                "that are.",
                employee=employee,
                place=place,
            )


def explain_exclusion(reason: ExclusionReason, names: Names, *, alias: str | None = None) -> Message:
    employee = names.employee
    match reason:
        case ExclusionReason.DISABLED:
            return told("Somebody switched it off.")
        case ExclusionReason.OTHER_EMPLOYEE:
            return told(
                "It belongs to another person; only its owner writes from it, not {employee}.",
                employee=employee,
            )
        case ExclusionReason.NO_ACCESS:
            return told(
                "{employee} has no access to it, neither by name nor through a group.", employee=employee
            )
        case ExclusionReason.OTHER_PROJECT if names.project:
            return told("It is for chosen projects, and {project} is not one of them.", project=names.project)
        case ExclusionReason.OTHER_PROJECT:
            return told("It is for chosen projects only, and this is outside any project.")
        case ExclusionReason.REFUSED_AS_SENDER:
            return told(
                "The mail server refused {address} as a sender when it was tested.", address=alias or ""
            )
