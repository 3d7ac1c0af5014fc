"""From an address to its settings, with real DNS, web and mail servers in the places of the real ones."""

import asyncio
import ssl
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import dns.rcode
import pytest
import trustme

from discovery.stage import (
    ADDRESS,
    BY,
    DATABASE,
    DOMAIN,
    ISPDB,
    SUBDOMAIN,
    WELL_KNOWN,
    Stage,
    config,
    of,
    server,
)
from lab.web import flood, later, ok, silence, to
from letterhead.discovery.found import Candidate, Source
from letterhead.discovery.gather import LATE, NEEDLESS
from letterhead.discovery.verbs import discover
from letterhead.errors import NotAnswerable
from letterhead.identity.actor import Permission
from letterhead.wire.server import MailServer
from letterhead_plugins.custom import CUSTOM
from letterhead_providers import Protocol, Security
from providers.made import PASSWORD
from wire.conftest import serving_with
from wire.scripted import IMAP, POP3, SMTP, scripted

SRV = ("_submissions 0 1 465 mail.firm.test.", "_pop3s 0 1 995 mail.firm.test.")


def tls_server(protocol: Protocol, host: str, port: int, username: str = ADDRESS) -> MailServer:
    return MailServer(protocol=protocol, host=host, port=port, security=Security.TLS, username=username)


# ── each source ──


async def test_a_known_domain_is_answered_without_a_word_to_anybody(stage: Stage) -> None:
    discovery = await stage.discover("alice@acme.example")
    assert discovery.candidates == (
        Candidate(
            provider_key="acme",
            smtp=tls_server(Protocol.SMTP, "smtp.acme.example", 465, "alice@acme.example"),
            incoming=tls_server(Protocol.POP3, "pop.acme.example", 995, "alice@acme.example"),
            methods=(PASSWORD,),
            source=Source.PROVIDER_DOMAIN,
            trusted=True,
        ),
    )
    assert stage.said(Source.PROVIDER_DOMAIN) == ["acme.example belongs to Acme Mail."]
    assert {step.outcome for step in discovery.trail[1:]} == {NEEDLESS}
    assert stage.everything_heard() == ""


async def test_who_takes_the_mail_tells_the_service(stage: Stage) -> None:
    stage.zone[DOMAIN, "MX"] = ["10 in.mx.acme.example."]
    assert await stage.found() == [(Source.MX_RECORD, "smtp.acme.example", False)]
    assert stage.said(Source.MX_RECORD) == ["Mail to firm.test is taken by in.mx.acme.example: Acme Mail."]


@pytest.mark.parametrize(
    ("records", "words"),
    [
        (
            ["10 mx.unknown.test."],
            "Mail to firm.test is taken by mx.unknown.test, which is no mail service known here.",
        ),
        (["0 ."], "firm.test has no mail exchanger in DNS."),
        ([], "firm.test has no mail exchanger in DNS."),
        (dns.rcode.SERVFAIL, "DNS could not answer."),
    ],
)
async def test_mail_taken_elsewhere_is_said(stage: Stage, records, words: str) -> None:
    stage.zone[DOMAIN, "MX"] = records
    assert (await stage.found(), stage.said(Source.MX_RECORD)) == ([], [words])


async def test_the_domain_publishes_its_settings(stage: Stage) -> None:
    stage.pages[SUBDOMAIN] = ok(
        config(
            server("imap", f"imap.{DOMAIN}", 993),
            server("pop3", "pop.elsewhere.test", 995),
            server("smtp", f"smtp.{DOMAIN}", 465, auth="OAuth2"),
        )
    )
    discovery = await stage.discover()
    assert discovery.candidates == (
        Candidate(
            provider_key="custom",
            smtp=tls_server(Protocol.SMTP, "smtp.firm.test", 465),
            incoming=tls_server(Protocol.POP3, "pop.elsewhere.test", 995),
            methods=(),
            source=Source.AUTOCONFIG,
            trusted=True,
        ),
        Candidate(
            provider_key="custom",
            smtp=tls_server(Protocol.SMTP, "smtp.firm.test", 465),
            incoming=tls_server(Protocol.IMAP, "imap.firm.test", 993),
            methods=(),
            source=Source.AUTOCONFIG,
            trusted=True,
        ),
    )
    assert stage.said(Source.AUTOCONFIG) == [
        "https://autoconfig.firm.test/mail/config-v1.1.xml has settings.",
        NEEDLESS,
        NEEDLESS,
    ]


