"""Whoever is no mail server is recognised and never quoted: what stands inside a network stays there."""

import asyncio
import json
import ssl
from urllib.parse import urlsplit

import pytest

from hostile.stage import Stage
from lab.product import Product
from wire.scripted import Served, talking, until_left

pytestmark = pytest.mark.asyncio(loop_scope="module")

STRANGERS = {
    "SSH": b"SSH-2.0-internal_9.9\r\n",
    "HTTP": b"HTTP/1.1 400 internal\r\nServer: internal\r\n\r\n<html>internal</html>",
    "a talker": b"999 internal\r\n",
    "a database": b"J\x00\x00\x00\x0a8.0.36-internal\x00\x0b\x00\x00\x00\n",
    "a cache": b"-NOAUTH internal\r\n",
    "TLS": b"\x15\x03\x01\x00\x02\x02\x46",
}


async def met(
    stage: Stage, protocol: str, security: str, banner: bytes, tls: ssl.SSLContext | None = None
) -> tuple[str, str]:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, served: Served) -> None:
        writer.write(banner)
        await until_left(reader, served)

    async with talking(greet, tls=tls) as stranger:
        outcome = await stage.beside(stranger, protocol, security)
    assert "internal" not in json.dumps(outcome.test)
    assert outcome.status == "FAILED"
    [(leg, when, code)] = outcome.troubles
    assert leg == protocol
    return when, code


@pytest.mark.parametrize("protocol", ["SMTP", "POP3", "IMAP"])
@pytest.mark.parametrize("who", STRANGERS)
async def test_in_clear(stage: Stage, protocol: str, who: str) -> None:
    code = "TLS_MODE_MISMATCH" if who == "TLS" else "PROTOCOL_ERROR"

    assert await met(stage, protocol, "STARTTLS", STRANGERS[who]) == ("GREETING", code)


@pytest.mark.parametrize("protocol", ["SMTP", "POP3", "IMAP"])
@pytest.mark.parametrize("who", ["SSH", "HTTP", "a database"])
async def test_where_tls_was_expected(stage: Stage, protocol: str, who: str) -> None:
    assert await met(stage, protocol, "TLS", STRANGERS[who]) == ("TLS", "TLS_MODE_MISMATCH")


@pytest.mark.parametrize("protocol", ["SMTP", "POP3", "IMAP"])
@pytest.mark.parametrize("who", ["SSH", "HTTP", "a cache"])
async def test_behind_tls(stage: Stage, protocol: str, who: str, tls: ssl.SSLContext) -> None:
    assert await met(stage, protocol, "TLS", STRANGERS[who], tls) == ("GREETING", "PROTOCOL_ERROR")


async def test_our_own_listener_is_a_stranger_too(stage: Stage, product: Product) -> None:
    port = urlsplit(product.serving.address).port
    assert port

    outcome = await stage.beside(Served(port=port), "SMTP", "TLS")

    assert (outcome.status, outcome.troubles) == ("FAILED", [("SMTP", "TLS", "TLS_MODE_MISMATCH")])
