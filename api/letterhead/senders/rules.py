"""Which address a message leaves from: total, in a fixed order, and never one address silently for another.

(a) accounts that no person has disabled; (b) of these the employee's own, and company ones the employee has
access to; (c) of these the ones linked to the project, or for all; (d) by precedence, linked before unlinked,
position, creation, id. Facts may leave out what cannot matter, and the answer stays the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol
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


class HasId(Protocol):
    """An account, of which no more has to be known."""

    @property
    def id(self) -> UUID: ...


class KnownById(NamedTuple):
    id: UUID


class Candidate(NamedTuple):
    """An address that can be chosen here: an account's own, or one of its aliases."""

    account: HasId
    from_address: str
    address_key: str
    display_name: str | None
    rule: ResolutionRule
    ready: bool

    @property
    def account_id(self) -> UUID:
        return self.account.id


class Sender(NamedTuple):
    """What was decided on. ``owner``: of its account. ``passed_over``: the address that came before it, and
    is not ready."""

    candidate: Candidate
    owner: Owner
    passed_over: str | None = None
    explanation: str = ""

    @property
    def account_id(self) -> UUID:
        return self.candidate.account_id

    @property
    def from_address(self) -> str:
        return self.candidate.from_address

    @property
    def display_name(self) -> str | None:
        return self.candidate.display_name

    @property
    def rule(self) -> ResolutionRule:
        return self.candidate.rule

    @property
    def ready(self) -> bool:
        return self.candidate.ready


class NoSender(NamedTuple):
    reason: NoSenderReason
    explanation: str = ""


Resolution = Sender | NoSender


def exclusion(account: AccountFacts) -> ExclusionReason | None:
    """Why nobody can write from this account here, the first reason in the order of resolution."""
    if account.disabled:
        return ExclusionReason.DISABLED
    if account.owner is Owner.OTHER_EMPLOYEE:
        return ExclusionReason.OTHER_EMPLOYEE
    if account.owner is Owner.COMPANY and not account.accessible:
        return ExclusionReason.NO_ACCESS
    return None if account.everywhere or account.linked else ExclusionReason.OTHER_PROJECT


def rule_of(account: AccountFacts) -> ResolutionRule:
    """The rule by which an account that is not excluded has its place."""
    return rule_for(account.owner, everywhere=account.everywhere)


def rule_for(owner: Owner, *, everywhere: bool) -> ResolutionRule:
    if owner is Owner.SELF:
        return ResolutionRule.EMPLOYEE_UNLINKED if everywhere else ResolutionRule.EMPLOYEE_PROJECT
    return ResolutionRule.COMPANY_UNLINKED if everywhere else ResolutionRule.COMPANY_PROJECT


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
    rule, own_name, ready = rule_of(account), account.display_name, account.ready
    known = KnownById(account.id)
    yield Candidate(known, account.address, account.address_key, own_name, rule, ready)
    for alias in sorted(account.aliases, key=lambda alias: (alias.position, alias.address_key)):
        if not alias.refused:
            name = alias.display_name or own_name
            yield Candidate(known, alias.address, alias.address_key, name, rule, ready)


def decide(accounts: Iterable[AccountFacts], wish: Wish, policy: Policy, *, any_accounts: bool) -> Resolution:
    """The sender, without its explanation.

    ``any_accounts``: the company or the employee has an account at all, wherever it serves.
    """
    line = ranked(accounts, policy.precedence)
    if wish.is_choice:
        for account, candidate in _choices(line):
            if _is_chosen(account, candidate, wish):
                return _sender(account, candidate, ResolutionRule.CHOSEN)
        return NoSender(NoSenderReason.CHOICE_NOT_AVAILABLE)
    if wish.answering_key is not None:
        for account, candidate in _choices(line):
            if candidate.address_key == wish.answering_key:
                return _sender(account, candidate, ResolutionRule.REPLY)
    if line:
        return _first_in_line(line, policy.when_not_ready)
    return NoSender(NoSenderReason.NONE_AVAILABLE_HERE if any_accounts else NoSenderReason.NO_ACCOUNTS)


def _choices(line: Iterable[AccountFacts]) -> Iterator[tuple[AccountFacts, Candidate]]:
    return ((account, candidate) for account in line for candidate in candidates_of(account))


def _is_chosen(account: AccountFacts, candidate: Candidate, wish: Wish) -> bool:
    """Of an account without an address its own is meant."""
    if wish.account_id is not None and account.id != wish.account_id:
        return False
    return candidate.address_key == (account.address_key if wish.address_key is None else wish.address_key)


def _first_in_line(line: Sequence[AccountFacts], when_not_ready: WhenNotReady) -> Sender:
    first = line[0]
    if not first.ready and when_not_ready is WhenNotReady.NEXT:
        for account in line[1:]:
            if account.ready:
                return _sender(account, next(candidates_of(account)))._replace(passed_over=first.address)
    return _sender(first, next(candidates_of(first)))


def _sender(account: AccountFacts, candidate: Candidate, rule: ResolutionRule | None = None) -> Sender:
    return Sender(candidate._replace(rule=rule) if rule else candidate, account.owner)
