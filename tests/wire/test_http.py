import asyncio
import gzip
import json
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme

from lab.names import NOWHERE, NameServer, Rerouted, serving_names
from lab.web import Answer, flood, ok, silence, to, web
from letterhead.wire.dial import Dialler
from letterhead.wire.http import MOST_OCTETS, exchange, fetch
from letterhead_providers import Fetch, FetchOutcome
from wire.conftest import serving_with
from wire.scripted import HERE, Served, talking

NAMES = ("example.test", "other.example.test", "inside.example.test", "plain.example.test")
REFUSED = "this server may not be reached from here"


class Site:
    """Both schemes of a few hosts. ``inside.example.test`` has a private address."""

    def __init__(self, dialler: Rerouted, secure: Served, plain: Served, pages: dict[str, Answer]) -> None:
        self.dialler, self.secure, self.plain, self.pages = dialler, secure, plain, pages

    async def get(self, url: str = "https://example.test/", **options) -> FetchOutcome:
        return await fetch(self.dialler, Fetch(method="GET", url=url), **options)


@pytest.fixture
async def site(authority: trustme.CA, authority_file: Path) -> AsyncIterator[Site]:
    zone = {(name, "A"): ["127.0.0.1"] for name in NAMES} | {("inside.example.test", "A"): ["10.0.0.1"]}
    pages: dict[str, Answer] = {}
    tls = serving_with(authority.issue_cert(*NAMES))
    tls.set_alpn_protocols(["http/1.1"])
    async with (
        serving_names(NameServer(zone | {(name, "AAAA"): [] for name in NAMES})) as resolver,
        web(pages, tls=tls) as secure,
        web(pages) as plain,
    ):
        ports = {443: secure.port, 80: plain.port, 8443: secure.port, 25: secure.port}
        dialler = Rerouted(
            ports, allowed=(HERE,), ca_file=authority_file, resolver=resolver, hosts_file=NOWHERE
        )
        yield Site(dialler, secure, plain, pages)


async def test_a_page_is_fetched(site: Site) -> None:
    site.pages["example.test/a?b=c"] = ok(
        "Grüße".encode("latin-1"), "Content-Type: text/plain; charset=latin-1"
    )
    assert await site.get("https://example.test/a?b=c#d") == FetchOutcome(status=200, body="Grüße")
    assert site.secure.heard[0].splitlines() == [
        "GET /a?b=c HTTP/1.1",
        "Host: example.test",
        "Accept-Encoding: identity",
        "Connection: close",
        "",
    ]


async def test_a_form_is_posted_with_its_headers(site: Site) -> None:
    site.pages["example.test/token"] = ok(b'{"access_token": "t"}')
    request = Fetch(
        method="POST",
        url="https://example.test/token",
        headers={"Content-Type": "application/x-www-form-urlencoded", "Host": "evil.test"},
        body="grant_type=refresh_token",
    )
    outcome = await fetch(site.dialler, request)
    assert json.loads(outcome.body) == {"access_token": "t"}
    assert "\r\nHost: example.test\r\n" in site.secure.heard[0]
    assert site.secure.heard[0].endswith("\r\nContent-Length: 24\r\n\r\ngrant_type=refresh_token")


async def test_what_is_no_success_is_an_answer_too(site: Site) -> None:
    assert await site.get("https://example.test/x") == FetchOutcome(status=404, body="Gone.")


async def test_a_redirect_is_followed_within_its_scheme(site: Site) -> None:
    site.pages["example.test/"] = to("//other.example.test/b")
    site.pages["other.example.test/b"] = to("/c", 307)
    site.pages["other.example.test/c"] = ok(b"here")
    assert await site.get() == FetchOutcome(status=200, body="here")


async def test_headers_stay_with_the_host_they_were_for(site: Site) -> None:
    site.pages["example.test/"] = to("/a")
    site.pages["example.test/a"] = to("https://other.example.test/")
    site.pages["other.example.test/"] = ok(b"")
    request = Fetch(method="GET", url="https://example.test/", headers={"Authorization": "Bearer canary"})
    await fetch(site.dialler, request)
    assert ["canary" in heard for heard in site.secure.heard] == [True, True, False]


