import json
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letterhead_providers import (
    Actor,
    AuthMethod,
    CredentialKind,
    DiagnosisCode,
    Instruction,
    KnownReply,
    Limits,
    OAuth2,
    Preset,
    Protocol,
    Provider,
    ProviderKind,
    Retry,
    SecretFormat,
    Security,
    SendAsRule,
    Server,
    Stage,
)
from letterhead_providers.admission import Rejected
from letterhead_providers.toml import providers_in, read_provider
from providers.made import POP3, SMTP

SIMPLE = """
name = "Acme Mail"
domains = ["acme.example"]
mx = ["mx.acme.example"]
smtp = "smtp.acme.example:465 tls"
pop3 = "pop.acme.example:995 tls"
"""

FULL = """
key = "acme-relay"
name = "Acme Relay"
kind = "relay"
website = "https://acme.example"
domains = ["acme.example"]
mx = ["mx.acme.example"]
hosts = ["api.acme.example"]
sends_as = "verified_domains"
popularity = 7
sources = ["https://acme.example/smtp"]
checked = "2026-11"

[[presets]]
label = "Through the tunnel"
recommended = true
username = "{local}"
smtp = "[2001:db8::1]:2525 STARTTLS the key"
imap = "imap.acme.example:143 starttls"

[[auth_methods]]
key = "mail-key"
title = "Mail key"
kind = "oauth2"
recommended = true
requires_two_factor = true
secret_label = "Key"
unavailable_because = "It is being moved."
secret_format = { pattern = "[a-z]{8}", description = "8 letters", strip = " -" }
login_format = { pattern = "[A-Z]{4}", description = "an account's four letters" }
instructions = ["Open the keys.", "https://acme.example/keys", { text = "Make one." }]

[auth_methods.oauth2]
authorize_url = "https://acme.example/authorize"
token_url = "https://acme.example/token"
scopes = ["mail"]
mechanisms = ["OAUTHBEARER"]
parameters = { access_type = "offline" }
identity_claim = "email"
pkce = false

[limits]
messages_per_minute = 1
messages_per_day = 2
recipients_per_message = 3
bytes_per_message = 4
note = "Few."
source = "https://acme.example/limits"

[[replies]]
code = 550
enhanced = "5.7.1"
phrase = "not yours"
stages = ["sender", "data"]
diagnosis = "sender_not_owned"
title = "Not your address"
explanation = "It belongs to somebody else."
actor = "sender"
retry = "never"
help = "https://acme.example/senders"
advice = ["Use yours."]
"""

FULL_PROVIDER = Provider(
    key="acme-relay",
    name="Acme Relay",
    kind=ProviderKind.RELAY,
    website="https://acme.example",
    domains=("acme.example",),
    mx=("mx.acme.example",),
    hosts=("api.acme.example",),
    sends_as=SendAsRule.VERIFIED_DOMAINS,
    popularity=7,
    sources=("https://acme.example/smtp",),
    checked="2026-11",
    presets=(
        Preset(
            label="Through the tunnel",
            smtp=Server(
                protocol=Protocol.SMTP,
                host="2001:db8::1",
                port=2525,
                security=Security.STARTTLS,
                username="the key",
            ),
            incoming=Server(
                protocol=Protocol.IMAP,
                host="imap.acme.example",
                port=143,
                security=Security.STARTTLS,
                username="{local}",
            ),
            recommended=True,
        ),
    ),
    auth_methods=(
        AuthMethod(
            key="mail-key",
            title="Mail key",
            kind=CredentialKind.OAUTH2,
            recommended=True,
            requires_two_factor=True,
            secret_label="Key",
            unavailable_because="It is being moved.",
            secret_format=SecretFormat(pattern="[a-z]{8}", description="8 letters", strip=" -"),
            login_format=SecretFormat(pattern="[A-Z]{4}", description="an account's four letters"),
            instructions=(
                Instruction(text="Open the keys.", link="https://acme.example/keys"),
                Instruction(text="Make one."),
            ),
            oauth2=OAuth2(
                authorize_url="https://acme.example/authorize",
                token_url="https://acme.example/token",
                scopes=("mail",),
                mechanisms=("OAUTHBEARER",),
                parameters=(("access_type", "offline"),),
                identity_claim="email",
                pkce=False,
            ),
        ),
    ),
    limits=Limits(
        messages_per_minute=1,
        messages_per_day=2,
        recipients_per_message=3,
        bytes_per_message=4,
        note="Few.",
        source="https://acme.example/limits",
    ),
    replies=(
        KnownReply(
            code=550,
            enhanced="5.7.1",
            phrase="not yours",
            stages=(Stage.SENDER, Stage.DATA),
            diagnosis=DiagnosisCode.SENDER_NOT_OWNED,
            title="Not your address",
            explanation="It belongs to somebody else.",
            actor=Actor.SENDER,
            retry=Retry.NEVER,
            help="https://acme.example/senders",
            advice=(Instruction(text="Use yours."),),
        ),
    ),
)

