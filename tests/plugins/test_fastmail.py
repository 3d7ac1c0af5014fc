import pytest

from letterhead_providers import DiagnosisCode, LookupOutcome, Stage
from letterhead_providers.catalogue import Catalogue
from plugins.asking import entered, findings, meanings, provider, servers, subject

SAID = [
    (Stage.DATA, "551 5.7.1 Not authorised to send from this header address", "SENDER_NOT_OWNED"),
    (Stage.DATA, "551 5.7.1 Multiple addresses in a From header is not allowed", "CONTENT_BLOCKED"),
    (Stage.SIGN_IN, "535 5.7.0 Incorrect username or password", "WRONG_PASSWORD"),
    (Stage.SIGN_IN, "535", "WRONG_PASSWORD"),
]


@pytest.mark.parametrize(("stage", "said", "meaning"), SAID)
async def test_what_it_says_is_explained(catalogue: Catalogue, stage: Stage, said: str, meaning: str) -> None:
    assert await meanings(catalogue, "fastmail", said, stage) == {DiagnosisCode(meaning)}


@pytest.mark.parametrize("said", ["551 5.7.1 Not authorised", "535 at some other stage", "550 no such user"])
async def test_a_neighbour_s_reply_is_left_to_the_general_rules(catalogue: Catalogue, said: str) -> None:
    assert await meanings(catalogue, "fastmail", said, Stage.DATA) == {None}


def test_it_is_known_by_all_its_domains(catalogue: Catalogue) -> None:
    fastmail = provider(catalogue, "fastmail")
    assert {"fastmail.fm", "eml.cc", "sent.as", "your-mail.com"} < set(fastmail.domains)
    assert servers(catalogue, "fastmail")[0] == "smtp.fastmail.com:465 pop.fastmail.com:995"


async def test_an_app_password_has_16_characters(catalogue: Catalogue) -> None:
    assert await entered(catalogue, "fastmail", "app-password", "a1b2 c3d4 e5f6 g7h8") == (
        "a1b2c3d4e5f6g7h8",
        True,
    )
    assert await entered(catalogue, "fastmail", "app-password", "hunter2") == ("hunter2", False)


async def test_its_own_address_passes(catalogue: Catalogue) -> None:
    assert await findings(catalogue, subject(catalogue, "fastmail", "ann@fastmail.com")) == [
        ("PASSED", "Mail goes out from the address that signs in", None)
    ]


async def test_a_domain_of_one_s_own_is_looked_up_and_judged_late(catalogue: Catalogue) -> None:
    account = subject(catalogue, "fastmail", "ann@shop.example", login="ann@fastmail.com")
    answer = LookupOutcome(records=("10 in1-smtp.messagingengine.com.",))
    assert await findings(catalogue, account, answer) == [
        ("MX", "shop.example", None),
        ("PASSED", "Mail for shop.example is received by Fastmail", None),
        ("WARNED", "Fastmail lets ann@shop.example be used as the sender", DiagnosisCode.SENDER_NOT_OWNED),
    ]
