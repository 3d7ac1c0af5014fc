import pytest

from letterhead_plugins.postmark import BROADCASTS
from letterhead_providers import CredentialKind, DiagnosisCode, LookupOutcome, Stage
from letterhead_providers.catalogue import Catalogue
from plugins.asking import entered, findings, is_a_login, meanings, provider, subject

ACCESS_KEY = "PM-T-outbound-aBcD"
SERVER_TOKEN = "00000000-1111-2222-3333-444444444444"
CONFIRMED = LookupOutcome(records=("pm.mtasv.net.",))
KEPT = "The login gives nothing away"


def test_it_has_no_port_for_tls_from_the_first_byte(catalogue: Catalogue) -> None:
    presets = provider(catalogue, "postmark").presets
    assert [(preset.smtp.host, preset.smtp.port, str(preset.smtp.security)) for preset in presets] == [
        *(("smtp.postmarkapp.com", port, "STARTTLS") for port in (587, 2525, 25)),
        (BROADCASTS, 587, "STARTTLS"),
    ]


def test_the_token_that_can_only_send_stands_first(catalogue: Catalogue) -> None:
    ways_in = provider(catalogue, "postmark").auth_methods
    assert [(way_in.key, way_in.recommended) for way_in in ways_in] == [
        ("smtp-token", True),
        ("server-token", False),
    ]
    assert {way_in.kind for way_in in ways_in} == {CredentialKind.API_KEY}


async def test_what_it_says_is_explained(catalogue: Catalogue) -> None:
    said = "535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6"
    assert await meanings(catalogue, "postmark", said, Stage.SIGN_IN) == {DiagnosisCode.WRONG_PASSWORD}
    assert await meanings(catalogue, "postmark", said, Stage.DATA) == {None}


async def test_an_access_key_is_no_secret_key(catalogue: Catalogue) -> None:
    for secret, fits in (("aB_c-9" * 6, True), ("PMx" * 12, True), (ACCESS_KEY, False), ("PM-B-x", False)):
        assert await entered(catalogue, "postmark", "smtp-token", f" {secret}\n") == (secret, fits)


async def test_a_server_token_is_taken_without_its_white_space(catalogue: Catalogue) -> None:
    assert await entered(catalogue, "postmark", "server-token", f"{SERVER_TOKEN}\n ") == (SERVER_TOKEN, True)
    assert await entered(catalogue, "postmark", "server-token", " ") == ("", False)


async def test_a_return_path_shows_a_domain_that_is_set_up(catalogue: Catalogue) -> None:
    account = subject(catalogue, "postmark", "ann@shop.example", login=ACCESS_KEY)
    assert await findings(catalogue, account, CONFIRMED) == [
        ("PASSED", "Mail goes out by a server of Postmark", None),
        ("PASSED", KEPT, None),
        ("CNAME", "pm-bounces.shop.example", None),
        ("PASSED", "shop.example is set up at Postmark", None),
    ]
    assert (await findings(catalogue, account))[-1] == (
        "WARNED",
        "shop.example is set up at Postmark",
        DiagnosisCode.SENDER_DOMAIN_UNVERIFIED,
    )


async def test_a_server_token_as_the_login_is_warned_of_and_not_shown(catalogue: Catalogue) -> None:
    account = subject(catalogue, "postmark", "ann@shop.example", login=SERVER_TOKEN)
    assert (await findings(catalogue, account, CONFIRMED))[1] == ("WARNED", KEPT, DiagnosisCode.POLICY_OTHER)
    checks = await catalogue.checks(account)
    assert checks
    shown = [repr(await catalogue.step("postmark", checks, None)) for _ in range(2)]
    await catalogue.close(checks)
    assert SERVER_TOKEN not in "".join(shown)


@pytest.mark.parametrize("key", ["smtp-token", "server-token"])
def test_an_address_is_no_login(catalogue: Catalogue, key: str) -> None:
    for login, right in ((ACCESS_KEY, True), (SERVER_TOKEN, True), ("ann@shop.example", False), ("", False)):
        assert is_a_login(catalogue, "postmark", key, login) == right


async def test_the_server_for_newsletters_is_warned_of(catalogue: Catalogue) -> None:
    account = subject(catalogue, "postmark", "ann@shop.example", login=ACCESS_KEY, host=BROADCASTS)
    assert (await findings(catalogue, account))[1] == (
        "WARNED",
        "Mail to single people goes by the stream for it",
        DiagnosisCode.POLICY_OTHER,
    )