PASSWORD = AuthMethod(key="password", title="Password", kind=CredentialKind.PASSWORD, recommended=True)


def test_six_lines_are_a_provider() -> None:
    assert read_provider(SIMPLE, source="acme.toml") == Provider(
        key="acme",
        name="Acme Mail",
        domains=("acme.example",),
        mx=("mx.acme.example",),
        presets=(Preset(label="TLS, incoming by POP3", smtp=SMTP, incoming=POP3, recommended=True),),
        auth_methods=(PASSWORD,),
    )


def test_everything_can_be_said() -> None:
    assert read_provider(FULL, source="acme.toml") == FULL_PROVIDER


@pytest.mark.parametrize(
    "example",
    [
        FULL_PROVIDER,
        *FULL_PROVIDER.presets,
        *(server for p in FULL_PROVIDER.presets for server in (p.smtp, p.incoming)),
        *FULL_PROVIDER.auth_methods,
        FULL_PROVIDER.auth_methods[0].secret_format,
        FULL_PROVIDER.auth_methods[0].oauth2,
        FULL_PROVIDER.limits,
        *FULL_PROVIDER.replies,
        FULL_PROVIDER.auth_methods[0].instructions[0],
    ],
    ids=lambda example: type(example).__name__,
)
def test_the_long_example_leaves_no_field_out(example: Any) -> None:
    unsaid = [
        f.name for f in fields(example) if f.default is not MISSING and getattr(example, f.name) == f.default
    ]
    assert unsaid == []


@pytest.mark.parametrize(
    ("servers", "labels"),
    [
        ('smtp = "a.example:587 starttls"', ["STARTTLS, sending only"]),
        (
            """
            smtp = ["a.example:465 tls", "a.example:587 starttls", "b.example:2525 tls"]
            pop3 = "a.example:995 tls"
            imap = "a.example:993 tls"
            """,
            [
                "TLS, incoming by POP3",
                "TLS, incoming by IMAP",
                "STARTTLS, incoming by POP3",
                "TLS on port 2525 at b.example, incoming by POP3",
            ],
        ),
        (
            'smtp = "a.example:465 tls"\nimap = ["a.example:993 tls", "b.example:993 tls"]',
            ["TLS, incoming by IMAP", "TLS, incoming by IMAP at b.example"],
        ),
        ("", []),
    ],
)
def test_servers_become_presets_the_best_first(servers: str, labels: list[str]) -> None:
    presets = read_provider(f'name = "Acme"\n{servers}', source="acme.toml").presets
    assert [(preset.label, preset.recommended) for preset in presets] == [
        (label, number == 0) for number, label in enumerate(labels)
    ]


@pytest.mark.parametrize(
    ("ways", "recommended"),
    [
        ('["app_password", "none"]', ["app-password"]),
        ('[{ kind = "oauth2", unavailable_because = "No." }, "api_key"]', ["api-key"]),
        ('["password", { kind = "none", recommended = true }]', ["none"]),
    ],
)
def test_the_first_way_in_that_works_is_recommended(ways: str, recommended: list[str]) -> None:
    provider = read_provider(f'name = "Acme"\nauth_methods = {ways}', source="acme.toml")
    assert [method.key for method in provider.auth_methods if method.recommended] == recommended


