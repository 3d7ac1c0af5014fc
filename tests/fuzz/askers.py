"""Who asks, and what each of them may not be shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from api.drafts import Draft
from fuzz.companies import Filled, filled, of_company, own_ids, secrets_of
from fuzz.operations import Writer
from fuzz.values import Values
from lab.product import Caller, with_company
from letterhead.serving import Serving


@dataclass
class Asker:
    """One caller. ``hidden``: what it may not be shown, in small letters."""

    name: str
    caller: Caller
    company: Filled
    writer: Writer
    hidden: set[str]


async def askers_of(server: Serving, draft: Draft, random: Random, name: str) -> list[Asker]:
    """Everybody of one company, two of another, and somebody of none."""
    ours = await filled(await with_company(server, f"heimat {name}"), draft, "heimat")
    theirs = await filled(await with_company(server, f"kanarie {name}"), draft, "kanarie")
    nobody = Caller(server.address, "none")
    del nobody.http.headers["Authorization"]

    def asker(who: str, caller: Caller, company: Filled, other: Filled) -> Asker:
        writer = Writer(random, Values(random, own_ids(company), [*other.ids.values()]))
        hidden = {text.lower() for text in of_company(other) | secrets_of(ours, theirs)}
        return Asker(who, caller, company, writer, hidden)

    return [
        *(asker(who, caller, ours, theirs) for who, caller in ours.callers.items()),
        *(asker("administrator", ours.admin, ours, theirs) for _ in range(4)),
        *(asker("ann", ours.callers["ann"], ours, theirs) for _ in range(2)),
        asker("theirs", theirs.admin, theirs, ours),
        asker("theirs' ann", theirs.callers["ann"], theirs, ours),
        asker("nobody", nobody, ours, theirs),
    ]


async def leave(askers: Sequence[Asker]) -> None:
    for caller in {id(asker.caller): asker.caller for asker in askers}.values():
        await caller.http.aclose()
    for company in {id(asker.company): asker.company for asker in askers}.values():
        await company.product.close()
