"""A mail service with secrets of a certain form and the sandbox's servers, and links to sign in to it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from lab.daemons import free_ports
from lab.product import Caller, Product, Start
from letterhead.sandbox.mailboxes import SANDBOX_DOMAIN
from letterhead.sandbox.service import Sandbox
from letterhead_providers import (
    AuthMethod,
    CredentialKind,
    Instruction,
    Preset,
    Protocol,
    SecretFormat,
    Security,
    Server,
)
from providers.made import a_plugin, a_provider

SALES = f"sales@{SANDBOX_DOMAIN}"
CREATE = """
mutation ($input: CreateSignInLinkInput!) {
  createSignInLink(input: $input) {
    link { url expiresAt flow { id expiresAt step { is: __typename } } }
    errors { message path code }
  }
}
"""
STEP = """
query ($id: ID!) { node(id: $id) { ... on SignInFlow {
  step { is: __typename ... on AskStep { title problems { message } } ... on DoneStep { kind } }
} } }
"""
CANCEL = """
mutation ($input: CancelSignInInput!) { cancelSignIn(input: $input) { flow { id } errors { code } } }
"""
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
APP_PASSWORD = AuthMethod(
    key="app-password",
    title="App password",
    kind=CredentialKind.APP_PASSWORD,
    secret_label="App password",
    secret_format=SecretFormat(pattern="[a-z]{4} [a-z]{6}", description="Two words of small letters."),
    instructions=(
        Instruction(text="Open the app passwords page at Harbor Mail.", link="https://harbor.example/apps"),
        Instruction(text="Make a password, and copy it."),
    ),
)


@dataclass(frozen=True)
class Desk:
    """Where links are made, and where their holders come to, who have no token of ours."""

    product: Product
    holder: httpx2.AsyncClient

    @property
    def admin(self) -> Caller:
        return self.product.admin

    async def link(self, **given: Any) -> dict[str, Any]:
        payload = await self.admin.do(CREATE, {"address": SALES, "providerKey": "harbor", **given})
        assert payload["errors"] == [], payload
        link: dict[str, Any] = payload["link"]
        return link

    async def opens(self, token: str) -> httpx2.Response:
        return await self.holder.post("/sign-in/link/open", json={"token": token})

    async def answers(self, token: str, **answers: str) -> httpx2.Response:
        return await self.holder.post("/sign-in/link/answer", json={"token": token, "answers": answers})

    async def step(self, flow_id: str) -> dict[str, Any]:
        """As the link's maker sees it."""
        step: dict[str, Any] = (await self.admin.ask(STEP, id=flow_id))["node"]["step"]
        return step


def token_of(link: dict[str, Any]) -> str:
    return str(link["url"]).partition("#")[2]


@pytest.fixture
async def desk(start: Start, sandbox: Sandbox) -> AsyncIterator[Desk]:
    [port] = free_ports(1)
    async with start(port=port, ca_file=sandbox.ca_file, worker=False) as product:
        harbor = a_provider(
            key="harbor",
            name="Harbor Mail",
            domains=(),
            presets=(_servers(sandbox),),
            auth_methods=(APP_PASSWORD,),
        )
        status = product.serving.house.catalogue.admit("harbor", a_plugin(harbor))
        assert status.message is None, status
        async with httpx2.AsyncClient(base_url=product.serving.address, verify=False) as holder:
            yield Desk(product, holder)


def _servers(sandbox: Sandbox) -> Preset:
    places = {"host": "localhost", "security": Security.STARTTLS}
    return Preset(
        label="STARTTLS",
        smtp=Server(protocol=Protocol.SMTP, port=sandbox.smtp_port, **places),
        incoming=Server(protocol=Protocol.POP3, port=sandbox.pop3_port, **places),
    )
