"""The operator's clients and addresses: a wrong one stops the start with one line, which shows no secret."""

from pathlib import Path

import pytest

from letterhead.errors import ConfigurationError
from letterhead.settings import Settings, load
from letterhead.vault.clients import OAuth2Client, open_clients
from letterhead.vault.secret import Secret

FILE = """
[gmail]
client_id = "1234.apps.example"
client_secret = "Canary"

[microsoft]
providers = ["microsoft365", "outlook-com"]
client_id = "public"
"""


def opened(tmp_path: Path, text: str | bytes) -> dict[str, OAuth2Client]:
    file = tmp_path / "clients.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return dict(open_clients(Settings(oauth2_clients=file)))


def test_a_client_serves_the_providers_it_names(tmp_path: Path) -> None:
    clients = opened(tmp_path, FILE)
    public = OAuth2Client(id="public", secret=Secret(""))
    assert clients == {
        "gmail": OAuth2Client(id="1234.apps.example", secret=Secret("Canary")),
        "microsoft365": public,
        "outlook-com": public,
    }
    assert "Canary" not in repr(clients)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[gmail]\nclient_secret = "Canary"', "[gmail]: client_id is missing"),
        ('[gmail]\nclient_id = 1\nclient_secret = "Canary"', "[gmail]: client_id is not a text"),
        ('[gmail]\nclient_id = "x"\nclient_secret = "Can\\nary"', "[gmail]: client_secret is not a text"),
        ('[gmail]\nclient_id = "x"\nclient_sercet = "Canary"', "[gmail]: there is no client_sercet"),
        ('client_secret = "Canary"', "client_secret stands outside of a section"),
        ('[a]\nclient_id = "x"\nproviders = "gmail"', "[a]: providers is a list of keys"),
        ('[a]\nclient_id = "x"\nproviders = ["b"]\n[b]\nclient_id = "y"', "[b]: there is a client for b"),
        ('[gmail]\nclient_secret = "Canary', "is not TOML"),
        (b"\xff\xfe", "is not TOML"),
    ],
)
def test_a_wrong_file_stops_the_start(tmp_path: Path, text: str | bytes, why: str) -> None:
    with pytest.raises(ConfigurationError) as stopped:
        opened(tmp_path, text)
    message = str(stopped.value)
    assert message.startswith("LETTERHEAD_OAUTH2_CLIENTS: ")
    assert why in message
    assert "Can" not in message
    assert "\n" not in message


def test_a_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"LETTERHEAD_OAUTH2_CLIENTS: .* cannot be read: No such"):
        open_clients(Settings(oauth2_clients=tmp_path / "none.toml"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "mail.example.com"),
        ("PUBLIC_URL", "ftp://mail.example.com"),
        ("PUBLIC_URL", "https://mail.example.com/?a=b"),
        ("PUBLIC_URL", "https://user@mail.example.com"),
        ("RETURN_ORIGINS", "https://crm.example/path"),
        ("RETURN_ORIGINS", "https://crm.example,*"),
        ("RETURN_ORIGINS", "https://crm.example:x"),
        ("RETURN_ORIGINS", "https:crm.example"),
    ],
)
def test_a_wrong_address_stops_the_start(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"LETTERHEAD_{name}", value)
    with pytest.raises(ConfigurationError, match=f"^LETTERHEAD_{name}: .*https://"):
        load()


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        (Settings(), "http://127.0.0.1:8025/sign-in/callback"),
        (Settings(host="::1", port=80), "http://[::1]:80/sign-in/callback"),
        (Settings(public_url="https://mail.example.com/"), "https://mail.example.com/sign-in/callback"),
        (Settings(public_url="https://example.com/mail"), "https://example.com/mail/sign-in/callback"),
    ],
)
def test_where_browsers_find_it(settings: Settings, address: str) -> None:
    assert settings.address_of("/sign-in/callback") == address


def test_origins_are_compared_in_one_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LETTERHEAD_RETURN_ORIGINS", " https://CRM.example:443/ , http://localhost:3000")
    assert load().return_origins == ("https://crm.example", "http://localhost:3000")