async def test_the_second_place_is_asked_too(stage: Stage) -> None:
    stage.pages[WELL_KNOWN] = of(DOMAIN)
    assert await stage.found() == [(Source.AUTOCONFIG, "smtp.firm.test", True)]
    assert stage.plain.heard == []


async def test_a_redirect_within_https_stays_trusted(stage: Stage) -> None:
    stage.pages[WELL_KNOWN] = to(f"https://{ISPDB}/moved")
    stage.pages[f"{ISPDB}/moved"] = of(DOMAIN)
    assert await stage.found() == [(Source.AUTOCONFIG, "smtp.firm.test", True)]


async def test_plain_text_is_the_last_try_and_not_trusted(stage: Stage) -> None:
    stage.plain_pages[SUBDOMAIN] = of(DOMAIN)
    assert await stage.found() == [(Source.AUTOCONFIG, "smtp.firm.test", False)]
    last = "has settings, but nobody vouches for the way to it."
    assert stage.said(Source.AUTOCONFIG) == [
        f"https://{SUBDOMAIN}: the server answered 404.",
        f"https://{WELL_KNOWN}: the server answered 404.",
        f"http://{SUBDOMAIN} {last}",
    ]


async def test_there_is_time_for_the_last_try_when_https_is_silent(stage: Stage) -> None:
    stage.pages |= {SUBDOMAIN: silence, WELL_KNOWN: silence}
    stage.plain_pages[SUBDOMAIN] = of(DOMAIN)
    assert await stage.found(seconds=1) == [(Source.AUTOCONFIG, "smtp.firm.test", False)]


async def test_the_database_knows_the_domain(stage: Stage) -> None:
    stage.pages[DATABASE] = of(DOMAIN)
    assert await stage.found() == [(Source.ISPDB, "smtp.firm.test", True)]


async def test_the_database_knows_who_takes_the_mail(stage: Stage) -> None:
    stage.zone[DOMAIN, "MX"] = ["10 mx1.eu.host.test."]
    stage.pages[f"{ISPDB}/v1.1/host.test"] = of("host.test")
    assert await stage.found() == [(Source.ISPDB, "smtp.host.test", False)]
    assert stage.said(Source.ISPDB)[1] == (
        "https://ispdb.test/v1.1/host.test has settings, but nobody vouches for the way to it."
    )


async def test_a_database_asked_in_plain_text_is_not_trusted(stage_with) -> None:
    async with stage_with(ispdb_url=f"http://{ISPDB}/") as stage:
        stage.plain_pages[f"{ISPDB}/{DOMAIN}"] = of(DOMAIN)
        assert await stage.found() == [(Source.ISPDB, "smtp.firm.test", False)]


async def test_a_folder_is_searched_before_the_database(stage_with, tmp_path: Path) -> None:
    (tmp_path / "other.xml").write_bytes(config(server("smtp", "smtp.folder.test", 465)))
    (tmp_path / "broken.xml").write_bytes(b"<clientConfig>firm.test")
    (tmp_path / "firm.test").mkdir()
    async with stage_with(ispdb_folder=tmp_path) as stage:
        stage.pages[DATABASE] = of(DOMAIN)
        assert await stage.found() == [(Source.ISPDB, "smtp.folder.test", True)]
        assert stage.said(Source.ISPDB)[0] == "The file other.xml has settings."


async def test_a_folder_knows_exchangers_and_needs_no_database(stage_with, tmp_path: Path) -> None:
    xml = config(server("smtp", "smtp.host.test", 465)).replace(DOMAIN.encode(), b"host.test")
    (tmp_path / "runs-mail.xml").write_bytes(xml)
    async with stage_with(ispdb_folder=tmp_path, ispdb_url="") as stage:
        stage.zone[DOMAIN, "MX"] = ["10 mx.host.test."]
        assert await stage.found() == [(Source.ISPDB, "smtp.host.test", False)]
        assert len(stage.said(Source.ISPDB)) == 2
        assert "ispdb" not in stage.everything_heard()


