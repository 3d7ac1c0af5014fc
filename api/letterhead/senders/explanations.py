"""Why it is this address, in words for the person who writes."""

from dataclasses import dataclass

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
    def place(self) -> str:
        return f"in the project {self.project}" if self.project else "outside any project"


def explain_sender(sender: Sender, names: Names, precedence: Precedence) -> str:
    if sender.passed_over:
        return (
            f"{sender.passed_over.address} comes first but is not ready to send; "
            f"the company chose to take the next address that is, and that is {sender.from_address}."
        )
    if not sender.ready:
        waits = "It is not ready to send just now: a message waits until it is, or choose another."
        return f"{_why(sender, names, precedence)} {waits}"
    return _why(sender, names, precedence)


def _why(sender: Sender, names: Names, precedence: Precedence) -> str:
    if sender.rule is ResolutionRule.CHOSEN:
        return f"{sender.from_address} was chosen for this message."
    if sender.rule is ResolutionRule.REPLY:
        return f"The contact wrote to {sender.from_address}, so the answer comes from there."
    if sender.account.owner is Owner.SELF:
        return _why_own(sender.rule, names, precedence)
    return _why_company(sender.rule, names, precedence)


def _why_own(rule: ResolutionRule, names: Names, precedence: Precedence) -> str:
    own = f"{names.employee}’s own address"
    match rule, precedence:
        case ResolutionRule.EMPLOYEE_PROJECT, Precedence.EMPLOYEE_FIRST:
            return (
                f"{own} for the project {names.project} comes first: "
                "personal addresses take precedence, and of these the ones linked to the project."
            )
        case ResolutionRule.EMPLOYEE_PROJECT, _:
            return (
                f"{own} for the project {names.project} comes first: "
                "addresses linked to the project take precedence, and of these the personal ones."
            )
        case _, Precedence.EMPLOYEE_FIRST:
            return f"{own} comes first: personal addresses take precedence over the company’s."
    linked = f"{names.employee} may use none that is linked to the project, and " if names.project else ""
    return f"{own} comes first: {linked}of the addresses for all projects personal ones come first."


def _why_company(rule: ResolutionRule, names: Names, precedence: Precedence) -> str:
    if rule is ResolutionRule.COMPANY_PROJECT and precedence is Precedence.PROJECT_FIRST:
        return (
            f"The company’s address for the project {names.project} comes first: "
            "addresses linked to the project take precedence."
        )
    if rule is ResolutionRule.COMPANY_PROJECT:
        return (
            f"{names.employee} has no own address {names.place}, "
            f"so the company’s address for the project {names.project} comes first."
        )
    linked = " and may use none that is linked to it" if names.project else ""
    return (
        f"{names.employee} has no own address {names.place}{linked}, "
        "so the company’s address for all projects comes first."
    )


def explain_no_sender(reason: NoSenderReason, names: Names) -> str:
    match reason:
        case NoSenderReason.NO_ACCOUNTS:
            return (
                f"Neither the company nor {names.employee} has an email address here yet. "
                "Add one, and test it, to start sending."
            )
        case NoSenderReason.NONE_AVAILABLE_HERE:
            return (
                f"{names.employee} may use none of the addresses {names.place}. "
                "Give access to a company address, link one here, or keep one free of projects."
            )
        case NoSenderReason.CHOICE_NOT_AVAILABLE:
            return (
                f"The address that was chosen is not available to {names.employee} {names.place}. "
                "Choose one of those that are."
            )


def explain_exclusion(reason: ExclusionReason, names: Names, *, alias: str | None = None) -> str:
    match reason:
        case ExclusionReason.DISABLED:
            return "Somebody switched it off."
        case ExclusionReason.OTHER_EMPLOYEE:
            return f"It belongs to another person; only its owner writes from it, not {names.employee}."
        case ExclusionReason.NO_ACCESS:
            return f"{names.employee} has no access to it, neither by name nor through a group."
        case ExclusionReason.OTHER_PROJECT if names.project:
            return f"It is for chosen projects, and {names.project} is not one of them."
        case ExclusionReason.OTHER_PROJECT:
            return "It is for chosen projects only, and this is outside any project."
        case ExclusionReason.REFUSED_AS_SENDER:
            return f"The mail server refused {alias} as a sender when it was tested."
