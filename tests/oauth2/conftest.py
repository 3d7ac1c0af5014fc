from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme

from lab.daemons import free_ports
from lab.product import Caller, Product, Start
from lab.sinks import Sink, counting_smtp_server
from letterhead.house import House
from letterhead.store import models
from letterhead.vault.clients import OAuth2Client
from letterhead_providers import (
    AuthMethod,
    CredentialKind,
    OAuth2,
    Preset,
    Protocol,
    Provider,
    Security,
    Server,
)
from oauth2.authority import CLIENT_ID, CLIENT_SECRET, Authority, running_authority
from oauth2.browser import Browser, opened
from providers.made import PASSWORD, a_plugin

SALES = "sales@lab.example"
START = """
mutation ($input: StartSignInInput!) {
  startSignIn(input: $input) {
    flow { id step { is: __typename ... on VisitStep { url } } }
    errors { message path code }
  }
}
"""
FLOW = """
query ($id: ID!) {
  node(id: $id) {
    ... on SignInFlow {
      step {
        is: __typename
        ... on DoneStep { kind expiresAt }
        ... on FailedStep { retryable diagnosis { code title explanation actor reply { text } } }
      }
    }
  }
}
"""


@dataclass
class Lab:
    """The product with the client of a service whose sign-in is at ``authority``."""

    product: Product
    authority: Authority
    browser: Browser
    more: AsyncExitStack = field(repr=False)
    ca_file: Path

    @property
    def admin(self) -> Caller:
        return self.product.admin

    @property
    def house(self) -> House:
        return self.product.serving.house

    def service(self, smtp: Server, incoming: Server | None = None, **changes: Any) -> Provider:
        """Makes a mail service known whose servers these are."""
        oauth2 = OAuth2(
            authorize_url=f"{self.authority.url}/authorize",
            token_url=f"{self.authority.url}/token",
            scopes=("mail", "openid", "email"),
            identity_claim="email",
        )
        sign_in = AuthMethod(
            key="oauth2", title="Sign in at the lab", kind=CredentialKind.OAUTH2, oauth2=oauth2
        )
        provider = Provider(
            **{
                "key": "lab",
                "name": "Lab Mail",
                "presets": (Preset(label="TLS", smtp=smtp, incoming=incoming),),
                "auth_methods": (sign_in, PASSWORD),
                **changes,
            }
        )
        status = self.house.catalogue.admit(provider.key, a_plugin(provider))
        assert status.message is None, status
        return provider

    @property
    def clients(self) -> dict[str, OAuth2Client]:
        """Those of the operator, to be changed by a test."""
        assert isinstance(self.house.clients, dict)
        return self.house.clients

    async def begun(self, **given: Any) -> dict[str, Any]:
        """A flow whose person is to visit the service."""
        payload = await self.admin.do(START, {"address": SALES, "providerKey": "lab", **given})
        assert payload["errors"] == [], payload
        flow: dict[str, Any] = payload["flow"]
        assert flow["step"]["is"] == "VisitStep", flow
        return flow

    async def consented(self, **given: Any) -> str:
        """The id of a flow that is done."""
        flow = await self.begun(**given)
        page = await self.browser.open(flow["step"]["url"])
        assert f"{given.get('address', SALES)} is signed in" in page.text, page.text
        return str(flow["id"])

    async def step(self, flow_id: str) -> dict[str, Any]:
        node: dict[str, Any] = (await self.admin.ask(FLOW, id=flow_id))["node"]["step"]
        return node

    async def another_browser(self) -> Browser:
        return await self.more.enter_async_context(opened(self.ca_file))


SinkMaker = Callable[..., AbstractAsyncContextManager[Sink]]


@pytest.fixture
def sink(lab_ca: trustme.CA) -> SinkMaker:
    """A mail server with TLS that answers as it is told."""
    certificate = lab_ca.issue_cert("127.0.0.1")
    return lambda **answers: counting_smtp_server(certificate=certificate, answers=answers)


def smtp_at(port: int) -> Server:
    return Server(protocol=Protocol.SMTP, host="127.0.0.1", port=port, security=Security.STARTTLS)


@pytest.fixture
async def lab(start: Start, lab_ca: trustme.CA, lab_ca_file: Path, tmp_path: Path) -> AsyncIterator[Lab]:
    ours, theirs = free_ports(2)
    clients = tmp_path / "clients.toml"
    clients.write_text(f'[lab]\nclient_id = "{CLIENT_ID}"\nclient_secret = "{CLIENT_SECRET}"\n')
    settings = {
        "port": ours,
        "oauth2_clients": clients,
        "return_origins": ("https://crm.example",),
        "worker": False,
    }
    async with AsyncExitStack() as stack:
        authority = await stack.enter_async_context(running_authority(lab_ca, theirs, tmp_path))
        product = await stack.enter_async_context(start(**settings))
        authority.callback = f"http://127.0.0.1:{ours}/sign-in/callback"
        browser = await stack.enter_async_context(opened(lab_ca_file))
        await models.Company.all().update(incoming_server="OPTIONAL")
        yield Lab(product, authority, browser, stack, lab_ca_file)