@pytest.mark.parametrize(
    ("location", "error"),
    [
        ("https://inside.example.test/", REFUSED),
        ("https://127.0.0.1:25/", REFUSED),
        ("https://169.254.169.254/latest/meta-data", REFUSED),
        ("https://[::1]/", REFUSED),
        ("https://0x7f000001/", "this is not a web address that can be asked"),
        ("http://example.test/", "the server redirects to another scheme"),
        ("file:///etc/passwd", "the server redirects to another scheme"),
        ("https://user:secret@example.test/", "this is not a web address that can be asked"),
        ("https://nowhere.example.test/", "there is no server of this name"),
        ("https://example.test:99999/", "this is not a web address that can be asked"),
        ("https://[", "the server redirects to what is no web address"),
        ("/", "the server redirects too often"),
    ],
)
async def test_a_redirect_is_judged_like_a_first_address(site: Site, location: str, error: str) -> None:
    site.pages["example.test/"] = to(location)
    assert await site.get() == FetchOutcome(status=0, error=error)


async def test_a_plain_page_does_not_lead_elsewhere_in_secrecy(site: Site) -> None:
    site.pages["plain.example.test/"] = to("https://example.test/")
    request = Fetch(method="GET", url="http://plain.example.test/")
    answer = await exchange(site.dialler, request, allow_plain=True)
    assert (answer.status, answer.error) == (0, "the server redirects to another scheme")


async def test_what_is_posted_is_not_sent_on(site: Site) -> None:
    site.pages["example.test/"] = to("https://other.example.test/", 307)
    request = Fetch(method="POST", url="https://example.test/", body="code=canary")
    assert await fetch(site.dialler, request) == FetchOutcome(status=307)
    assert len(site.secure.heard) == 1


async def test_every_host_on_the_way_has_to_be_allowed(site: Site) -> None:
    site.pages["example.test/"] = to("https://other.example.test/")
    outcome = await site.get(hosts_allowed=lambda host: host == "example.test")
    assert outcome == FetchOutcome(status=0, error=REFUSED)
    assert len(site.secure.heard) == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://example.test:25/",
        "https://example.test:587/",
        "https://example.test:993/",
        "https://10.0.0.1/",
        "https://inside.example.test/",
    ],
)
async def test_mail_ports_and_private_addresses_are_refused_alike(site: Site, url: str) -> None:
    assert await site.get(url) == FetchOutcome(status=0, error=REFUSED)


async def test_only_the_ports_of_the_web_are_open_to_the_world() -> None:
    urls = ("https://8.8.8.8:8443/", "https://8.8.8.8:22/", "https://127.0.0.1/", "https://[::1]/")
    outcomes = [await fetch(Dialler(), Fetch(method="GET", url=url)) for url in urls]
    assert outcomes == [FetchOutcome(status=0, error=REFUSED)] * 4


async def test_the_operator_may_open_a_port(site: Site) -> None:
    site.pages["example.test:8443/"] = ok(b"inside")
    assert await site.get("https://example.test:8443/") == FetchOutcome(status=200, body="inside")


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://example.test/", "only https is spoken to this server"),
        ("ftp://example.test/", "this is not a web address that can be asked"),
        ("https://exa mple.test/", "this is not a web address that can be asked"),
        ("https://example.test/\r\nX: y", "this is not a web address that can be asked"),
        ("https:///etc", "this is not a web address that can be asked"),
        ("", "this is not a web address that can be asked"),
    ],
)
async def test_what_cannot_be_asked_is_said(site: Site, url: str, error: str) -> None:
    assert await site.get(url) == FetchOutcome(status=0, error=error)


@pytest.mark.parametrize("request_", [Fetch(method="CONNECT", url="https://example.test/")])
async def test_no_tunnel_is_dug(site: Site, request_: Fetch) -> None:
    outcome = await fetch(site.dialler, request_)
    assert outcome == FetchOutcome(status=0, error="'CONNECT' is not a method that can be used")