async def test_every_file_of_the_database_gives_safe_settings(stage_with, ispdb: Path) -> None:
    async with stage_with(ispdb_folder=ispdb, ispdb_url="") as stage:
        names = ("gmx.com", "t-online.de", "o2.pl", "kokuyou.ne.jp")
        found = {name: await stage.discover(f"alice@{name}") for name in names}
        shown = {
            name: [(c.smtp.host, c.smtp.security) for c in each.candidates] for name, each in found.items()
        }
    assert shown == {
        "gmx.com": [("mail.gmx.com", Security.TLS)] * 2,
        "t-online.de": [("securesmtp.t-online.de", Security.TLS)] * 2,
        "o2.pl": [],
        "kokuyou.ne.jp": [],
    }


async def test_dns_names_the_servers(stage: Stage) -> None:
    stage.has_srv(*SRV, "_imap 0 0 0 .", "_imaps 0 1 993 imap.elsewhere.test.")
    assert await stage.found() == [
        (Source.SRV_RECORD, "mail.firm.test", True),
        (Source.SRV_RECORD, "mail.firm.test", False),
    ]
    [words] = stage.said(Source.SRV_RECORD)
    assert words == (
        "DNS names mail.firm.test:465, mail.firm.test:995, imap.elsewhere.test:993."
        " Some are of another domain, and nobody vouches for that."
    )


async def test_a_server_that_does_not_send_is_not_enough(stage: Stage) -> None:
    stage.has_srv(SRV[1], "_submission 0 0 0 .")
    assert await stage.found() == []
    assert stage.said(Source.SRV_RECORD) == ["DNS names mail.firm.test:995. None of them sends."]


async def test_servers_of_usual_names_are_greeted(stage: Stage, mail_tls: ssl.SSLContext) -> None:
    async with (
        scripted(SMTP, upgrade=mail_tls) as smtp,
        scripted(POP3, tls=mail_tls) as pop3,
        scripted(IMAP, tls=mail_tls) as imap,
    ):
        stage.ports |= {587: smtp.port, 995: pop3.port, 993: imap.port}
        discovery = await stage.discover()
    assert [(c.smtp.host, c.smtp.port, c.smtp.security, c.incoming) for c in discovery.candidates] == [
        ("smtp.firm.test", 587, Security.STARTTLS, tls_server(Protocol.POP3, "pop.firm.test", 995)),
        ("smtp.firm.test", 587, Security.STARTTLS, tls_server(Protocol.IMAP, "imap.firm.test", 993)),
    ]
    assert [(c.methods, c.trusted) for c in discovery.candidates] == [(CUSTOM.auth_methods[:2], True)] * 2
    assert {"AUTH", "USER", "PASS", "AUTHENTICATE", "LOGIN", "MAIL"}.isdisjoint(
        smtp.verbs() + pop3.verbs() + imap.verbs()
    )
    assert "canary" not in "".join(smtp.heard + pop3.heard + imap.heard)


@pytest.mark.parametrize("kind", ["plain", "not SMTP", "wrong certificate"])
async def test_what_does_not_answer_safely_is_no_guess(stage: Stage, lab_ca: trustme.CA, kind: str) -> None:
    ways = {
        "plain": scripted(SMTP, EHLO="250 mail.example"),
        "not SMTP": scripted(SMTP, greeting="HTTP/1.1 400 Bad Request"),
        "wrong certificate": scripted(SMTP, upgrade=serving_with(lab_ca.issue_cert("other.test"))),
    }
    async with ways[kind] as smtp:
        stage.ports[587] = smtp.port
        assert await stage.found() == []
    assert stage.said(Source.GUESS) == ["No server of a usual name answers at firm.test."]


# ── order, deadline, hostility ──


