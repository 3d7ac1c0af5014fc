"""Signing in with an OAuth2 token, over each protocol."""

import json
import ssl
from base64 import b64decode, b64encode

import pytest

from letterhead.vault.secret import Secret
from letterhead.wire import sasl
from letterhead.wire.server import MailServer
from letterhead.wire.trouble import Cause, WireError
from letterhead_providers import Protocol, Security, ServerReply, Stage
from wire.scripted import HANG_UP, IMAP, POP3, SMTP, Answer, scripted, talking

TOKEN = Secret("ya29.t0ken-" + "x" * 40)
LONG = Secret("EwB4.l0ng-" + "y" * 2000)
REASONS = b64encode(b'{"status":"401","schemes":"bearer","scope":"https://mail.example/"}').decode()
MANNERS = {Protocol.SMTP: SMTP, Protocol.POP3: POP3, Protocol.IMAP: IMAP}
EACH = pytest.mark.parametrize("protocol", list(Protocol))
BOTH = pytest.mark.parametrize("mechanism", sasl.TOKEN_MECHANISMS)


def offering(protocol: Protocol, names: str) -> dict[str, str]:
    told = " ".join(f"AUTH={name}" for name in names.split())
    return {
        Protocol.SMTP: {"EHLO": f"250-mail.example\r\n250 AUTH {names}"},
        Protocol.POP3: {"CAPA": f"+OK\r\nUSER\r\nSASL {names}\r\n."},
        Protocol.IMAP: {"CAPABILITY": f"* CAPABILITY SASL-IR {told}\r\nTAG OK Done"},
    }[protocol]


def signing_in(protocol: Protocol, *answers: str) -> dict[str, Answer]:
    """``answers``: a challenge for each but the last; ``yes`` and ``no`` in the protocol's own words."""
    challenge = {Protocol.SMTP: "334 {}", Protocol.POP3: "+ {}", Protocol.IMAP: "+ {}"}[protocol]
    own = {
        "yes": {Protocol.SMTP: "235 Hi", Protocol.POP3: "+OK Hi", Protocol.IMAP: "TAG OK Hi"},
        "no": {
            Protocol.SMTP: "535 5.7.8 No",
            Protocol.POP3: "-ERR [AUTH] No",
            Protocol.IMAP: "TAG NO [AUTH] No",
        },
    }
    said = tuple(own[one][protocol] if one in own else challenge.format(one) for one in answers)
    return {"AUTHENTICATE" if protocol is Protocol.IMAP else "AUTH": said}


@pytest.fixture
def opened(tls: ssl.SSLContext, request: pytest.FixtureRequest):
    async def conversation(served, protocol: Protocol):
        made = request.getfixturevalue(protocol.lower())(served, Security.TLS)
        await made.open()
        return made

    return conversation


def said(heard: list[str]) -> list[str]:
    """What was said to sign in, without IMAP's tags."""
    return [line.removeprefix("A2 ") for line in heard[1:]]


@EACH
@BOTH
async def test_a_token_signs_in_at_once(
    opened, tls: ssl.SSLContext, protocol: Protocol, mechanism: str
) -> None:
    script = offering(protocol, f"PLAIN {mechanism}") | signing_in(protocol, "yes")
    async with scripted(MANNERS[protocol], tls=tls, **script) as served:
        conversation = await opened(served, protocol)
        assert await conversation.sign_in_with_token("al,ice=", TOKEN) == f"Signed in with {mechanism}"
        conversation.abort()
    [line] = said(served.heard)
    command, name, response = line.split(" ")
    where = f"host=127.0.0.1\x01port={served.port}"
    assert (command, name) == ("AUTHENTICATE" if protocol is Protocol.IMAP else "AUTH", mechanism)
    assert (
        b64decode(response).decode()
        == {
            "XOAUTH2": f"user=al,ice=\x01auth=Bearer {TOKEN.reveal()}\x01\x01",
            "OAUTHBEARER": f"n,a=al=2Cice=3D,\x01{where}\x01auth=Bearer {TOKEN.reveal()}\x01\x01",
        }[mechanism]
    )
    assert any(line.endswith(f"{command} {mechanism} ***") for line in conversation.transcript)


@EACH
async def test_a_token_too_long_for_a_command_waits(opened, tls: ssl.SSLContext, protocol: Protocol) -> None:
    token = Secret(LONG.reveal() * 4)
    script = offering(protocol, "XOAUTH2") | signing_in(protocol, "", "yes")
    async with scripted(MANNERS[protocol], tls=tls, **script) as served:
        conversation = await opened(served, protocol)
        await conversation.sign_in_with_token("alice", token)
        conversation.abort()
    first, second = said(served.heard)
    assert first.endswith(" XOAUTH2")
    assert b64decode(second) == f"user=alice\x01auth=Bearer {token.reveal()}\x01\x01".encode()
    assert "C: ***" in conversation.transcript


