"""A relay sends and keeps no mail: answers arrive elsewhere, at a mailbox with a credential of its own."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
import trustme

from api.documents import SAVE, START_SIGN_IN
from api.drafts import Draft, server
from api.marks import on_sqlite
from api.test_policy import SET_POLICY
from lab.product import TEST, Product
from lab.sinks import Sink, counting_smtp_server
from letterhead.sandbox.mailboxes import SANDBOX_PASSWORD
from letterhead.schema.ids import row_id
from letterhead.serving import Serving
from letterhead.store import models
from letterhead_providers import (
    AuthMethod,
    CredentialKind,
    Preset,
    Protocol,
    ProviderKind,
    SecretFormat,
    Security,
    Server,
)
from providers.made import a_plugin, a_provider

pytestmark = [pytest.mark.asyncio(loop_scope="module"), on_sqlite]

KEY, LOGIN = "key-abcdefgh", "C4711"
SMTP = Server(
    protocol=Protocol.SMTP, host="smtp.courier.example", port=465, security=Security.TLS, username=""
)
COURIER = a_provider(
    key="courier",
    name="Courier",
    kind=ProviderKind.RELAY,
    domains=(),
    presets=(Preset(label="TLS", smtp=SMTP, incoming=None),),
    auth_methods=(
        AuthMethod(
            key="api-key",
            title="API key",
            kind=CredentialKind.API_KEY,
            secret_format=SecretFormat(pattern="key-[a-z]{8}", description="It begins with key-.", strip=" "),
            login_format=SecretFormat(pattern="C[0-9]{4}", description="a customer number, such as C1234"),
        ),
    ),
)


@pytest.fixture(scope="module", autouse=True)
def courier(server: Serving) -> None:
    status = server.house.catalogue.admit("courier", a_plugin(COURIER))
    assert status.message is None, status


@pytest_asyncio.fixture(loop_scope="module")
async def relay(lab_ca: trustme.CA) -> AsyncIterator[Sink]:
    async with counting_smtp_server(certificate=lab_ca.issue_cert("localhost")) as sink:
        yield sink


def by_relay(draft: Draft, sink: Sink, **changes: Any) -> dict[str, Any]:
    """A mailbox of the sandbox that writes by the relay."""
    given = {
        "providerKey": "courier",
        "smtp": server("SMTP", sink.port, username=LOGIN),
        "credential": {"password": f" {KEY[:6]} {KEY[6:]}"},
        "incomingCredential": {"password": SANDBOX_PASSWORD},
    }
    made = draft("sales", **(given | changes))
    return {name: value for name, value in made.items() if value is not None}


def shown(sink: Sink) -> list[str]:
    """Login and secret of each sign-in."""
    return [
        base64.b64decode(command.split(" ")[2]).decode().replace("\0", " ").strip()
        for command in sink.commands
        if command.startswith("AUTH PLAIN")
    ]


async def refusal(acme: Product, draft: dict[str, Any]) -> tuple[str, list[str], str]:
    [error] = (await acme.admin.do(TEST, {"draft": draft}))["errors"]
    return error["code"], error["path"], error["message"]


async def test_without_a_mailbox_both_remedies_are_named(acme: Product, draft: Draft, relay: Sink) -> None:
    code, path, message = await refusal(acme, by_relay(draft, relay, incoming=None, incomingCredential=None))
    assert (code, path) == ("REQUIRED", ["draft", "incoming"])
    for words in ("Courier only sends", "incomingCredential", "OPTIONAL", "setPolicy"):
        assert words in message
    mailbox = await refusal(acme, draft("sales", incoming=None))
    assert (mailbox[:2], "setPolicy" in mailbox[2]) == ((code, path), False)


async def test_the_relays_key_is_never_shown_to_the_mailbox(acme: Product, draft: Draft, relay: Sink) -> None:
    code, path, _ = await refusal(acme, by_relay(draft, relay, incomingCredential=None))
    assert (code, path, relay.sessions) == ("REQUIRED", ["draft", "incomingCredential"], [])


async def test_it_is_saved_with_a_mailbox_elsewhere(acme: Product, draft: Draft, relay: Sink) -> None:
    account = await acme.admin.saved(by_relay(draft, relay))

    assert (account["status"], shown(relay)) == ("READY", [f"{LOGIN} {KEY}"])
    row = await models.EmailAccount.get(id=row_id(account["id"], "EmailAccount"))
    assert (row.credential_kind, row.incoming_credential_kind) == ("API_KEY", "PASSWORD")


async def test_it_is_tested_again_with_both_that_are_kept(acme: Product, draft: Draft, relay: Sink) -> None:
    account = (await acme.admin.saved(by_relay(draft, relay)))["id"]
    kept = by_relay(draft, relay, credential={"keepExisting": True}, incomingCredential=None)
    started = await acme.admin.do(TEST, {"accountId": account})
    for test in (
        await acme.admin.tested(kept, accountId=account),
        await acme.admin.until_tested(started["test"]["id"]),
    ):
        assert test["status"] == "PASSED"
    assert shown(relay) == [f"{LOGIN} {KEY}"] * 3


async def test_it_is_saved_without_one_where_the_company_wants_it_so(
    acme: Product, draft: Draft, relay: Sink
) -> None:
    await acme.admin.do(SET_POLICY, {"incomingServer": "OPTIONAL"})
    account = await acme.admin.saved(by_relay(draft, relay, incoming=None, incomingCredential=None))
    assert (account["status"], shown(relay)) == ("READY", [f"{LOGIN} {KEY}"])


@pytest.mark.parametrize("login", ["sales@sandbox.letterhead.example", KEY])
async def test_a_login_of_another_shape_is_told_before_anything_is_dialled(
    acme: Product, draft: Draft, relay: Sink, login: str
) -> None:
    wrong = by_relay(draft, relay, smtp=server("SMTP", relay.port, username=login))

    test = await acme.admin.tested(wrong)

    assert (test["status"], relay.sessions) == ("FAILED", [])
    assert [step["stage"] for step in test["steps"] if step["status"] == "FAILED"] == ["PRECHECK"]
    diagnosis = test["diagnosis"]
    assert (diagnosis["code"], diagnosis["actor"]) == ("SECRET_FORMAT", "MAILBOX_OWNER")
    assert diagnosis["title"] == "This is not how Courier writes its logins"
    assert "a customer number, such as C1234" in diagnosis["explanation"]
    assert login not in str(diagnosis)
    saved = await acme.admin.do(SAVE, {"testId": test["id"]})
    assert [error["code"] for error in saved["errors"]] == ["TEST_FAILED"]


async def test_a_sign_in_says_so_at_its_start(acme: Product, draft: Draft, relay: Sink) -> None:
    given = {"address": "sales@sandbox.letterhead.example", "providerKey": "courier"}
    for login, path in ((None, ["smtp", "username"]), ("ann", ["smtp", "username"]), (LOGIN, None)):
        started = await acme.admin.do(
            START_SIGN_IN, given | {"smtp": server("SMTP", relay.port, username=login)}
        )
        assert [error["path"] for error in started["errors"]] == ([path] if path else [])