BAD = {
    "not TOML": ("name: Acme", "it is not TOML: Expected '='"),
    "no name": ("domains = []", "name: it is missing and has to be given"),
    "unknown key": (
        'name = "A"\nsmpt = "a.example:465 tls"',
        "smpt: there is no such key; did you mean smtp?",
    ),
    "strange key": (
        'name = "A"\ncolour = 1',
        "colour: there is no such key; there are: auth_methods, checked",
    ),
    "unknown inner key": ('name = "A"\n[limits]\nper_day = 5', "limits.per_day: there is no such key"),
    "number for text": ("name = 5", "name: it is a whole number, and has to be text in quotes"),
    "text for number": (
        'name = "A"\npopularity = "9"',
        "popularity: it is text in quotes, and has to be a whole",
    ),
    "truth for number": ('name = "A"\npopularity = true', "popularity: it is true or false"),
    "text for a list": (
        'name = "A"\ndomains = "a.example"',
        "domains: it is text in quotes, and has to be a list",
    ),
    "number in a list": ('name = "A"\ndomains = ["a.example", 5]', "domains#2: it is a whole number"),
    "text for a table": ('name = "A"\nlimits = "few"', "limits: it is text in quotes, and has to be a table"),
    "date for text": (
        'name = "A"\nchecked = 2026-11-01',
        "checked: it is a date, and has to be text in quotes",
    ),
    "no month": ('name = "A"\nchecked = "today"', "checked is 'today', not a month"),
    "no port": (
        'name = "A"\nsmtp = "a.example tls"',
        "smtp: 'a.example tls' is no server; write \"host:port tls\"",
    ),
    "no security": ('name = "A"\nsmtp = "a.example:465"', "smtp: 'a.example:465' is no server"),
    "server as number": ('name = "A"\nsmtp = 465', "smtp: a whole number is no server"),
    "unknown security": (
        'name = "A"\nsmtp = "a.example:465 ssl"',
        "'ssl' is not known; there are: tls, starttls",
    ),
    "login as number": (
        'name = "A"\nusername = 1\nsmtp = "a.example:465 tls"',
        "smtp.username: it is a whole number",
    ),
    "in the clear": ('name = "A"\nsmtp = "a.example:25 none"', "would be used without encryption"),
    "port out of range": (
        'name = "A"\nsmtp = "a.example:70000 tls"',
        "port 70000 is not between 1 and 65535",
    ),
    "only incoming": ('name = "A"\npop3 = "a.example:995 tls"', "smtp: it is missing"),
    "both forms": (
        'name = "A"\nsmtp = "a.example:465 tls"\n[[presets]]\nlabel = "x"',
        "either presets or servers",
    ),
    "presets as text": ('name = "A"\npresets = "tls"', "presets: write each under a line [[presets]]"),
    "preset without smtp": ('name = "A"\n[[presets]]\nlabel = "x"', "presets#1: it has to have one smtp"),
    "preset without label": (
        'name = "A"\n[[presets]]\nsmtp = "a.example:465 tls"',
        "presets#1.label: it is missing",
    ),
    "ways in as text": ('name = "A"\nauth_methods = "password"', "auth_methods: write each under a line"),
    "way in as number": ('name = "A"\nauth_methods = [1]', "auth_methods#1: it is a whole number"),
    "way in without kind": (
        'name = "A"\n[[auth_methods]]\ntitle = "x"',
        "auth_methods#1.kind: it is missing",
    ),
    "unknown kind": (
        'name = "A"\nauth_methods = ["pasword"]',
        "auth_methods#1.kind: 'pasword' is not known; did you",
    ),
    "unknown diagnosis": (
        'name = "A"\n[[replies]]\ntitle = "t"\nexplanation = "e"\nphrase = "p"\ndiagnosis = "bad"',
        "replies#1.diagnosis: 'bad' is not known; there are: wrong_password",
    ),
    "instruction as number": (
        'name = "A"\n[[auth_methods]]\nkind = "none"\ninstructions = ["a", 5]',
        "auth_methods#1.instructions#2: it is a whole number, and has to be a table",
    ),
    "plain http": ('name = "A"\nwebsite = "http://a.example"', "is not an https URL"),
    "slow pattern": (
        'name = "A"\n[[auth_methods]]\nkind = "none"\nsecret_format = {pattern = "(a+)+", description = ""}',
        "too many ways",
    ),
    "slow pattern of a login": (
        'name = "A"\n[[auth_methods]]\nkind = "none"\nlogin_format = {pattern = "(a+)+", description = ""}',
        "too many ways",
    ),
}


@pytest.mark.parametrize(("text", "reason"), BAD.values(), ids=BAD.keys())
def test_a_bad_file_is_refused_with_its_name_the_place_and_the_remedy(text: str, reason: str) -> None:
    with pytest.raises(Rejected) as refused:
        read_provider(text, source="acme.toml")
    assert str(refused.value).startswith("acme.toml: ")
    assert reason in str(refused.value)


def test_a_name_that_is_no_key_is_refused() -> None:
    with pytest.raises(Rejected, match=r"Acme Mail.toml: the key 'Acme Mail' may hold lower-case letters"):
        read_provider(SIMPLE, source="Acme Mail.toml")


def test_a_folder_is_read_by_file_name_and_other_files_are_left_alone(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / f"{name}.toml").write_bytes(f'\ufeffname = "{name.upper()}"\r\n'.encode())
    (tmp_path / "notes.txt").write_text("hello")
    assert [(provider.key, provider.name) for provider in providers_in(tmp_path)] == [("a", "A"), ("b", "B")]


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes('name = "Müller"'.encode("latin-1"))
    with pytest.raises(Rejected, match=r"a.toml: it is not UTF-8; save it in that encoding"):
        providers_in(tmp_path)


KEYS = [
    *(field.name for field in fields(Provider)),
    "smtp",
    "pop3",
    "imap",
    "username",
    "kind",
    "label",
    "text",
]
VALUES = st.recursive(
    st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from(["password", "a.example:465 tls", "A", "https://a.example"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=6,
)


def as_toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {as_toml(item)}" for key, item in value.items()) + "}"
    return f"[{', '.join(map(as_toml, value))}]" if isinstance(value, list) else json.dumps(value)


@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5))
def test_whatever_is_written_there_is_a_provider_or_a_reason(table: dict[str, Any]) -> None:
    text = "\n".join(f"{key} = {as_toml(value)}" for key, value in (table | {"name": "A"}).items())
    try:
        said = read_provider(text, source="a.toml").name
    except Rejected as refused:
        said = str(refused)
    assert said == "A" or said.startswith("a.toml: ")