@pytest.mark.parametrize(
    ("offered", "wanted", "used"),
    [
        ("OAUTHBEARER XOAUTH2", sasl.TOKEN_MECHANISMS, "XOAUTH2"),
        ("OAUTHBEARER XOAUTH2", ("OAUTHBEARER", "XOAUTH2"), "OAUTHBEARER"),
        ("PLAIN OAUTHBEARER", sasl.TOKEN_MECHANISMS, "OAUTHBEARER"),
        ("PLAIN OAUTHBEARER", ("PLAIN", "XOAUTH2"), None),
    ],
)
def test_the_first_mechanism_offered_is_used(offered: str, wanted: tuple[str, ...], used: str | None) -> None:
    server = MailServer(protocol=Protocol.IMAP, host="mail.example", port=993, security=Security.TLS)
    claim = sasl.for_token(server, "alice", TOKEN, mechanisms=wanted, offered=offered.split())
    assert (claim and claim.mechanism) == used
    assert TOKEN.reveal() not in repr(claim)


@EACH
@pytest.mark.parametrize("wanted", [sasl.TOKEN_MECHANISMS, ("PLAIN",)])
async def test_without_a_mechanism_of_ours_no_token_is_sent(
    opened, tls: ssl.SSLContext, protocol: Protocol, wanted: tuple[str, ...]
) -> None:
    async with scripted(MANNERS[protocol], tls=tls, **offering(protocol, "PLAIN GSSAPI")) as served:
        conversation = await opened(served, protocol)
        with pytest.raises(WireError) as caught:
            await conversation.sign_in_with_token("alice", TOKEN, wanted)
        conversation.abort()
    assert (caught.value.protocol, caught.value.stage) == (protocol, Stage.SIGN_IN)
    assert (caught.value.cause, caught.value.detail) == (Cause.NO_MECHANISM, "PLAIN GSSAPI")
    assert said(served.heard) == []


REPLIES = {
    Protocol.SMTP: ServerReply(code=535, enhanced="5.7.8", text="No"),
    Protocol.POP3: ServerReply(text="[AUTH] No"),
    Protocol.IMAP: ServerReply(text="[AUTH] No"),
}


@EACH
@BOTH
@pytest.mark.parametrize("token", [TOKEN, LONG], ids=["short", "long"])
async def test_a_refusal_comes_with_the_server_s_reasons(
    opened, tls: ssl.SSLContext, protocol: Protocol, mechanism: str, token: Secret
) -> None:
    waits = token is LONG and protocol is not Protocol.IMAP
    script = offering(protocol, mechanism) | signing_in(protocol, *[""] * waits, REASONS, "no")
    async with scripted(MANNERS[protocol], tls=tls, **script) as served:
        conversation = await opened(served, protocol)
        with pytest.raises(WireError) as caught:
            await conversation.sign_in_with_token("alice", token)
        assert conversation.is_open
        conversation.abort()
    assert (caught.value.stage, caught.value.cause) == (Stage.SIGN_IN, Cause.REPLY)
    assert caught.value.detail == "status 401, schemes bearer, scope https://mail.example/"
    assert caught.value.reply == REPLIES[protocol]
    assert said(served.heard)[-1] == ("" if mechanism == "XOAUTH2" else "AQ==")
    assert (caught.value.__context__, caught.value.__cause__) == (None, None)


@EACH
async def test_a_refusal_without_reasons_is_one_too(opened, tls: ssl.SSLContext, protocol: Protocol) -> None:
    script = offering(protocol, "XOAUTH2") | signing_in(protocol, "no")
    async with scripted(MANNERS[protocol], tls=tls, **script) as served:
        conversation = await opened(served, protocol)
        with pytest.raises(WireError) as caught:
            await conversation.sign_in_with_token("alice", TOKEN)
        conversation.abort()
    assert (caught.value.reply, caught.value.detail) == (REPLIES[protocol], "")
    assert len(said(served.heard)) == 1


@EACH
async def test_reasons_are_kept_though_the_server_hangs_up(
    opened, tls: ssl.SSLContext, protocol: Protocol
) -> None:
    [(verb, answers)] = signing_in(protocol, REASONS, "no").items()
    script = offering(protocol, "XOAUTH2") | {verb: (answers[0], HANG_UP)}
    async with scripted(MANNERS[protocol], tls=tls, **script) as served:
        conversation = await opened(served, protocol)
        with pytest.raises(WireError) as caught:
            await conversation.sign_in_with_token("alice", TOKEN)
    assert (caught.value.cause, conversation.is_open) == (Cause.DISCONNECTED, False)
    assert caught.value.detail.startswith("status 401")


@EACH
@pytest.mark.parametrize("answers", [(REASONS, "yes"), (REASONS, REASONS)])
async def test_a_server_that_says_no_and_then_something_else_is_left(
    opened, tls: ssl.SSLContext, protocol: Protocol, answers: tuple[str, ...]
) -> None:
    script = offering(protocol, "XOAUTH2") | signing_in(protocol, *answers)
    async with scripted(MANNERS[protocol], tls=tls, **script) as served:
        conversation = await opened(served, protocol)
        with pytest.raises(WireError) as caught:
            await conversation.sign_in_with_token("alice", TOKEN)
    assert (caught.value.stage, caught.value.cause) == (Stage.SIGN_IN, Cause.MALFORMED)
    assert not conversation.is_open


