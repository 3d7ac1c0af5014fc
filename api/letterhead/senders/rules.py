"""Which address a message leaves from: total, in a fixed order, and never one address silently for another.

(a) accounts that no person has disabled; (b) of these the employee's own, and company ones the employee has
access to; (c) of these the ones linked to the project, or for all; (d) by precedence, linked before unlinked,
position, creation, id. Facts may leave out what cannot matter, and the answer stays the same.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Precedence(StrEnum):
    EMPLOYEE_FIRST = "EMPLOYEE_FIRST"
    PROJECT_FIRST = "PROJECT_FIRST"


class WhenNotReady(StrEnum):
    """When the account that should send is not ready: wait for it, or take the next that is."""

    HOLD = "HOLD"
    NEXT = "NEXT"


class ResolutionRule(StrEnum):
    CHOSEN = "CHOSEN"
    REPLY = "REPLY"
    EMPLOYEE_PROJECT = "EMPLOYEE_PROJECT"
    EMPLOYEE_UNLINKED = "EMPLOYEE_UNLINKED"
    COMPANY_PROJECT = "COMPANY_PROJECT"
    COMPANY_UNLINKED = "COMPANY_UNLINKED"


class NoSenderReason(StrEnum):
    NO_ACCOUNTS = "NO_ACCOUNTS"
    NONE_AVAILABLE_HERE = "NONE_AVAILABLE_HERE"
    CHOICE_NOT_AVAILABLE = "CHOICE_NOT_AVAILABLE"


class ExclusionReason(StrEnum):
    OTHER_PROJECT = "OTHER_PROJECT"
    NO_ACCESS = "NO_ACCESS"
    DISABLED = "DISABLED"
    REFUSED_AS_SENDER = "REFUSED_AS_SENDER"
    OTHER_EMPLOYEE = "OTHER_EMPLOYEE"


class Owner(StrEnum):
    """Whose an account is, seen from the employee who writes."""

    SELF = "SELF"
    COMPANY = "COMPANY"
    OTHER_EMPLOYEE = "OTHER_EMPLOYEE"


ORDER: dict[Precedence, tuple[ResolutionRule, ...]] = {
    Precedence.EMPLOYEE_FIRST: (
        ResolutionRule.EMPLOYEE_PROJECT,
        ResolutionRule.EMPLOYEE_UNLINKED,
        ResolutionRule.COMPANY_PROJECT,
        ResolutionRule.COMPANY_UNLINKED,
    ),
    Precedence.PROJECT_FIRST: (
        ResolutionRule.EMPLOYEE_PROJECT,
        ResolutionRule.COMPANY_PROJECT,
        ResolutionRule.EMPLOYEE_UNLINKED,
        ResolutionRule.COMPANY_UNLINKED,
    ),
}


@dataclass(frozen=True, kw_only=True)
class SenderContext:
    """Who writes, about what, and what they asked for.

    ``account_id`` and ``alias``: an explicit choice, by either or both. ``answering_address``: the address of
    ours that the contact's message came to.
    """

    employee_id: UUID | None = None
    project_id: UUID | None = None
    account_id: UUID | None = None
    alias: str | None = None
    answering_address: str | None = None


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What was asked for, with addresses as keys: the form in which two addresses are the same mailbox."""

    account_id: UUID | None = None
    address_key: str | None = None
    answering_key: str | None = None

    @property
    def is_choice(self) -> bool:
        return self.account_id is not None or self.address_key is not None

    @property
    def key(self) -> str | None:
        """Of the address that matters: to answer from one is no more than a default."""
        return self.address_key if self.is_choice else self.answering_key


@dataclass(frozen=True, kw_only=True)
class Policy:
    precedence: Precedence = Precedence.EMPLOYEE_FIRST
    when_not_ready: WhenNotReady = WhenNotReady.HOLD


@dataclass(frozen=True, kw_only=True)
class AliasFacts:
    """A further From address. ``refused``: a server was seen to refuse it."""

    address: str
    address_key: str
    display_name: str | None = None
    refused: bool = False
    position: int = 0


