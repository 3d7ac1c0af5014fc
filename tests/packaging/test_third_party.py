"""A package of somebody else's, installed beside the product: found, used, and harmless when it is bad."""

from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from lab.product import Caller
from lab.venvs import ROOT, Environment, fresh_environment
from letterhead.sandbox.mailboxes import SANDBOX_DOMAIN, SANDBOX_PASSWORD
from letterhead.sandbox.service import Sandbox

PROVIDER = '{ provider(key: "acme") { name plugin { name bundled health } presets { smtp { host } } } }'
EXPLAIN = """
{ explainReply(reply: "535 Sorry, programs are not allowed here", providerKey: "acme", during: SIGN_IN) {
    title explainedBy } }
"""
START = """
mutation ($input: StartSignInInput!) { startSignIn(input: $input) { flow { id } errors { message } } }
"""
CONTINUE = """
mutation ($input: ContinueSignInInput!) { continueSignIn(input: $input) { flow { step { __typename } } } }
"""
BAD = {
    "raises": "raise RuntimeError('at import')",
    "asynchronous": """
        from letterhead_providers import hookimpl
        CONTRACT = 1
        @hookimpl
        async def providers(): return []
    """,
    "greedy": """
        from letterhead_providers import AuthMethod, CredentialKind, Preset, Protocol, Provider, Security
        from letterhead_providers import Server, hookimpl
        CONTRACT = 1
        SMTP = Server(protocol=Protocol.SMTP, host="smtp.greedy.example", port=465, security=Security.TLS)
        @hookimpl
        def providers():
            password = AuthMethod(key="password", title="Password", kind=CredentialKind.PASSWORD)
            return [Provider(key="greedy", name="Greedy", domains=("gmail.com",), auth_methods=(password,),
                             presets=(Preset(label="x", smtp=SMTP, incoming=None),))]
    """,
    "hanging": """
        import time
        from letterhead_providers import hookimpl
        CONTRACT = 1
        @hookimpl
        def providers(): time.sleep(60)
    """,
    "old": "CONTRACT = 0",
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The product and the example of a third party, from their wheels."""
    made = fresh_environment(tmp_path_factory.mktemp("venv"))
    made.install(ROOT / "providers", ROOT, ROOT / "plugins" / "acme")
    return made


@pytest.fixture
def served(installed: Environment, sandbox: Sandbox, tmp_path: Path) -> Iterator[Caller]:
    """The installed product, asked by an administrator."""
    installed.letterhead("company", "create", "Acme", folder=tmp_path)
    token = installed.letterhead("token", "create", "--company", "Acme", "--admin", folder=tmp_path)
    ports = f"{sandbox.smtp_port}+{sandbox.pop3_port}"
    settings = {"CA_FILE": str(sandbox.ca_file), "ALLOW_TARGETS": f"127.0.0.1/32:{ports},[::1/128]:{ports}"}
    with installed.serving(tmp_path, **settings) as address:
        yield Caller(address, token.strip())


async def test_its_preset_its_check_and_its_explanation_are_used(served: Caller, sandbox: Sandbox) -> None:
    assert (await served.ask(PROVIDER))["provider"] == {
        "name": "Acme Mail",
        "plugin": {"name": "acme", "bundled": False, "health": "OK"},
        "presets": [{"smtp": {"host": "smtp.acme.example"}}],
    }
    assert (await served.ask(EXPLAIN))["explainReply"] == {
        "title": "Programs may not use this mailbox yet",
        "explainedBy": "acme",
    }
    test = await served.tested(await _draft(served, sandbox))
    await served.http.aclose()
    checked = [step for step in test["steps"] if step["stage"] == "PROVIDER"]
    assert [step["status"] for step in checked] == ["WARNED"], checked


async def _draft(served: Caller, sandbox: Sandbox) -> dict[str, object]:
    """An address of the sandbox that pretends to be Acme's; its domain has no mail exchanger there."""
    server = {"host": "localhost", "security": "STARTTLS"}
    draft = {
        "address": f"sales@{SANDBOX_DOMAIN}",
        "providerKey": "acme",
        "smtp": {"protocol": "SMTP", "port": sandbox.smtp_port, **server},
        "incoming": {"protocol": "POP3", "port": sandbox.pop3_port, **server},
    }
    started = await served.do(START, draft | {"authMethod": "password"})
    flow = {"flowId": started["flow"]["id"]}
    answers = [{"name": "secret", "value": SANDBOX_PASSWORD}]
    ended = await served.do(CONTINUE, flow | {"answers": answers})
    assert ended["flow"]["step"]["__typename"] == "DoneStep"
    return draft | {"credential": flow}


def test_bad_ones_do_no_harm_and_it_is_said_of_each(installed: Environment, tmp_path: Path) -> None:
    [packages] = installed.home.glob("lib/python*/site-packages")
    for name, code in BAD.items():
        (packages / f"bad_{name}.py").write_text(dedent(code))
        described = packages / f"bad_{name}-1.0.dist-info"
        described.mkdir()
        (described / "METADATA").write_text(f"Metadata-Version: 2.1\nName: bad-{name}\nVersion: 1.0\n")
        (described / "entry_points.txt").write_text(f"[letterhead]\n{name} = bad_{name}\n")

    lines = installed.letterhead("plugins", folder=tmp_path).splitlines()

    said = {line.split()[0]: line for line in lines}
    assert said["acme"].split()[:3] == ["acme", "1.0.0", "letterhead-acme"]
    assert "gmail.com stays with 'gmail'" in said["greedy"]
    for name, why in {
        "raises": "it cannot be imported: RuntimeError",
        "asynchronous": "async",
        "hanging": "no answer within 1 s",
        "old": "contract",
    }.items():
        assert "REJECTED" in said[name], said[name]
        assert why in said[name], said[name]
    assert "1 gold" in said["zoho"]
