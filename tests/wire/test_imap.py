import ssl

import pytest

from letterhead.vault.secret import Secret
from letterhead.wire.mailbox import MailboxStatus
from letterhead.wire.trouble import Cause, WireError
from letterhead_providers import Protocol, Security, ServerReply, Stage
from wire.scripted import HANG_UP, IMAP, SILENCE, scripted

SECRET = Secret("corr3ct h0rse")
ONLY_LOGIN = "* CAPABILITY IMAP4rev1\r\nTAG OK Done"


async def opened(imap, served):
    conversation = imap(served, Security.TLS)
    await conversation.open()
    return conversation


async def test_tls_from_the_first_byte_runs_every_step_in_order(imap, tls: ssl.SSLContext) -> None:
    async with scripted(IMAP, tls=tls) as served:
        conversation = imap(served, Security.TLS)
        told = [(stage, await step()) for stage, step in conversation.opening()]
        assert await conversation.sign_in("alice", SECRET) == "Signed in with PLAIN"
        assert await conversation.status() == MailboxStatus(messages=3, octets=None)
        await conversation.quit()
    assert [stage for stage, _ in told] == [
        Stage.RESOLVE,
        Stage.CONNECT,
        Stage.TLS,
        Stage.GREETING,
        Stage.CAPABILITIES,
    ]
    assert told[4] == (Stage.CAPABILITIES, "IMAP4rev1, SASL-IR, STARTTLS, AUTH=PLAIN, AUTH=LOGIN")
    assert served.heard == [
        "A1 CAPABILITY",
        "A2 AUTHENTICATE PLAIN AGFsaWNlAGNvcnIzY3QgaDByc2U=",
        "A3 EXAMINE INBOX",
        "A4 LOGOUT",
    ]
    assert not conversation.is_open


async def test_starttls_asks_for_the_capabilities_again(imap, tls: ssl.SSLContext) -> None:
    async with scripted(IMAP, upgrade=tls) as served:
        conversation = imap(served, Security.STARTTLS)
        await conversation.open()
        await conversation.sign_in("alice", SECRET)
        assert conversation.encrypted
        await conversation.quit()
    assert [line.split()[1] for line in served.heard] == [
        "CAPABILITY",
        "STARTTLS",
        "CAPABILITY",
        "AUTHENTICATE",
        "LOGOUT",
    ]


async def test_the_transcript_tells_all_but_the_secret(imap, tls: ssl.SSLContext) -> None:
    refusal = (
        "* NO [ALERT] Mind corr3ct h0rse\r\nTAG NO [AUTHENTICATIONFAILED] Not AGFsaWNlAGNvcnIzY3QgaDByc2U="
    )
    async with scripted(IMAP, tls=tls, AUTHENTICATE=refusal) as served:
        conversation = await opened(imap, served)
        with pytest.raises(WireError) as caught:
            await conversation.sign_in("alice", SECRET)
        assert conversation.is_open
        await conversation.quit()
    assert conversation.transcript == [
        "S: * OK [CAPABILITY IMAP4rev1 AUTH=FORGED] IMAP ready",
        "C: A1 CAPABILITY",
        "S: * CAPABILITY IMAP4rev1 SASL-IR STARTTLS AUTH=PLAIN AUTH=LOGIN",
        "S: A1 OK Done",
        "C: A2 AUTHENTICATE PLAIN ***",
        "S: * NO [ALERT] Mind ***",
        "S: A2 NO [AUTHENTICATIONFAILED] Not ***",
        "C: A3 LOGOUT",
        "S: * BYE See you",
    ]
    assert (caught.value.protocol, caught.value.stage, caught.value.cause) == (
        Protocol.IMAP,
        Stage.SIGN_IN,
        Cause.REPLY,
    )
    assert caught.value.reply == ServerReply(text="[ALERT] Mind ***\n[AUTHENTICATIONFAILED] Not ***")
    assert (caught.value.__context__, caught.value.__cause__) == (None, None)


async def test_a_secret_waits_for_the_server_where_it_takes_none_at_once(imap, tls: ssl.SSLContext) -> None:
    offer = "* CAPABILITY IMAP4rev1 AUTH=PLAIN LOGINDISABLED\r\nTAG OK Done"
    async with scripted(IMAP, tls=tls, CAPABILITY=offer, AUTHENTICATE=("+ ", "TAG OK Welcome")) as served:
        conversation = await opened(imap, served)
        assert await conversation.sign_in("alice", SECRET) == "Signed in with PLAIN"
        await conversation.quit()
    assert served.heard[1:3] == ["A2 AUTHENTICATE PLAIN", "AGFsaWNlAGNvcnIzY3QgaDByc2U="]
    assert conversation.transcript[4:8] == ["C: A2 AUTHENTICATE PLAIN", "S: +", "C: ***", "S: A2 OK Welcome"]


