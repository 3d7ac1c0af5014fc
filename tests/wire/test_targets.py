from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letterhead.wire.targets import (
    MAIL_PORTS,
    WEB_PORTS,
    AllowedTarget,
    clean_host,
    parse_allowed_targets,
    permitted,
)


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("SMTP.Example.com.", "smtp.example.com"),
        (" mail.example ", "mail.example"),
        ("localhost", "localhost"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("ｓｍｔｐ．example。com", "smtp.example.com"),
        ("192.0.2.25", "192.0.2.25"),
        ("192.0.2.25.", "192.0.2.25"),
        ("１２７．０．０．１", "127.0.0.1"),
        ("[2001:DB8::0001]", "2001:db8::1"),
        ("2001:db8:0:0::1", "2001:db8::1"),
    ],
)
def test_a_host_is_written_in_one_form(typed: str, host: str) -> None:
    assert clean_host(typed) == host
    assert clean_host(host) == host


TRICKS = """
127.1 0x7f000001 0x7f.1 2130706433 0177.0.0.1 127.0.0.01 1.2.3.4.5 １２７.１ mail.0x1 mail.example.1
http://smtp.example.com smtp.example.com/ alice@example.com smtp.example.com:25 a_b.example -a.example
a-.example a..example .example . .. [::1 ::1] ::1%eth0 fe80::1%25eth0 [] xn--a.example *.example
"""


@pytest.mark.parametrize("typed", TRICKS.split())
def test_tricks_and_slips_are_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        clean_host(typed)


@pytest.mark.parametrize(
    "typed",
    ["", "   ", "a b.example", "a\n.example", "a\0", "a\x7f", "\ud800", "a" * 64 + ".example", "a." * 127],
)
def test_what_is_no_name_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        clean_host(typed)


@given(st.text(max_size=300))
def test_any_text_gives_a_clean_host_or_a_sentence(typed: str) -> None:
    told = outcome(typed)
    assert told.endswith(".") or (outcome(told), told.isascii()) == (told, True)


def outcome(typed: str) -> str:
    try:
        return clean_host(typed)
    except ValueError as exc:
        return str(exc)


DENIED = """
0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 169.254.169.254
172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255
198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 168.63.129.16
:: ::1 ::ffff:8.8.8.8 ::8.8.8.8 ::ffff:127.0.0.1 64:ff9b::8.8.8.8 64:ff9b::7f00:1 64:ff9b:1::1 100::1
2001::1 2001:0:7f00:1:: 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:808:808:: 3fff::1
5f00::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%1 fec0::1 ff02::1 4000::1 8000::1
"""
PUBLIC = """
1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 192.0.1.1 198.17.0.1 198.20.0.1
223.255.255.255 2001:4860:4860::8888 2606:4700::1111 2a00:1450::1 2400::1
"""


@pytest.mark.parametrize("address", DENIED.split())
def test_what_is_not_public_is_denied(address: str) -> None:
    assert not any(permitted(ip_address(address), port, ()) for port in MAIL_PORTS)


@pytest.mark.parametrize("address", PUBLIC.split())
def test_what_is_public_is_permitted_on_mail_ports(address: str) -> None:
    assert {port for port in range(1, 65536) if permitted(ip_address(address), port, ())} == MAIL_PORTS


@given(st.ip_addresses())
def test_nothing_that_python_calls_private_is_permitted(address) -> None:
    if not address.is_global or address.is_multicast or address.is_reserved:
        assert not permitted(address, 25, ())


def test_an_opened_network_is_opened_for_its_ports() -> None:
    allowed = parse_allowed_targets("10.1.0.0/16, 127.0.0.1/32:2525+1110")
    ports = (25, 80, 587, 1110, 2525)
    assert [permitted(ip_address("10.1.2.3"), port, allowed) for port in ports] == [
        True,
        False,
        True,
        False,
        True,
    ]
    assert [permitted(ip_address("127.0.0.1"), port, allowed) for port in ports] == [
        False,
        False,
        False,
        True,
        True,
    ]
    assert not permitted(ip_address("10.2.0.1"), 25, allowed)
    assert not permitted(ip_address("::ffff:127.0.0.1"), 2525, allowed)


def test_mail_and_the_web_have_ports_of_their_own() -> None:
    allowed = parse_allowed_targets("10.1.0.0/16, 127.0.0.1:25+80+8443")
    ports = (25, 80, 443, 587, 8443)
    by_address = {
        address: [permitted(ip_address(address), port, allowed, ports=WEB_PORTS) for port in ports]
        for address in ("8.8.8.8", "10.1.2.3", "127.0.0.1")
    }
    assert by_address == {
        "8.8.8.8": [False, True, True, False, False],
        "10.1.2.3": [False] * 5,
        "127.0.0.1": [False, True, False, False, True],
    }
    mail = [permitted(ip_address("127.0.0.1"), port, allowed) for port in ports]
    assert mail == [True, False, False, False, True]


def test_opened_networks_are_read() -> None:
    assert parse_allowed_targets("10.1.0.0/16, [fd00::/8]:25,fd00::/8,127.0.0.1:2525+1110,") == (
        AllowedTarget(ip_network("10.1.0.0/16"), frozenset()),
        AllowedTarget(ip_network("fd00::/8"), frozenset({25})),
        AllowedTarget(ip_network("fd00::/8"), frozenset()),
        AllowedTarget(ip_network("127.0.0.1/32"), frozenset({2525, 1110})),
    )
    assert parse_allowed_targets("  ") == ()


@pytest.mark.parametrize(
    "entry", ["10.0.0.1/8", "x", "10.0.0.0/8:0", "10.0.0.0/8:65536", "10.0.0.0/8:a", "[::1]25", "1:"]
)
def test_a_wrong_entry_is_named_with_the_remedy(entry: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_allowed_targets(f"10.1.0.0/16, {entry}")
    assert str(caught.value).startswith("entry 2 is no network; write 10.1.0.0/16")
