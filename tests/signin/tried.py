"""A house to sign in at: Google's plugin, any server, and a service made up for flows of many steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from letterhead.diagnosis.explain import Explainer
from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.news import News
from letterhead.running import Running
from letterhead.settings import Settings
from letterhead.vault.vault import Vault
from letterhead.wire.dial import Dialler
from letterhead_plugins import custom, google
from letterhead_providers import (
    Ask,
    Done,
    Fetch,
    Field,
    Lookup,
    LookupOutcome,
    SignInFlow,
    SignInStart,
    Visit,
    Wait,
)
from letterhead_providers.catalogue import Catalogue
from providers.made import PASSWORD, a_plugin, a_provider

KEYS = {"k": b"0" * 32}


@dataclass(frozen=True)
class Hall:
    house: House
    admin: Actor
    ann: Actor
    ben: Actor


class ScriptedDns(Dialler):
    """Answers look-ups from a table, and remembers what was asked."""

    def __init__(self, records: Mapping[str, tuple[str, ...]] | None = None) -> None:
        super().__init__()
        self.records = records or {}
        self.asked: list[str] = []

    async def lookup(self, name: str, kind: str) -> LookupOutcome:
        self.asked.append(f"{kind} {name}")
        return LookupOutcome(records=self.records.get(name, ()))


def a_house(*, keys: Mapping[str, bytes] = KEYS, **hooks: Any) -> House:
    """``hooks``: of the made-up service ``acme``."""
    catalogue = a_catalogue(**hooks)
    return House(
        settings=Settings(),
        catalogue=catalogue,
        vault=Vault(keys),
        dialler=ScriptedDns({"acme.example": ("10 mx.acme.example.",)}),
        explainer=Explainer(catalogue),
        news=News(),
        running=Running(),
    )


def a_catalogue(**hooks: Any) -> Catalogue:
    catalogue = Catalogue()
    ours: list[tuple[str, ModuleType]] = [("google", google), ("custom", custom)]
    for name, module in ours:
        catalogue.admit(name, module, distribution="letterhead", version="1")
    catalogue.admit("acme", a_plugin(a_provider(), **({"sign_in": many_steps} | hooks)), version="1")
    return catalogue


def many_steps(start: SignInStart) -> SignInFlow | None:
    """Asks for a name, looks its domain up, asks once more for each record, and makes up a secret."""
    return _many_steps(start) if start.method.key == PASSWORD.key else None


def _many_steps(start: SignInStart) -> SignInFlow:
    first = yield Ask(title="Who?", fields=(Field(name="who", label="Who", pattern="[a-z]+"),))
    assert isinstance(first, Mapping)
    found = yield Lookup(name="acme.example", kind="MX")
    assert isinstance(found, LookupOutcome)
    secrets = [first["who"], start.state, *found.records]
    for number in range(2):
        more = yield Ask(
            title=f"Secret {number} of {first['who']}",
            fields=(
                Field(name=f"secret{number}", label="Secret", secret=True),
                Field(name="note", label="Note", required=False),
            ),
        )
        assert isinstance(more, Mapping)
        secrets.append(more[f"secret{number}"])
    return Done(kind=start.method.kind, secret="|".join(secrets))


def that(*wants: Any, secret: str = "done") -> Any:
    """A hook whose flow wants these things in turn, and is then done."""

    def sign_in(start: SignInStart) -> SignInFlow:
        return _wanting(start, wants, secret)

    return sign_in


def _wanting(start: SignInStart, wants: tuple[Any, ...], secret: str) -> SignInFlow:
    yield from wants
    return Done(kind=start.method.kind, secret=secret)


WAIT = Wait(message="The service is thinking.", seconds=0.0)
LONG_WAIT = Wait(message="The service is thinking.", seconds=60.0)
VISIT = Visit(url="https://acme.example/consent")
FETCH = Fetch(method="POST", url="https://acme.example/token", body="hunter2")
ASK = Ask(title="Password", fields=(Field(name="secret", label="Secret", secret=True),))