async def test_login_quotes_what_it_can(imap, tls: ssl.SSLContext) -> None:
    async with scripted(IMAP, tls=tls, CAPABILITY=ONLY_LOGIN) as served:
        conversation = await opened(imap, served)
        assert await conversation.sign_in('al"ice', Secret("back\\slash")) == "Signed in with LOGIN"
        await conversation.quit()
    assert served.heard[1] == r'A2 LOGIN "al\"ice" "back\\slash"'
    assert conversation.transcript[4] == "C: A2 LOGIN ***"


async def test_login_sends_the_rest_as_literals(imap, tls: ssl.SSLContext) -> None:
    answers = ("+ Go on", "+ Go on", "TAG OK Welcome")
    async with scripted(IMAP, tls=tls, CAPABILITY=ONLY_LOGIN, LOGIN=answers) as served:
        conversation = await opened(imap, served)
        await conversation.sign_in("USER älice", Secret("schön"))
        await conversation.quit()
    assert served.heard[1:4] == ["A2 LOGIN {11}", "USER älice {6}", "schön"]
    assert conversation.transcript[4:9:2] == ["C: A2 LOGIN ***", "C: ***", "C: ***"]


@pytest.mark.parametrize("answer", ["TAG OK What for?", ("+ Go on", "+ More"), "TAG MAYBE", "+ More"])
async def test_a_server_that_leaves_the_path_of_login_is_left(
    imap, tls: ssl.SSLContext, answer: str | tuple[str, ...]
) -> None:
    async with scripted(IMAP, tls=tls, CAPABILITY=ONLY_LOGIN, LOGIN=answer) as served:
        conversation = await opened(imap, served)
        with pytest.raises(WireError) as caught:
            await conversation.sign_in("alice" if answer == "+ More" else "älice", SECRET)
    assert (caught.value.stage, caught.value.cause) == (Stage.SIGN_IN, Cause.MALFORMED)
    assert not conversation.is_open


async def test_where_login_is_disabled_no_secret_is_heard(imap, tls: ssl.SSLContext) -> None:
    offer = "* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2 AUTH=GSSAPI\r\nTAG OK Done"
    async with scripted(IMAP, tls=tls, CAPABILITY=offer) as served:
        conversation = await opened(imap, served)
        with pytest.raises(WireError) as caught:
            await conversation.sign_in("alice", SECRET)
        conversation.abort()
    assert (caught.value.cause, caught.value.detail) == (Cause.NO_MECHANISM, "XOAUTH2 GSSAPI")
    assert served.heard == ["A1 CAPABILITY"]


async def test_without_encryption_no_secret_is_sent(imap) -> None:
    async with scripted(IMAP) as served:
        conversation = imap(served)
        await conversation.open()
        with pytest.raises(WireError) as caught:
            await conversation.sign_in("alice", SECRET)
        conversation.abort()
    assert (caught.value.stage, caught.value.cause) == (Stage.SIGN_IN, Cause.TLS_NOT_OFFERED)
    assert served.heard == ["A1 CAPABILITY"]


@pytest.mark.parametrize(("username", "secret"), [("alice\r\nA9 NOOP", "x"), ("alice", "x\ny"), ("a", "\0")])
async def test_what_would_break_the_line_is_not_sent(
    imap, tls: ssl.SSLContext, username: str, secret: str
) -> None:
    async with scripted(IMAP, tls=tls) as served:
        conversation = await opened(imap, served)
        with pytest.raises(ValueError, match="cannot hold line breaks"):
            await conversation.sign_in(username, Secret(secret))
        conversation.abort()
    assert served.heard == ["A1 CAPABILITY"]


@pytest.mark.parametrize(
    ("since", "most", "found"), [(0, 9, (4, 6, 8)), (4, 9, (6, 8)), (0, 2, (4, 6)), (8, 9, ())]
)
async def test_the_uids_after_one_are_listed(imap, since: int, most: int, found: tuple[int, ...]) -> None:
    async with scripted(IMAP) as served:
        conversation = imap(served)
        await conversation.open()
        assert await conversation.uids(since, most=most) == found
        assert (conversation.uidvalidity, conversation.uid_next) == (17, 9)
        conversation.abort()
    assert served.heard[1:] == ["A2 EXAMINE INBOX", f"A3 UID FETCH {since + 1}:* (UID)"]


