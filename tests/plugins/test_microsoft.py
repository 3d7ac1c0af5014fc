import pytest

from letterhead_providers import CredentialKind, DiagnosisCode, LookupOutcome, Stage
from letterhead_providers.catalogue import Catalogue
from plugins.asking import entered, findings, meanings, method, provider, servers, subject

OWN_SENDER = ("PASSED", "Mail goes out from the address that signs in", None)
AT_MICROSOFT_365 = LookupOutcome(records=("0 shop-example.mail.protection.outlook.com.",))

SIGN_IN = [
    ("535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.", "WRONG_PASSWORD"),
    (
        "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
        "PROTOCOL_ACCESS_DISABLED",
    ),
    (
        "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox.",
        "PROTOCOL_ACCESS_DISABLED",
    ),
    (
        "535 5.7.139 Authentication unsuccessful, user is locked by your security defaults policy.",
        "BASIC_AUTH_DISABLED",
    ),
    (
        "535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be authenticated.",
        "BASIC_AUTH_DISABLED",
    ),
    ("535 5.7.139 Authentication unsuccessful, basic authentication is disabled.", "BASIC_AUTH_DISABLED"),
    ("550 5.7.30 Basic authentication is not supported for Client Submission.", "BASIC_AUTH_DISABLED"),
    ("535 5.7.3 Authentication unsuccessful (after AUTH XOAUTH2)", "OAUTH_TOKEN_INVALID"),
    ("-ERR Logon failure: unknown user name or bad password.", "WRONG_PASSWORD"),
    ("2 NO LOGIN failed.", "BASIC_AUTH_DISABLED"),
    ("3 NO AUTHENTICATE failed.", "BASIC_AUTH_DISABLED"),
    ("-ERR User is authenticated but not connected.", "PROTOCOL_ACCESS_DISABLED"),
    ("invalid_client AADSTS7000222: The provided client secret keys are expired", "OAUTH_TOKEN_INVALID"),
    ("451 5.7.3 STARTTLS is required to send mail", "TLS_REQUIRED"),
]
SENDING = [
    ("530 5.7.57 Client not authenticated to send mail.", "AUTH_REQUIRED"),
    ("550 5.7.60 SMTP; Client does not have permissions to send as this sender", "SENDER_NOT_OWNED"),
    ("554 5.2.252 SendAsDenied; a@x.example not allowed to send as b@x.example", "SENDER_NOT_OWNED"),
    ("554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiException", "SENDER_NOT_OWNED"),
    ("432 4.3.2 Concurrent connections limit exceeded", "RATE_LIMITED"),
    ("421 4.4.2 Message submission rate for this client has exceeded the limit", "RATE_LIMITED"),
    ("550 5.1.8 Access denied, bad outbound sender AS(42003)", "ACCOUNT_LOCKED"),
    ("550 5.7.501 Access denied, spam abuse detected", "ACCOUNT_LOCKED"),
    ("550 5.7.233 Your message can't be sent", "QUOTA_EXCEEDED"),
    ("550 5.1.90 You've reached your daily limit for message recipients", "QUOTA_EXCEEDED"),
    ("550 5.2.2 Submission quota exceeded", "QUOTA_EXCEEDED"),
    ("550 5.7.750 Service unavailable. Client blocked", "SENDER_DOMAIN_UNVERIFIED"),
]
OF_OTHERS = [
    "535 5.7.8 Username and Password not accepted",
    "550 5.1.1 User unknown",
    "552 5.2.2 Mailbox full",
    "454 4.7.0 Temporary authentication failure",
    "550 5.7.1 Message rejected",
]


@pytest.mark.parametrize("key", ["outlook-com", "microsoft365"])
@pytest.mark.parametrize(
    ("stage", "said", "meaning"),
    [(Stage.SIGN_IN, *row) for row in SIGN_IN] + [(Stage.DATA, *row) for row in SENDING],
)
async def test_what_it_says_is_explained(
    catalogue: Catalogue, key: str, stage: Stage, said: str, meaning: str
) -> None:
    assert await meanings(catalogue, key, said, stage) == {DiagnosisCode(meaning)}


@pytest.mark.parametrize(
    ("said", "outlook", "business"),
    [
        ("535 5.7.139 Authentication unsuccessful", "BASIC_AUTH_DISABLED", "PROTOCOL_ACCESS_DISABLED"),
        ("535 5.7.3 Authentication unsuccessful", "OAUTH_TOKEN_INVALID", "WRONG_PASSWORD"),
    ],
)
async def test_the_same_words_mean_other_things_to_consumers(
    catalogue: Catalogue, said: str, outlook: str, business: str
) -> None:
    assert await meanings(catalogue, "outlook-com", said, Stage.SIGN_IN) == {DiagnosisCode(outlook)}
    assert await meanings(catalogue, "microsoft365", said, Stage.SIGN_IN) == {DiagnosisCode(business)}


async def test_the_inner_reason_of_a_refused_message_counts(catalogue: Catalogue) -> None:
    said = "5.7.57 Client not authenticated to send mail. Error: 535 5.7.139 Authentication unsuccessful"
    assert await meanings(catalogue, "microsoft365", said, Stage.SENDER) == {
        DiagnosisCode.PROTOCOL_ACCESS_DISABLED
    }