@EACH
async def test_a_server_content_without_the_token_is_left(
    opened, tls: ssl.SSLContext, protocol: Protocol
) -> None:
    script = offering(protocol, "XOAUTH2") | signing_in(protocol, "yes")
    async with scripted(MANNERS[protocol], tls=tls, **script) as served:
        conversation = await opened(served, protocol)
        with pytest.raises(WireError) as caught:
            await conversation.sign_in_with_token("alice", Secret("x" * 8000))
    assert (caught.value.cause, conversation.is_open) == (Cause.MALFORMED, False)


@EACH
async def test_no_token_is_sent_in_clear_whoever_allows_it(request, protocol: Protocol) -> None:
    async with scripted(MANNERS[protocol], **offering(protocol, "XOAUTH2")) as served:
        conversation = request.getfixturevalue(protocol.lower())(served, allow_cleartext_sign_in=True)
        await conversation.open()
        with pytest.raises(WireError) as caught:
            await conversation.sign_in_with_token("alice", TOKEN)
        conversation.abort()
    assert (caught.value.stage, caught.value.cause) == (Stage.SIGN_IN, Cause.TLS_NOT_OFFERED)
    assert said(served.heard) == []


@EACH
@pytest.mark.parametrize(
    ("username", "token"),
    [
        ("alice\x01auth=Bearer x", "t"),
        ("alice\x7f", "t"),
        ("al\r\nice", "t"),
        ("a", "t\x01"),
        ("a", ""),
        ("a", "ü"),
    ],
)
async def test_what_would_break_the_claim_is_not_sent(
    opened, tls: ssl.SSLContext, protocol: Protocol, username: str, token: str
) -> None:
    async with scripted(MANNERS[protocol], tls=tls, **offering(protocol, "XOAUTH2")) as served:
        conversation = await opened(served, protocol)
        with pytest.raises(ValueError, match="cannot hold"):
            await conversation.sign_in_with_token(username, Secret(token))
        conversation.abort()
    assert said(served.heard) == []


@EACH
@BOTH
@pytest.mark.parametrize("token", [TOKEN, LONG], ids=["short", "long"])
async def test_the_token_comes_back_in_no_text(
    opened, tls: ssl.SSLContext, protocol: Protocol, mechanism: str, token: Secret
) -> None:
    async def echo(reader, writer, served) -> None:
        writer.write(f"{MANNERS[protocol]['greeting']}\r\n".encode())
        await reader.readline()
        [offer] = offering(protocol, mechanism).values()
        writer.write(f"{offer}\r\n".replace("TAG", "A1").encode())
        [answers] = signing_in(protocol, "{}", "no").values()
        challenge, refusal = (answer.replace("TAG", "A2") for answer in answers)
        line = (await reader.readline()).decode().strip()
        if line.endswith(mechanism):
            writer.write(challenge.format("").encode() + b"\r\n")
            line = (await reader.readline()).decode().strip()
        secret = token.reveal()
        inside = b64encode(json.dumps({"status": f"x{secret}", "scope": line}).encode()).decode()
        writer.write(f"{challenge.format(inside)}\r\n".encode())
        await reader.readline()
        double = b64encode(b"ab" + secret.encode()).decode()
        writer.write(f"{refusal} {line} {secret}, {double}\r\n".encode())
        await reader.read()

    async with talking(echo, tls=tls) as served:
        conversation = await opened(served, protocol)
        with pytest.raises(WireError) as caught:
            await conversation.sign_in_with_token("alice", token)
        conversation.abort()
    assert caught.value.cause is Cause.REPLY
    told = "\n".join([*conversation.transcript, str(caught.value), repr(caught.value.reply)])
    body = token.reveal()[4:30]
    forms = [b64encode(bytes(shift) + body.encode()).decode()[4:-4] for shift in range(3)]
    assert [form for form in [body[:8], *forms] if form in told] == []
    assert len(told) < 2000


@pytest.mark.parametrize(
    ("challenge", "told"),
    [
        (REASONS, "status 401, schemes bearer, scope https://mail.example/"),
        (b64encode(b'{"status":"invalid_token"}').decode(), "status invalid_token"),
        (b64encode(b'{"status":400,"scope":["a"],"other":"x"}').decode(), "status 400"),
        (b64encode(b'["status"]').decode(), ""),
        (b64encode(b"Plainly no").decode(), "Plainly no"),
        (b64encode(b"[" * 100_000).decode(), "[" * 100_000),
        (b64encode(b"\xff\x00").decode(), ""),
        ("no base64!", ""),
        ("", ""),
        ("ü", ""),
    ],
)
def test_reasons_are_read_from_whatever_a_challenge_holds(challenge: str, told: str) -> None:
    assert sasl.reasons(challenge) == told
