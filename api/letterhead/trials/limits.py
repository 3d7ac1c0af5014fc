"""How many tests there may be. They are somebody else's servers that are knocked at."""

from collections.abc import Collection
from uuid import UUID

from letterhead.accounts.drafts import Draft
from letterhead.accounts.secrets import Credential
from letterhead.errors import Problem, ProblemCode, Refused, TooOften
from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.pace import Rate
from letterhead.store import models
from letterhead.store.allowance import left, refilled, take
from letterhead.trials.setup import Setup
from letterhead.trials.trial import TrialStatus
from letterhead.wire.server import MailServer
from letterhead_providers import CredentialKind

MOST_AT_ONCE = 10
LONGEST_HOST = 180
OF_A_PERSON = Rate(most=30, seconds=60)
OF_A_HOST = Rate(most=10, seconds=60)
OF_A_KNOWN_HOST = Rate(most=60, seconds=60)
"""A service's own servers: a whole company may connect its mailboxes there in one morning."""

COOL_DOWN = Rate(most=3, seconds=180)
"""A person may show a secret again that was refused, because the reason may have been another one; but not
so often that the service locks the mailbox."""


ONCE = "An operation looks at servers once; begin the next test in another."


def one_per_operation() -> Refused:
    return _too_many(ONCE)


async def check(house: House, draft: Draft, *, by: Actor) -> None:
    """Counts this start in. Raises Refused (TOO_MANY_TESTS), and then counts nothing."""
    running = await models.AccountTest.filter(
        company_id=by.company_id, caller=by.key, status=TrialStatus.RUNNING.value
    ).count()
    if running >= MOST_AT_ONCE:
        raise _too_many(f"{running} of your tests are running; wait for one to end, or cancel it.")
    if wait := await _looks(by):
        raise _too_many(_too_many_looks(wait))
    counted = [(_person(by), OF_A_PERSON)]
    for host in {server.host for server in (draft.smtp, draft.incoming) if server}:
        rate, subject = _rate(house, host), f"tests at {host[-LONGEST_HOST:]}"
        if wait := await _take(by.company_id, subject, rate):
            for done in counted:
                await _take(by.company_id, *done, amount=-1)
            message = f"{host} was tested {rate.most} times within a minute; wait {_seconds(wait)}."
            raise _too_many(message)
        counted.append((subject, rate))


async def check_discovery(*, by: Actor) -> None:
    """Looking for settings knocks at servers too, and counts as much. Raises TooOften."""
    if wait := await _looks(by):
        raise TooOften(_too_many_looks(wait), seconds=wait)


async def _looks(by: Actor) -> float:
    return await _take(by.company_id, _person(by), OF_A_PERSON)


def _too_many_looks(wait: float) -> str:
    message = f"That is more than {OF_A_PERSON.most} tests and look-ups within a minute; "
    return f"{message}wait {_seconds(wait)}."


async def _take(company_id: UUID, subject: str, rate: Rate, *, amount: int = 1) -> float:
    """0, or the seconds to wait: counted for all processes at once."""
    return await take(company_id, subject, refilled(rate.most, rate.seconds), amount=amount)


def _person(by: Actor) -> str:
    return f"looks of {by.key}"


async def check_secrets(house: House, setup: Setup, *, refused: Collection[str] | None) -> None:
    """Raises Refused while the very same secret was refused a moment ago.

    ``refused``: digests of what was refused at all; given where nobody asked for the test.
    """
    for server, credential in setup.sides():
        digests = _refusal_keys(house, server, credential)
        if not {*digests}.isdisjoint(refused or ()):
            raise _too_many(f"{server.host} refused this secret, and nothing was changed since.")
        if wait := await _cooling(setup.by.company_id, digests[0]):
            raise _too_many(
                f"{server.host} has refused this password {COOL_DOWN.most} times a moment ago; too many "
                f"tries lock a mailbox, so wait {_seconds(wait)}."
            )


async def note_refusal(house: House, company_id: UUID, server: MailServer, credential: Credential) -> str:
    """The digest that the refused secret is known again by."""
    digest = _refusal_keys(house, server, credential)[0]
    await _take(company_id, _refused(digest), COOL_DOWN)
    return digest


async def _cooling(company_id: UUID, digest: str) -> float:
    rate = refilled(COOL_DOWN.most, COOL_DOWN.seconds)
    return max(0.0, 1 - await left(company_id, _refused(digest), rate)) * rate.interval


def _refused(digest: str) -> str:
    return f"refused {digest}"


def _refusal_keys(house: House, server: MailServer, credential: Credential) -> list[str]:
    """Keyed digests of host, login and secret: who reads one learns none of them."""
    secret = "" if credential.kind is CredentialKind.NONE else credential.secret.reveal()
    return house.vault.digests("refused", server.host, server.username or "", secret)


def _rate(house: House, host: str) -> Rate:
    presets = (preset for provider in house.catalogue.providers() for preset in provider.presets)
    servers = (server for preset in presets for server in (preset.smtp, preset.incoming) if server)
    return OF_A_KNOWN_HOST if any(server.host == host for server in servers) else OF_A_HOST


def _seconds(wait: float) -> str:
    whole = max(1, round(wait + 0.5))
    return "a second" if whole == 1 else f"{whole} seconds"


def _too_many(message: str) -> Refused:
    return Refused(Problem(ProblemCode.TOO_MANY_TESTS, message))
