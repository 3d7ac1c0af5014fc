import pytest

from letterhead_providers import DiagnosisCode, LookupOutcome, Stage
from letterhead_providers.catalogue import Catalogue
from plugins.asking import entered, findings, meanings, method, servers, subject

AT_YANDEX_360 = LookupOutcome(records=("10 mx.yandex.net.",))
SAID = [
    (
        Stage.SIGN_IN,
        "535 5.7.8 Error: authentication failed: This user does not have access rights to this service",
        "PROTOCOL_ACCESS_DISABLED",
    ),
    (
        Stage.SIGN_IN,
        "NO [AUTHENTICATIONFAILED] LOGIN Invalid credentials or IMAP is disabled",
        "PROTOCOL_ACCESS_DISABLED",
    ),
    (Stage.SIGN_IN, "535 5.7.8 Error: authentication failed: Invalid format.", "PROTOCOL_ERROR"),
    (Stage.SENDER, "553 5.7.1 Sender address rejected: not owned by auth user.", "SENDER_NOT_OWNED"),
    (Stage.DATA, "550 5.7.1 Your message looks like spam. You need to use web for it", "WEB_LOGIN_REQUIRED"),
    (Stage.DATA, "554 5.7.1 [2] Message rejected under suspicion of SPAM; 4711", "SPAM_CONTENT"),
    (Stage.SENDER, "530 5.7.7 Email sending without SSL/TLS encryption is not allowed", "TLS_REQUIRED"),
]
OF_OTHERS = ["535 5.7.8 Error: authentication failed", "553 5.7.1 Sender address rejected: unknown"]


@pytest.mark.parametrize("key", ["yandex", "yandex360"])
@pytest.mark.parametrize(("stage", "said", "meaning"), SAID)
async def test_what_it_says_is_explained(
    catalogue: Catalogue, key: str, stage: Stage, said: str, meaning: str
) -> None:
    assert await meanings(catalogue, key, said, stage) == {DiagnosisCode(meaning)}


@pytest.mark.parametrize("said", OF_OTHERS)
async def test_a_neighbour_s_reply_is_left_to_the_general_rules(catalogue: Catalogue, said: str) -> None:
    for stage in (Stage.SIGN_IN, Stage.SENDER):
        assert await meanings(catalogue, "yandex", said, stage) == {None}


def test_both_have_the_same_servers(catalogue: Catalogue) -> None:
    assert servers(catalogue, "yandex") == servers(catalogue, "yandex360")
    assert servers(catalogue, "yandex") == [
        "smtp.yandex.com:465 pop.yandex.com:995",
        "smtp.yandex.com:465 imap.yandex.com:993",
    ]


async def test_spaces_of_an_app_password_do_not_count(catalogue: Catalogue) -> None:
    assert await entered(catalogue, "yandex", "app-password", " abcd efgh ") == ("abcdefgh", True)
    assert await entered(catalogue, "yandex", "app-password", "ab\ncd") == ("ab\ncd", False)


def test_oauth2_may_send_and_read(catalogue: Catalogue) -> None:
    oauth2 = method(catalogue, "yandex360", "oauth2").oauth2
    assert oauth2
    assert (oauth2.scopes, oauth2.identity_claim) == (("mail:smtp", "mail:imap_full"), None)


async def test_a_public_address_is_one_of_yandex_mail(catalogue: Catalogue) -> None:
    title = "ann@ya.ru belongs to Yandex Mail"
    assert await findings(catalogue, subject(catalogue, "yandex", "ann@ya.ru")) == [("PASSED", title, None)]
    assert await findings(catalogue, subject(catalogue, "yandex360", "ann@ya.ru")) == [
        ("WARNED", title, DiagnosisCode.POLICY_OTHER)
    ]


@pytest.mark.parametrize(("key", "verdict"), [("yandex360", "PASSED"), ("yandex", "WARNED")])
async def test_a_domain_of_one_s_own_is_one_of_yandex_360(
    catalogue: Catalogue, key: str, verdict: str
) -> None:
    found = await findings(catalogue, subject(catalogue, key, "ann@shop.example"), AT_YANDEX_360)
    assert [row[:2] for row in found] == [
        ("MX", "shop.example"),
        ("PASSED", "Mail for shop.example is received by Yandex"),
        (verdict, "ann@shop.example belongs to Yandex 360"),
    ]


async def test_a_domain_received_elsewhere_is_warned_of(catalogue: Catalogue) -> None:
    found = await findings(catalogue, subject(catalogue, "yandex360", "ann@shop.example"))
    assert found[1:] == [
        ("WARNED", "Mail for shop.example is received by Yandex", DiagnosisCode.POLICY_OTHER)
    ]