def everywhere(stage: Stage, delays: tuple[float, ...] = (0, 0, 0, 0)) -> None:
    stage.zone[DOMAIN, "MX"] = ["10 mx.acme.example."]
    stage.names.delays = {"MX": delays[0], "SRV": delays[3]}
    stage.pages[SUBDOMAIN] = later(delays[1], of("auto.test"))
    stage.pages[DATABASE] = later(delays[2], of("base.test"))
    stage.has_srv(*SRV)


@pytest.mark.parametrize("order", list(permutations((0, 0.04, 0.08, 0.12))))
async def test_the_order_is_that_of_the_sources(stage: Stage, order: tuple[float, ...]) -> None:
    everywhere(stage, order)
    assert await stage.found() == [
        (Source.MX_RECORD, "smtp.acme.example", False),
        (Source.AUTOCONFIG, "smtp.auto.test", True),
        (Source.ISPDB, "smtp.base.test", True),
        (Source.SRV_RECORD, "mail.firm.test", True),
    ]


async def test_nobody_waits_longer_than_the_deadline(stage: Stage) -> None:
    everywhere(stage)
    stage.zone |= {(DOMAIN, "MX"): None, ("_pop3s._tcp.firm.test", "SRV"): None}
    stage.pages |= {WELL_KNOWN: silence, DATABASE: silence}
    before = len(asyncio.all_tasks())
    async with asyncio.timeout(15):
        found = await stage.found(seconds=0.6)
    assert found == [
        (Source.AUTOCONFIG, "smtp.auto.test", True),
        (Source.SRV_RECORD, "mail.firm.test", True),
    ]
    assert stage.said(Source.MX_RECORD) == [LATE]
    await asyncio.sleep(0.02)
    assert len([task for task in asyncio.all_tasks() if "talk" not in repr(task)]) <= before