@pytest.mark.parametrize("header", [{"X": "a\r\nY: b"}, {"X y": "b"}, {"X": "☃"}, {"": ""}])
async def test_a_header_that_cannot_be_sent_is_an_error(site: Site, header: dict[str, str]) -> None:
    outcome = await fetch(site.dialler, Fetch(method="GET", url="https://example.test/", headers=header))
    assert (outcome.status, bool(outcome.error), site.secure.heard) == (0, True, [])


async def test_a_flood_is_cut_off(site: Site) -> None:
    site.pages["example.test/"] = flood
    assert await site.get() == FetchOutcome(status=0, error="the answer is longer than 256 kB")
    site.pages["example.test/"] = ok(b"x" * MOST_OCTETS)
    assert len((await site.get()).body) == MOST_OCTETS


async def test_nothing_is_unpacked(site: Site) -> None:
    site.pages["example.test/"] = ok(gzip.compress(bytes(50_000_000)), "Content-Encoding: gzip")
    error = "the server compresses its answer although it was asked not to"
    assert await site.get() == FetchOutcome(status=0, error=error)


@pytest.mark.parametrize(
    "answer",
    [
        b"220 mail.example ESMTP\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 300_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 999999 ?\r\n\r\n",
        b"",
    ],
)
async def test_what_is_not_http_is_an_error(site: Site, answer: bytes) -> None:
    site.pages["example.test/"] = answer
    outcome = await site.get()
    assert outcome == FetchOutcome(
        status=0, error="the server does not answer as HTTP demands, or breaks off"
    )


async def test_certificates_are_checked(site: Site, bad_certificates: dict[str, ssl.SSLContext]) -> None:
    errors = {}
    for name, tls in bad_certificates.items():
        async with web({}, tls=tls) as served:
            site.dialler.ports[443] = served.port
            errors[name] = (await site.get("https://127.0.0.1/")).error
    assert errors == {
        "untrusted": "the server’s certificate is not from an authority we trust",
        "expired": "the server’s certificate has expired, or is not valid yet",
        "wrong name": "the server’s certificate is for another name",
    }


async def test_plain_text_before_tls_is_not_believed(site: Site) -> None:
    async def early(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: Served) -> None:
        writer.write(ok(b"forged"))
        await asyncio.sleep(0.2)

    async with talking(early) as served:
        site.dialler.ports[443] = served.port
        outcome = await site.get()
    assert outcome == FetchOutcome(status=0, error="the server does not speak TLS there")


async def test_nobody_listening_is_an_error(site: Site) -> None:
    site.dialler.ports[443] = 1
    assert await site.get() == FetchOutcome(status=0, error="the server refused the connection")


async def test_the_callers_deadline_leaves_nothing_behind(site: Site) -> None:
    site.pages["example.test/"] = silence
    before = len(asyncio.all_tasks())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await site.get()
    await asyncio.sleep(0.02)
    left = {task for task in asyncio.all_tasks() if "talk" not in repr(task)}
    assert len(left) <= before


async def test_the_environment_has_no_say(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    site.pages["example.test/"] = ok(b"straight", "Set-Cookie: a=b")
    outcomes = [await site.get(), await site.get()]
    assert outcomes == [FetchOutcome(status=200, body="straight")] * 2
    assert "ookie" not in "".join(site.secure.heard)


async def test_mail_keeps_a_tls_context_without_alpn(
    site: Site, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[object] = []
    monkeypatch.setattr(ssl.SSLContext, "set_alpn_protocols", lambda self, names: written.append(self))
    await site.get()
    assert len(written) == 1
    assert site.dialler.tls not in written


def test_nothing_that_may_be_secret_is_in_a_repr() -> None:
    request = Fetch(method="GET", url="https://x/", headers={"Authorization": "canary"}, body="canary")
    assert "canary" not in repr(request) + repr(FetchOutcome(status=200, body="canary"))
