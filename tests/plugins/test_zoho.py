import pytest

from letterhead_providers import DiagnosisCode, LookupOutcome, Stage
from letterhead_providers.catalogue import Catalogue
from plugins.asking import entered, findings, meanings, provider, subject

OWN_SENDER = ("PASSED", "Mail goes out from the address that signs in", None)
IN_EUROPE = LookupOutcome(records=("10 mx.zoho.eu.", "20 mx2.zoho.eu."))
SAID = [
    (Stage.DATA, "553 Relaying disallowed as user@example.com", "SENDER_NOT_OWNED"),
    (Stage.SIGN_IN, "535 Authentication Failed", "WRONG_PASSWORD"),
    (Stage.DATA, "550 5.4.6 Unusual sending activity detected.", "ACCOUNT_LOCKED"),
    (Stage.DATA, "554 5.1.8 Sender Address Blocked", "ACCOUNT_LOCKED"),
]
OF_OTHERS = ["554 5.7.1 Relay access denied", "454 4.7.0 Temporary authentication failure", "553 5.1.8 Bad"]


@pytest.mark.parametrize(("stage", "said", "meaning"), SAID)
async def test_what_it_says_is_explained(catalogue: Catalogue, stage: Stage, said: str, meaning: str) -> None:
    assert await meanings(catalogue, "zoho", said, stage) == {DiagnosisCode(meaning)}


@pytest.mark.parametrize("said", OF_OTHERS)
async def test_a_neighbour_s_reply_is_left_to_the_general_rules(catalogue: Catalogue, said: str) -> None:
    for stage in (Stage.SIGN_IN, Stage.DATA):
        assert await meanings(catalogue, "zoho", said, stage) == {None}


def test_every_data_centre_has_presets_and_one_is_recommended(catalogue: Catalogue) -> None:
    presets = provider(catalogue, "zoho").presets
    hosts = {preset.smtp.host for preset in presets if preset.smtp.host.startswith("smtp.")}
    assert hosts == {
        f"smtp.{place}"
        for place in ("zoho.com", "zoho.eu", "zoho.in", "zoho.com.au", "zoho.jp", "zohocloud.ca")
    }
    assert [preset.label for preset in presets if preset.recommended] == [
        "United States: TLS, incoming by POP3"
    ]
    assert "Europe, organisations: TLS, incoming by POP3" in {preset.label for preset in presets}


def test_the_servers_of_a_preset_are_in_one_place(catalogue: Catalogue) -> None:
    for preset in provider(catalogue, "zoho").presets:
        assert preset.incoming
        assert preset.smtp.host.partition(".")[2] == preset.incoming.host.partition(".")[2]


async def test_spaces_of_an_app_password_do_not_count(catalogue: Catalogue) -> None:
    assert await entered(catalogue, "zoho", "app-password", "AbCd 1234 xyz ") == ("AbCd1234xyz", True)


@pytest.mark.parametrize(
    ("host", "verdict", "code"),
    [
        ("smtp.zoho.eu", "PASSED", None),
        ("smtppro.zoho.eu", "PASSED", None),
        ("smtp.zoho.com", "FAILED", DiagnosisCode.SENDER_NOT_OWNED),
    ],
)
async def test_an_address_shows_its_data_centre(
    catalogue: Catalogue, host: str, verdict: str, code: DiagnosisCode | None
) -> None:
    account = subject(catalogue, "zoho", "ann@zohomail.eu", host=host)
    title = "ann@zohomail.eu is used with the servers of Zoho's data centre zoho.eu"
    assert await findings(catalogue, account) == [(verdict, title, code), OWN_SENDER]


async def test_a_domain_of_one_s_own_shows_it_by_its_exchangers(catalogue: Catalogue) -> None:
    account = subject(catalogue, "zoho", "ann@shop.example", host="smtppro.zoho.com")
    assert await findings(catalogue, account, IN_EUROPE) == [
        ("MX", "shop.example", None),
        ("PASSED", "Mail for shop.example is received by Zoho", None),
        (
            "WARNED",
            "ann@shop.example is used with the servers of Zoho's data centre zoho.eu",
            DiagnosisCode.SENDER_NOT_OWNED,
        ),
        OWN_SENDER,
    ]


async def test_the_right_servers_are_named(catalogue: Catalogue) -> None:
    account = subject(catalogue, "zoho", "ann@zoho.in", host="smtp.zoho.com")
    checks = await catalogue.checks(account)
    assert checks
    finding = await catalogue.step("zoho", checks, None)
    assert [step.text for step in finding.diagnosis.advice] == [
        "Use smtp.zoho.in with port 465, and pop.zoho.in for incoming mail."
    ]


async def test_every_other_sender_is_warned_of(catalogue: Catalogue) -> None:
    account = subject(catalogue, "zoho", "ann@zoho.com", "info@shop.example")
    assert (await findings(catalogue, account))[1:] == [
        ("WARNED", "Zoho lets info@shop.example be used as the sender", DiagnosisCode.SENDER_NOT_OWNED)
    ]