@pytest.mark.parametrize("said", OF_OTHERS)
async def test_a_neighbour_s_reply_is_left_to_the_general_rules(catalogue: Catalogue, said: str) -> None:
    for stage in (Stage.SIGN_IN, Stage.RECIPIENT, Stage.DATA):
        assert await meanings(catalogue, "microsoft365", said, stage) == {None}


def test_servers_are_spoken_to_by_starttls_and_pop3_stands_first(catalogue: Catalogue) -> None:
    assert servers(catalogue, "microsoft365") == [
        "smtp.office365.com:587 outlook.office365.com:995",
        "smtp.office365.com:587 outlook.office365.com:993",
    ]


def test_outlook_takes_no_password_and_says_since_when(catalogue: Catalogue) -> None:
    password = method(catalogue, "outlook-com", "password")
    assert "16 September 2024" in (password.unavailable_because or "")
    assert provider(catalogue, "outlook-com").auth_methods[0].kind is CredentialKind.OAUTH2


def test_all_scopes_are_of_the_mail_servers(catalogue: Catalogue) -> None:
    oauth2 = method(catalogue, "microsoft365", "oauth2").oauth2
    assert oauth2
    assert {scope for scope in oauth2.scopes if "/" in scope} == {
        "https://outlook.office.com/SMTP.Send",
        "https://outlook.office.com/POP.AccessAsUser.All",
        "https://outlook.office.com/IMAP.AccessAsUser.All",
    }
    assert (oauth2.identity_claim, oauth2.mechanisms) == ("preferred_username", ("XOAUTH2",))


async def test_an_app_password_has_16_characters(catalogue: Catalogue) -> None:
    assert await entered(catalogue, "microsoft365", "app-password", " abcd EFGH ijkl mnop\n") == (
        "abcdEFGHijklmnop",
        True,
    )
    assert await entered(catalogue, "microsoft365", "app-password", "hunter2") == ("hunter2", False)


async def test_a_domain_of_one_s_own_is_looked_up(catalogue: Catalogue) -> None:
    account = subject(catalogue, "microsoft365", "ann@shop.example", kind=CredentialKind.OAUTH2)
    title = "Mail for shop.example is received by Microsoft 365"
    assert await findings(catalogue, account, AT_MICROSOFT_365) == [
        ("MX", "shop.example", None),
        ("PASSED", title, None),
        OWN_SENDER,
    ]
    assert ("WARNED", title, DiagnosisCode.POLICY_OTHER) in await findings(catalogue, account)


async def test_who_belongs_to_the_other_service_is_told_so(catalogue: Catalogue) -> None:
    title = "{} belongs to the service that was chosen"
    private = subject(catalogue, "microsoft365", "ann@hotmail.de", kind=CredentialKind.OAUTH2)
    business = subject(catalogue, "outlook-com", "ann@shop.example", kind=CredentialKind.OAUTH2)
    assert await findings(catalogue, private) == [
        ("WARNED", title.format("ann@hotmail.de"), DiagnosisCode.POLICY_OTHER),
        OWN_SENDER,
    ]
    assert (await findings(catalogue, business, AT_MICROSOFT_365))[2] == (
        "WARNED",
        title.format("ann@shop.example"),
        DiagnosisCode.POLICY_OTHER,
    )


async def test_a_password_that_works_is_warned_of(catalogue: Catalogue) -> None:
    account = subject(catalogue, "microsoft365", "ann@shop.example", kind=CredentialKind.PASSWORD)
    assert ("WARNED", "This way in will last", DiagnosisCode.BASIC_AUTH_DISABLED) in await findings(
        catalogue, account
    )


async def test_every_other_sender_is_warned_of(catalogue: Catalogue) -> None:
    account = subject(catalogue, "outlook-com", "ann@msn.com", "info@msn.com", kind=CredentialKind.OAUTH2)
    assert await findings(catalogue, account) == [
        ("WARNED", "Microsoft lets info@msn.com be used as the sender", DiagnosisCode.SENDER_NOT_OWNED)
    ]


async def test_onmicrosoft_addresses_reach_few(catalogue: Catalogue) -> None:
    account = subject(catalogue, "microsoft365", "ann@shop.onmicrosoft.com", kind=CredentialKind.OAUTH2)
    assert (await findings(catalogue, account))[0] == (
        "WARNED",
        "ann@shop.onmicrosoft.com may write to people outside",
        DiagnosisCode.QUOTA_EXCEEDED,
    )


@pytest.mark.parametrize(
    ("domain", "exchanger", "key"),
    [
        ("hotmail.co.uk", "", "outlook-com"),
        ("windowslive.com", "", "outlook-com"),
        ("shop.example", "shop-example.mail.protection.outlook.com", "microsoft365"),
        ("shop.example", "shop-example.x-v1.mx.microsoft", "microsoft365"),
        ("shop.example", "hotmail-com.olc.protection.outlook.com", "outlook-com"),
    ],
)
async def test_whose_an_address_is(catalogue: Catalogue, domain: str, exchanger: str, key: str) -> None:
    owner = await catalogue.owner_of(domain, (exchanger,))
    assert (owner and owner.key) == key
