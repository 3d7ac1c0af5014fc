"""What is read from records, what is guessed, and what is left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letterhead.discovery.found import Candidate, Source
from letterhead.discovery.rules import (
    SERVICES,
    guesses,
    is_needless,
    mail_exchangers,
    named_host,
    names_of_exchanger,
    offered,
    pairs,
    without_repeats,
)
from letterhead.wire.server import MailServer
from letterhead.wire.targets import MAIL_PORTS
from letterhead_providers import Protocol, Security


def a_server(protocol: Protocol = Protocol.SMTP, host: str = "a.test") -> MailServer:
    return MailServer(protocol=protocol, host=host, port=995, security=Security.TLS)


def a_candidate(source: Source, *, trusted: bool = True, host: str = "a.test") -> Candidate:
    return Candidate(
        provider_key=None,
        smtp=a_server(host=host),
        incoming=None,
        methods=(),
        source=source,
        trusted=trusted,
    )


@pytest.mark.parametrize(
    ("records", "hosts"),
    [
        (("20 b.test.", "10 a.test.", "10 A0.Test."), ("a.test", "a0.test", "b.test")),
        (("0 .",), ()),
        (("10 127.0.0.1.", "x a.test.", "", "10", "10 localhost.", "-1 a.test."), ()),
        ((r"10 a\032b.test.", "10 a.test. b.test."), ()),
    ],
)
def test_mail_exchangers_are_read_in_order(records: tuple[str, ...], hosts: tuple[str, ...]) -> None:
    assert mail_exchangers(records) == hosts


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("mx.example.com", ("example.com",)),
        ("a.b.c.d.example.co.uk", ("c.d.example.co.uk", "d.example.co.uk", "example.co.uk", "co.uk")),
        ("example.com", ()),
    ],
)
def test_an_exchanger_has_names_to_be_looked_for(host: str, names: tuple[str, ...]) -> None:
    assert names_of_exchanger(host) == names


def test_services_are_offered_by_priority_then_weight() -> None:
    records = ("10 9 465 c.test.", "0 1 465 b.test.", "0 5 2465 a.test.", "0 0 0 .", "0 0 465 .")
    found = offered(SERVICES[0], records, username="alice@example.test")
    assert [(server.host, server.port) for server in found] == [
        ("a.test", 2465),
        ("b.test", 465),
        ("c.test", 465),
    ]
    assert found[0] == MailServer(
        protocol=Protocol.SMTP,
        host="a.test",
        port=2465,
        security=Security.TLS,
        username="alice@example.test",
    )


@given(st.lists(st.text(max_size=40)))
def test_no_record_breaks_the_reading(records: list[str]) -> None:
    for server in offered(SERVICES[1], records, username="a@b"):
        assert 1 <= server.port <= 65535
    assert all("." in host for host in mail_exchangers(records))


def test_no_service_is_in_plain_text() -> None:
    assert {service.security for service in SERVICES} == {Security.TLS, Security.STARTTLS}


def test_guesses_are_names_of_the_domain_on_mail_ports_with_tls() -> None:
    found = guesses("example.test", username="a@example.test")
    assert all(server.host.endswith(".example.test") and server.port in MAIL_PORTS for server in found)
    assert {server.security for server in found} == {Security.TLS, Security.STARTTLS}
    assert (found[0].protocol, found[0].host, found[0].port) == (Protocol.SMTP, "smtp.example.test", 465)


def test_pop3_comes_before_imap() -> None:
    smtp, imap, pop3 = a_server(), a_server(Protocol.IMAP), a_server(Protocol.POP3)
    second = a_server(Protocol.POP3, "b.test")
    assert pairs([smtp], [imap, pop3, second]) == ((smtp, pop3), (smtp, imap))
    assert pairs([smtp], []) == ((smtp, None),)
    assert pairs([], [imap]) == ()


@pytest.mark.parametrize(
    "text",
    ["localhost", "127.0.0.1", "[::1]", "::1", "2130706433", "0x7f.1", "", ".", "a b.test", "a/b.test"],
)
def test_only_full_names_are_proposed(text: str) -> None:
    assert named_host(text) is None


EVERY = list(Source)


@pytest.mark.parametrize(
    ("source", "better", "needless"),
    [
        *((source, [a_candidate(Source.PROVIDER_DOMAIN)], True) for source in EVERY),
        *((source, [a_candidate(source, trusted=False)], True) for source in EVERY),
        *((source, [], False) for source in EVERY),
        (Source.SRV_RECORD, [a_candidate(Source.ISPDB)], False),
        (Source.GUESS, [a_candidate(Source.ISPDB)], True),
        (Source.GUESS, [a_candidate(Source.MX_RECORD, trusted=False)], True),
        (Source.GUESS, [a_candidate(Source.AUTOCONFIG, trusted=False)], False),
    ],
)
def test_what_is_needless_beside_better_ones(source: Source, better: list[Candidate], needless: bool) -> None:
    assert is_needless(source, better) is needless


def test_settings_are_shown_once_and_again_where_they_are_first_trusted() -> None:
    hearsay = a_candidate(Source.AUTOCONFIG, trusted=False)
    known, again = a_candidate(Source.ISPDB), a_candidate(Source.SRV_RECORD)
    other = a_candidate(Source.SRV_RECORD, host="b.test", trusted=False)
    assert without_repeats([hearsay, known, again, other, hearsay]) == (hearsay, known, other)
