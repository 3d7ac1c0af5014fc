"""What holds for every relay that has a module of its own."""

from types import ModuleType

import pytest

from letterhead_plugins import amazon_ses, brevo, mailgun, mailjet, postmark, sendgrid
from letterhead_providers import DiagnosisCode, LookupOutcome, ProviderKind, Stage
from letterhead_providers.catalogue import Catalogue
from letterhead_providers.conformance import RULES, Scale, admitted, scale_of
from plugins.asking import findings, meanings, method, provider, subject

MODULES = (amazon_ses, brevo, mailgun, mailjet, postmark, sendgrid)
KEYS = ("ses", "brevo", "mailgun", "mailjet", "postmark", "sendgrid")
LOOKED_UP = ("brevo", "mailjet", "postmark", "sendgrid")
OF_OTHERS = (
    "550 5.1.1 User unknown",
    "552 5.2.2 Mailbox full",
    "421 4.7.0 Try again later",
    "454 4.7.0 Temporary authentication failure",
    "550 5.7.1 Message rejected as spam",
    "530 5.7.0 Must do something else first",
    "553 5.7.1 Sender address rejected: not owned by user",
)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("module", MODULES)
async def test_it_keeps_the_rules_for_plugins(module: ModuleType, rule: str) -> None:
    await RULES[rule](module)


@pytest.mark.parametrize("module", MODULES)
async def test_it_offers_all_that_is_measured(module: ModuleType) -> None:
    catalogue = admitted(module)
    assert [await scale_of(catalogue, provider) for provider in catalogue.providers()] == [Scale.GOLD]


@pytest.mark.parametrize("key", KEYS)
def test_it_sends_and_keeps_no_mail(catalogue: Catalogue, key: str) -> None:
    relay = provider(catalogue, key)
    assert relay.kind is ProviderKind.RELAY
    assert {preset.incoming for preset in relay.presets} == {None}
    assert [preset.recommended for preset in relay.presets].index(True) == 0
    assert len({preset.label for preset in relay.presets}) == len(relay.presets)


@pytest.mark.parametrize("key", KEYS)
async def test_a_neighbour_s_reply_is_left_to_the_general_rules(catalogue: Catalogue, key: str) -> None:
    for said in OF_OTHERS:
        for stage in (Stage.SIGN_IN, Stage.RECIPIENT, Stage.DATA):
            assert await meanings(catalogue, key, said, stage) == {None}, said


@pytest.mark.parametrize("key", KEYS)
async def test_another_server_is_warned_of(catalogue: Catalogue, key: str) -> None:
    relay = provider(catalogue, key)
    found = await findings(catalogue, subject(catalogue, key, "ann@shop.example", host="mail.shop.example"))
    title = f"Mail goes out by a server of {relay.name.partition(' (')[0]}"
    assert found[0] == ("WARNED", title, DiagnosisCode.POLICY_OTHER)


@pytest.mark.parametrize("key", LOOKED_UP)
async def test_each_domain_is_looked_up_once_and_below_itself(catalogue: Catalogue, key: str) -> None:
    account = subject(catalogue, key, "ann@shop.example", "info@shop.example", "ann@firma.example")
    names = [what for verb, what, _ in await findings(catalogue, account) if verb in ("TXT", "CNAME")]
    assert len(names) == 2
    assert (names[0].endswith("shop.example"), names[1].endswith("firma.example")) == (True, True)


@pytest.mark.parametrize("key", LOOKED_UP)
async def test_no_answer_is_no_accusation(catalogue: Catalogue, key: str) -> None:
    account = subject(catalogue, key, "ann@shop.example")
    found = await findings(catalogue, account, LookupOutcome(error="DNS did not answer in time"))
    assert found[-1][0] == "WARNED"
    assert found[-1][2] is None


@pytest.mark.parametrize("key", KEYS)
def test_white_space_in_a_secret_is_an_accident(catalogue: Catalogue, key: str) -> None:
    for way_in in provider(catalogue, key).auth_methods:
        form = method(catalogue, key, way_in.key).secret_format
        assert form
        assert set(" \n\u00a0") <= set(form.strip)
