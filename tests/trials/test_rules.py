"""Where else to look, and by which other name to sign in."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letterhead.trials.rules import MOST_NEIGHBOURS, neighbours, other_login
from letterhead.wire.server import MailServer
from letterhead_providers import Protocol, Security

HOSTS = st.sampled_from(
    [
        "mail.acme.example",
        "smtp.acme.example",
        "acme.example",
        "mx7.hoster.example",
        "acme.co.uk",
        "192.0.2.7",
    ]
)
SERVERS = st.builds(
    MailServer,
    protocol=st.sampled_from(Protocol),
    host=HOSTS,
    port=st.sampled_from([25, 110, 143, 465, 587, 993, 995, 2525]),
    security=st.sampled_from(Security),
    username=st.just("ann"),
)


def smtp(host: str, port: int = 587, security: Security = Security.STARTTLS) -> MailServer:
    return MailServer(protocol=Protocol.SMTP, host=host, port=port, security=security)


def places(server: MailServer, domain: str = "acme.example") -> list[str]:
    return [f"{one.host}:{one.port} {one.security}" for one in neighbours(server, domain)]


@given(SERVERS)
def test_neighbours_are_few_encrypted_and_others(server: MailServer) -> None:
    found = neighbours(server, "acme.example")
    assert 0 < len(found) <= MOST_NEIGHBOURS
    assert len(set(found)) == len(found)
    assert server not in found
    assert all(one.security is not Security.NONE for one in found)
    assert {(one.protocol, one.username) for one in found} == {(server.protocol, server.username)}


@given(SERVERS)
def test_nobody_elses_names_are_guessed(server: MailServer) -> None:
    parent = server.host.partition(".")[2]
    for one in neighbours(server, "acme.example"):
        assert one.host == server.host or one.host.endswith((f".{parent}", f".{server.host}"))
        assert one.host == server.host or not one.host.endswith((".co.uk", ".7"))


def test_the_door_next_to_it_comes_first_and_the_name_next_to_it_last() -> None:
    assert places(smtp("mail.acme.example", 465)) == [
        "mail.acme.example:465 TLS",
        "mail.acme.example:587 STARTTLS",
        "smtp.acme.example:465 TLS",
        "smtp.acme.example:587 STARTTLS",
    ]


@pytest.mark.parametrize(
    ("host", "other_hosts"),
    [
        ("acme.example", {"smtp.acme.example", "mail.acme.example"}),
        ("smtp.acme.example", {"mail.acme.example"}),
        ("web12.hoster.example", set()),
        ("mail.example", set()),
        ("192.0.2.7", set()),
    ],
)
def test_only_usual_names_have_namesakes(host: str, other_hosts: set[str]) -> None:
    assert {one.host for one in neighbours(smtp(host), "acme.example")} - {host} == other_hosts


def test_an_address_is_no_name() -> None:
    assert all(ip_address(one.host) for one in neighbours(smtp("192.0.2.7"), "acme.example"))


@pytest.mark.parametrize(
    ("username", "other"),
    [("ann@acme.example", "ann"), ("Ann@ACME.example", "ann"), ("ann", "ann@acme.example")],
)
def test_a_login_has_one_other_form(username: str, other: str) -> None:
    assert other_login(username, "ann@acme.example") == other