@dataclass(frozen=True, kw_only=True)
class AccountFacts:
    """An account seen from one employee at work in one project, or outside any.

    ``accessible``: a company account that this employee may use. ``everywhere``: for all projects.
    ``linked``: names this project.
    """

    id: UUID
    address: str
    address_key: str
    display_name: str | None
    owner: Owner
    accessible: bool
    everywhere: bool
    linked: bool
    disabled: bool
    ready: bool
    position: int
    created_at: datetime
    aliases: tuple[AliasFacts, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An address that can be chosen here: an account's own, or one of its aliases."""

    account: AccountFacts
    alias: AliasFacts | None = None
    rule: ResolutionRule

    @property
    def account_id(self) -> UUID:
        return self.account.id

    @property
    def from_address(self) -> str:
        return self.alias.address if self.alias else self.account.address

    @property
    def address_key(self) -> str:
        return self.alias.address_key if self.alias else self.account.address_key

    @property
    def display_name(self) -> str | None:
        return (self.alias.display_name if self.alias else None) or self.account.display_name

    @property
    def ready(self) -> bool:
        return self.account.ready


@dataclass(frozen=True, kw_only=True)
class Sender(Candidate):
    """The candidate that was decided on. ``passed_over``: came before it, and is not ready."""

    explanation: str = ""
    passed_over: AccountFacts | None = None


@dataclass(frozen=True, kw_only=True)
class NoSender:
    reason: NoSenderReason
    explanation: str = ""


Resolution = Sender | NoSender


def exclusion(account: AccountFacts) -> ExclusionReason | None:
    """Why nobody can write from this account here, the first reason in the order of resolution."""
    return exclusion_because(
        disabled=account.disabled,
        owner=account.owner,
        accessible=account.accessible,
        here=account.everywhere or account.linked,
    )


def exclusion_because(
    *, disabled: bool, owner: Owner, accessible: bool, here: bool
) -> ExclusionReason | None:
    """``here``: for all projects, or linked to this one."""
    if disabled:
        return ExclusionReason.DISABLED
    if owner is Owner.OTHER_EMPLOYEE:
        return ExclusionReason.OTHER_EMPLOYEE
    if owner is Owner.COMPANY and not accessible:
        return ExclusionReason.NO_ACCESS
    return None if here else ExclusionReason.OTHER_PROJECT


def rule_of(account: AccountFacts) -> ResolutionRule:
    """The rule by which an account that is not excluded has its place."""
    if account.owner is Owner.SELF:
        return ResolutionRule.EMPLOYEE_UNLINKED if account.everywhere else ResolutionRule.EMPLOYEE_PROJECT
    return ResolutionRule.COMPANY_UNLINKED if account.everywhere else ResolutionRule.COMPANY_PROJECT


def ranked(accounts: Iterable[AccountFacts], precedence: Precedence) -> list[AccountFacts]:
    """Those that can be written from here, the first in line first. An account given twice counts once."""
    order = ORDER[precedence]
    available = {account.id: account for account in accounts if exclusion(account) is None}
    return sorted(
        available.values(),
        key=lambda account: (order.index(rule_of(account)), account.position, account.created_at, account.id),
    )


def candidates_of(account: AccountFacts) -> Iterator[Candidate]:
    """The account's own address, then its aliases in their order; a refused one cannot be chosen."""
    rule = rule_of(account)
    yield Candidate(account=account, rule=rule)
    for alias in sorted(account.aliases, key=lambda alias: (alias.position, alias.address_key)):
        if not alias.refused:
            yield Candidate(account=account, alias=alias, rule=rule)


def decide(accounts: Iterable[AccountFacts], wish: Wish, policy: Policy, *, any_accounts: bool) -> Resolution:
    """The sender, without its explanation.

    ``any_accounts``: the company or the employee has an account at all, wherever it serves.
    """
    line = ranked(accounts, policy.precedence)
    choices = [candidate for account in line for candidate in candidates_of(account)]
    if wish.is_choice:
        chosen = next((candidate for candidate in choices if _is_chosen(candidate, wish)), None)
        if chosen is None:
            return NoSender(reason=NoSenderReason.CHOICE_NOT_AVAILABLE)
        return _sender(chosen, ResolutionRule.CHOSEN)
    if wish.answering_key is not None:
        for candidate in choices:
            if candidate.address_key == wish.answering_key:
                return _sender(candidate, ResolutionRule.REPLY)
    if line:
        return _first_in_line(line, policy.when_not_ready)
    if any_accounts:
        return NoSender(reason=NoSenderReason.NONE_AVAILABLE_HERE)
    return NoSender(reason=NoSenderReason.NO_ACCOUNTS)


def _is_chosen(candidate: Candidate, wish: Wish) -> bool:
    if wish.account_id is not None and candidate.account.id != wish.account_id:
        return False
    if wish.address_key is None:
        return candidate.alias is None
    return candidate.address_key == wish.address_key


def _first_in_line(line: list[AccountFacts], when_not_ready: WhenNotReady) -> Sender:
    first = line[0]
    if not first.ready and when_not_ready is WhenNotReady.NEXT:
        for account in line[1:]:
            if account.ready:
                return replace(_sender(next(candidates_of(account))), passed_over=first)
    return _sender(next(candidates_of(first)))


def _sender(candidate: Candidate, rule: ResolutionRule | None = None) -> Sender:
    return Sender(account=candidate.account, alias=candidate.alias, rule=rule or candidate.rule)