HOSTILE = {
    "a bomb": ok(b'<!DOCTYPE a [<!ENTITY b "c">]><clientConfig>&b;</clientConfig>'),
    "a flood": flood,
    "a web page": ok(b"<html><body>Welcome!</body></html>", "Content-Type: text/html"),
    "a private address": to("https://10.0.0.1/config.xml"),
    "another scheme": to(f"http://{DOMAIN}/config.xml"),
    "no HTTP": b"220 mail ESMTP\r\n",
    "private servers": ok(
        config(
            server("smtp", "127.0.0.1", 465), server("smtp", "localhost", 465), server("smtp", "[::1]", 25)
        )
    ),
    "the local part in a name": ok(config(server("smtp", "%EMAILLOCALPART%.evil.test", 465))),
    "no servers": ok(config()),
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_a_hostile_place_only_spoils_itself(stage: Stage, what: str) -> None:
    stage.pages |= {SUBDOMAIN: HOSTILE[what], WELL_KNOWN: HOSTILE[what], DATABASE: of("base.test")}
    assert await stage.found() == [(Source.ISPDB, "smtp.base.test", True)]
    assert all(len(step.outcome) < 400 and step.outcome.endswith(".") for step in stage.trail)


async def test_what_a_hostile_place_is_told_of_our_network(stage: Stage) -> None:
    stage.has_hosts("inside.test")
    stage.zone["inside.test", "A"] = ["10.0.0.7"]
    stage.pages |= {SUBDOMAIN: to("https://inside.test/"), WELL_KNOWN: to("https://169.254.169.254/")}
    await stage.discover()
    assert [words.partition(": ")[2] for words in stage.said(Source.AUTOCONFIG)[:2]] == [
        "this server may not be reached from here."
    ] * 2


async def test_any_content_type_is_read(stage: Stage) -> None:
    xml = config(server("smtp", "smtp.auto.test", 465))
    stage.pages[SUBDOMAIN] = ok(xml, "Content-Type: application/octet-stream")
    assert await stage.found() == [(Source.AUTOCONFIG, "smtp.auto.test", True)]


async def test_what_is_not_encrypted_or_for_others_is_left_out_with_a_word(stage: Stage) -> None:
    stage.pages[SUBDOMAIN] = ok(
        config(
            server("smtp", "plain.test", 25, "plain"),
            server("smtp", "own.test", 465, auth="client-IP-address"),
            server("smtp", "own2.test", 465, more="<restriction>client-IP-address</restriction>"),
            server("ews", "ews.test", 443),
            server("smtp", "good.test", 587, "STARTTLS", auth="secure"),
            server("pop3", "pop.test", 110, "plain"),
            server("imap", "imap.test", 993),
        )
    )
    assert await stage.found() == [(Source.AUTOCONFIG, "good.test", True)]
    assert stage.said(Source.AUTOCONFIG)[0] == (
        "https://autoconfig.firm.test/mail/config-v1.1.xml has settings."
        " plain.test:25 was left out, because it does not encrypt."
        " own.test:465 was left out, because it serves only the network of its provider."
        " own2.test:465 was left out, because it serves only the network of its provider."
        " A server of the kind ews was left out."
        " pop.test:110 was left out, because it does not encrypt."
    )


async def test_what_to_switch_on_first_is_told_where_it_can_be_trusted(stage: Stage) -> None:
    step = (
        '<enable visiturl="https://firm.test/on"><instruction lang="de">Ein</instruction>'
        "<instruction>Switch\x85POP on</instruction></enable>"
    )
    page = ok(config(server("smtp", "smtp.auto.test", 465), more=step))
    stage.pages[SUBDOMAIN] = page
    [trusted] = (await stage.discover()).candidates
    del stage.pages[SUBDOMAIN]
    stage.plain_pages[SUBDOMAIN] = page
    [hearsay] = (await stage.discover()).candidates
    first = trusted.methods[0].instructions[0]
    assert (first.text.split(), first.link) == (["Switch", "POP", "on"], "https://firm.test/on")
    assert hearsay.methods == CUSTOM.auth_methods[:2]


async def test_a_known_services_server_brings_its_own_ways_in(stage: Stage) -> None:
    stage.pages[SUBDOMAIN] = ok(config(server("smtp", "smtp.acme.example", 587, "STARTTLS")))
    [candidate] = (await stage.discover()).candidates
    assert (candidate.provider_key, candidate.methods) == ("acme", (PASSWORD,))


async def test_only_the_domain_leaves(stage: Stage, mail_tls: ssl.SSLContext) -> None:
    stage.zone[DOMAIN, "MX"] = ["10 mx.host.test."]
    async with scripted(SMTP, tls=mail_tls) as smtp:
        stage.ports[465] = smtp.port
        discovery = await stage.discover()
    heard = stage.everything_heard() + "".join(smtp.heard)
    assert [candidate.smtp.username for candidate in discovery.candidates] == [ADDRESS]
    assert (DOMAIN in heard, "canary" in heard, "alice" in heard, "emailaddress" in heard) == (
        True,
        False,
        False,
        False,
    )


# ── who may ask, and what ──


async def test_the_domain_is_asked_for_in_a_labels(stage: Stage) -> None:
    discovery = await stage.discover(" Alice@BÜCHER.test ")
    assert discovery.address == "Alice@xn--bcher-kva.test"
    assert "autoconfig.xn--bcher-kva.test" in stage.names.asked


@pytest.mark.parametrize(
    "address", ["", "alice", "alice@", "@firm.test", "a@[127.0.0.1]", "a@b\nc.test", "ü@firm.test"]
)
async def test_what_is_no_address_is_said_with_the_remedy(stage: Stage, address: str) -> None:
    with pytest.raises(NotAnswerable) as caught:
        await stage.discover(address)
    assert (caught.value.code, caught.value.remedy) == (
        "BAD_INPUT",
        "Give a whole address, such as alice@example.com.",
    )
    assert stage.everything_heard() == ""


async def test_only_those_who_may_test_may_ask(stage: Stage) -> None:
    by = replace(BY, permissions=BY.permissions - {Permission.TEST})
    with pytest.raises(NotAnswerable) as caught:
        await discover(stage.house, ADDRESS, by=by)
    assert (caught.value.code, stage.everything_heard()) == ("FORBIDDEN", "")
