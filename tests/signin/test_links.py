"""A link to a flow of any plugin's: its holder is led through all of its steps."""

import pytest

from letterhead.signin import reasons
from letterhead.signin.flows import AskStep, DoneStep, WaitStep
from letterhead.signin.links import LinkNotGood, SignInLink, answer, create, look
from letterhead.signin.verbs import credential, show
from letterhead_providers import CredentialKind
from signin.test_binding import wanted
from signin.test_signing_in import ACME
from signin.tried import WAIT, Hall, a_house, that


def token_of(link: SignInLink) -> str:
    return link.url.partition("#")[2]


async def test_a_flow_of_many_steps_is_answered_by_one_link(hall: Hall) -> None:
    link = await create(hall.house, ACME, by=hall.admin)
    for answers in ({"who": "ann"}, {"secret0": "one"}):
        opened = await answer(a_house(), token_of(link), answers)
        assert isinstance(opened.flow.step, AskStep)
    opened = await answer(hall.house, token_of(link), {"secret1": "two"})
    assert opened.flow.step == DoneStep(kind=CredentialKind.PASSWORD)
    _, secret = await credential(hall.house, link.flow.id, wanted(link.flow), by=hall.admin)
    assert secret.reveal().endswith("|one|two")


async def test_a_flow_that_waits_goes_on_when_its_holder_looks(hall: Hall) -> None:
    house = a_house(sign_in=that(WAIT))
    link = await create(house, ACME, by=hall.admin)
    assert isinstance(link.flow.step, WaitStep)
    assert isinstance((await look(house, token_of(link))).flow.step, DoneStep)
    with pytest.raises(LinkNotGood):
        await look(house, token_of(link))


async def test_a_flow_that_fails_says_why_and_uses_the_link_up(hall: Hall) -> None:
    link = await create(hall.house, ACME, by=hall.admin)
    changed = a_house(sign_in=that(WAIT))
    opened = await answer(changed, token_of(link), {"who": "ann"})
    assert opened.flow.step == reasons.plugin_changed()
    assert (await show(hall.house, link.flow.id, by=hall.admin)).step == reasons.plugin_changed()
    with pytest.raises(LinkNotGood):
        await answer(hall.house, token_of(link), {"who": "ann"})


async def test_its_maker_may_answer_it_too(hall: Hall) -> None:
    from letterhead.signin.verbs import answer as answer_own

    link = await create(hall.house, ACME, by=hall.admin)
    await answer_own(hall.house, link.flow.id, {"who": "ann"}, by=hall.admin)
    opened = await answer(hall.house, token_of(link), {"who": "ben"})
    assert isinstance(opened.flow.step, AskStep)
    assert [problem.field for problem in opened.flow.step.problems] == ["who", "secret0"]