async def test_an_empty_mailbox_is_not_asked_for_uids(imap) -> None:
    async with scripted(IMAP, EXAMINE="* 0 EXISTS\r\nTAG OK Done") as served:
        conversation = imap(served)
        await conversation.open()
        assert await conversation.uids() == ()
        conversation.abort()
    assert served.heard[1:] == ["A2 EXAMINE INBOX"]


@pytest.mark.parametrize(
    ("body", "fetched"),
    [
        ("{9}\r\nA: )\r\n{5}", b"A: )\r\n{5}"),
        ("{9+}\r\nA: )\r\n{5}", b"A: )\r\n{5}"),
        (r'"say \"hi\" \\"', b'say "hi" \\'),
        ('""', b""),
        ("NIL", b""),
        ("{20}\r\nmore than was wanted", b"more than was"),
    ],
)
async def test_the_beginning_of_a_message_is_read(imap, body: str, fetched: bytes) -> None:
    answer = f"* 1 FETCH (FLAGS (\\Seen))\r\n* 2 FETCH (UID 6 BODY[]<0> {body})\r\nTAG OK Done"
    async with scripted(IMAP, **{"UID FETCH": answer}) as served:
        conversation = imap(served)
        await conversation.open()
        assert await conversation.fetch(6, 13) == fetched
        assert await conversation.fetch(7, 13) == b""
        conversation.abort()
    assert served.heard[1:] == [
        "A2 EXAMINE INBOX",
        "A3 UID FETCH 6 (UID BODY.PEEK[]<0.13>)",
        "A4 UID FETCH 7 (UID BODY.PEEK[]<0.13>)",
    ]
    assert not any("FETCH (" in line for line in conversation.transcript)


@pytest.mark.parametrize("offered", ["IMAP4rev1 UIDPLUS", "IMAP4rev1"])
async def test_only_one_message_is_deleted(imap, offered: str) -> None:
    async with scripted(IMAP, CAPABILITY=f"* CAPABILITY {offered}\r\nTAG OK Done") as served:
        conversation = imap(served)
        await conversation.open()
        gone = await conversation.delete(6)
        await conversation.quit()
    assert gone == ("UIDPLUS" in offered)
    assert served.heard[1:] == [
        "A2 SELECT INBOX",
        r"A3 UID STORE 6 +FLAGS.SILENT (\Deleted)",
        *(["A4 UID EXPUNGE 6", "A5 LOGOUT"] if gone else ["A4 LOGOUT"]),
    ]


async def test_nothing_is_deleted_where_uids_have_changed_their_meaning(imap) -> None:
    async with scripted(IMAP, SELECT="* 3 EXISTS\r\n* OK [UIDVALIDITY 18]\r\nTAG OK Done") as served:
        conversation = imap(served)
        await conversation.open()
        await conversation.status()
        with pytest.raises(WireError) as caught:
            await conversation.delete(6)
    assert (caught.value.stage, caught.value.cause) == (Stage.MAILBOX, Cause.MALFORMED)
    assert served.heard[2:] == ["A3 SELECT INBOX"]


async def test_what_signing_in_has_changed_is_asked_for_when_needed(imap, tls: ssl.SSLContext) -> None:
    offer = "* CAPABILITY IMAP4rev1 UIDPLUS AUTH=PLAIN\r\nTAG OK Done"
    async with scripted(IMAP, tls=tls, CAPABILITY=offer, AUTHENTICATE=("+", "TAG OK Welcome")) as served:
        conversation = await opened(imap, served)
        await conversation.sign_in("alice", SECRET)
        assert conversation.capabilities == ()
        assert await conversation.delete(6)
        await conversation.quit()
    assert [line.split(" ", 1)[1] for line in served.heard[4:]] == [
        r"UID STORE 6 +FLAGS.SILENT (\Deleted)",
        "CAPABILITY",
        "UID EXPUNGE 6",
        "LOGOUT",
    ]


@pytest.mark.parametrize("answer", [HANG_UP, SILENCE, "TAG NO", "TAG OK"])
async def test_quit_never_fails(imap, answer: bytes | str) -> None:
    async with scripted(IMAP, LOGOUT=answer) as served:
        conversation = imap(served)
        await conversation.open()
        await conversation.quit()
        assert not conversation.is_open
        await conversation.quit()
