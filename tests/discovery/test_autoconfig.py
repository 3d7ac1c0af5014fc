"""The reader of autoconfig files."""

import re
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letterhead.discovery.autoconfig import (
    ClientConfig,
    ConfigServer,
    NotReadable,
    OAuth2,
    Page,
    Words,
    fill,
    read,
)

WHOLE = """<clientConfig version="1.1">\r
  <webMail><loginPage url="https://webmail.example.com/%C3%A9"/></webMail>\r
  <emailProvider id="example.com">\r
    <!-- hello -->\r
    <outgoingServer type="smtp"><port>587</port><hostname>smtp.<!-- really -->example.com</hostname>\r
      <authentication>OAuth2</authentication><!-- or --><authentication>plain</authentication>\r
      <restriction>client-IP-address</restriction>\r
      <socketType>STARTTLS</socketType><username>%EMAILLOCALPART%</username></outgoingServer>\r
    <displayName>Example &amp; Söhne</displayName>\r
    <domain>example.com</domain><domain>MX.example.net</domain>\r
    <incomingServer type="ews"><ewsURL>https://x/ews</ewsURL></incomingServer>\r
    <incomingServer type="pop3"><hostname>pop.example.com</hostname><port>995</port>\r
      <socketType>SSL</socketType><username>%EMAILADDRESS</username>\r
      <authentication>password-cleartext</authentication>\r
      <pop3><leaveMessagesOnServer>true</leaveMessagesOnServer></pop3></incomingServer>\r
    <enable visiturl="https://example.com/on?a=1&amp;b=2">\r
      <instruction lang="de">Schalten Sie\r\n POP ein</instruction><instruction>Switch POP on</instruction>\r
    </enable>\r
    <documentation url="https://example.com/help"><descr lang="en">Help</descr></documentation>\r
  </emailProvider>\r
  <oAuth2><issuer>login.example.com</issuer><scope>mail a</scope>\r
    <authURL>https://a</authURL><tokenURL>https://t</tokenURL></oAuth2>\r
</clientConfig>"""


def test_everything_in_a_file_is_read() -> None:
    assert read(WHOLE.encode()) == ClientConfig(
        id="example.com",
        domains=("example.com", "mx.example.net"),
        display_name="Example & Söhne",
        incoming=(
            ConfigServer(kind="ews", others=(("ewsURL", "https://x/ews"),)),
            ConfigServer(
                kind="pop3",
                host="pop.example.com",
                port=995,
                socket_type="SSL",
                username="%EMAILADDRESS",
                authentication=("password-cleartext",),
                others=(("pop3", "true"),),
            ),
        ),
        outgoing=(
            ConfigServer(
                kind="smtp",
                host="smtp.example.com",
                port=587,
                socket_type="STARTTLS",
                username="%EMAILLOCALPART%",
                authentication=("OAuth2", "plain"),
                restrictions=("client-IP-address",),
            ),
        ),
        oauth2=(
            OAuth2(
                issuer="login.example.com",
                scope="mail a",
                authorize_url="https://a",
                token_url="https://t",
            ),
        ),
        enable=(
            Page(
                url="https://example.com/on?a=1&b=2",
                words=(Words(text="Schalten Sie\n POP ein", language="de"), Words(text="Switch POP on")),
            ),
        ),
        documentation=(Page(url="https://example.com/help", words=(Words(text="Help", language="en"),)),),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_a_file_says_its_encoding(encoding: str) -> None:
    xml = f'<?xml version="1.0" encoding="{encoding}"?>{WHOLE}'.encode(encoding)
    assert read(xml) == read(WHOLE.encode())


def test_a_namespace_changes_nothing() -> None:
    spaced = WHOLE.replace("<clientConfig", '<clientConfig xmlns="urn:example"')
    assert read(spaced.encode()) == read(WHOLE.encode())


@pytest.mark.parametrize("port", ["", "0", "65536", "99999999999", "-1", "imap", "٢٥", "2 5"])
def test_what_is_no_port_is_none(port: str) -> None:
    xml = WHOLE.replace("<port>587</port>", f"<port>{port}</port>")
    assert read(xml.encode()).outgoing[0].port is None


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE clientConfig [<!ENTITY a0 "ha">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 50) for n in range(1, 12))
    + b']><clientConfig><emailProvider id="&a11;">&a11;</emailProvider></clientConfig>'
)
QUADRATIC = b'<!DOCTYPE a [<!ENTITY x "' + b"x" * 100_000 + b'">]><clientConfig>' + b"&x;" * 20_000


@pytest.mark.parametrize(
    ("xml", "words"),
    [
        (BOMB, "The file declares a document type, which is not let in."),
        (QUADRATIC, "The file declares a document type, which is not let in."),
        (
            b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><clientConfig>&x;</clientConfig>',
            "The file declares a document type, which is not let in.",
        ),
        (
            b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><clientConfig/>',
            "The file declares a document type, which is not let in.",
        ),
        (
            "<!DOCTYPE html><html></html>".encode("utf-16"),
            "The file declares a document type, which is not let in.",
        ),
        (b"<!doctype html><html><p>Not found</html>", "The file is not well-formed XML."),
        (b"<clientConfig>&nbsp;</clientConfig>", "The file is not well-formed XML."),
        (b"<clientConfig><emailProvider>", "The file is not well-formed XML."),
        (b"\x1f\x8b\x08", "The file is not well-formed XML."),
        (b'<?xml version="1.0" encoding="nonsense"?><clientConfig/>', "The file is not well-formed XML."),
        (b"", "The file is not well-formed XML."),
        (b"<clientConfig/>", "The file is not an autoconfig file."),
        (b"<html><emailProvider/></html>", "The file is not an autoconfig file."),
        (b"<clientConfig>" + b"<a>" * 100 + b"</a>" * 100, "The file is nested more than 32 deep."),
        (b"<a>" * 80_000, "The file is nested more than 32 deep."),
        (b"<clientConfig>" + b"x" * 262_144, "The file is longer than 256 kB."),
    ],
    ids=range(16),
)
def test_hostile_and_broken_files_are_refused_in_a_moment(xml: bytes, words: str) -> None:
    since = time.perf_counter()
    with pytest.raises(NotReadable) as caught:
        read(xml)
    assert (str(caught.value), time.perf_counter() - since < 5) == (words, True)


def reads_or_refuses(xml: bytes) -> None:
    try:
        told = str(read(xml))
    except NotReadable as exc:
        told = str(exc)
    assert re.fullmatch(r"The file [^\n]+\.|ClientConfig\(.*\)", told)


@given(st.data())
@settings(max_examples=400)
def test_changed_bytes_are_read_or_refused(data: st.DataObject) -> None:
    xml = bytearray(WHOLE.encode(data.draw(st.sampled_from(["utf-8", "utf-16", "utf-32"]))))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(xml) - 1))
        xml[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=12))
        if not xml:
            break
    reads_or_refuses(bytes(xml))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(xml: bytes) -> None:
    reads_or_refuses(xml)
    reads_or_refuses(b"<clientConfig><emailProvider>" + xml + b"</emailProvider></clientConfig>")


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("%EMAILADDRESS%", "al.ice@example.com"),
        ("%EMAILLOCALPART%", "al.ice"),
        ("%EMAILLOCALPART%.%EMAILDOMAIN%", "al.ice.example.com"),
        ("%EMAILADDRESS", "al.ice@example.com"),
        ("%EMAILLOCALPART@%EMAILDOMAIN", "al.ice@example.com"),
        ("%EMAILADDRESSES%", None),
        ("%USERID%@example.com", None),
        ("caf%C3%A9", "caf%C3%A9"),
        ("https://x/%C3%A9?d=%EMAILDOMAIN%&p=100%", "https://x/%C3%A9?d=example.com&p=100%"),
        ("fixed", "fixed"),
        ("", ""),
    ],
)
def test_a_template_is_filled_in(template: str, filled: str | None) -> None:
    assert fill(template, local="al.ice", domain="example.com") == filled


def test_the_local_part_can_be_kept_out() -> None:
    templates = ("mail.%EMAILDOMAIN%", "%EMAILLOCALPART%.example.com", "%EMAILADDRESS")
    filled = [fill(template, local=None, domain="example.com") for template in templates]
    assert filled == ["mail.example.com", None, None]


@given(st.text(alphabet="EMAILDOMAIN%C3a", max_size=40), st.text(max_size=10))
def test_what_an_address_brings_is_not_filled_in_again(template: str, local: str) -> None:
    filled = fill(template, local=local, domain="example.com")
    if "%EMAIL" not in template:
        assert filled in (template, None)


def naive(xml: bytes) -> dict[str, object]:
    """The standard library's reading, by a few plain loops."""
    root = ET.fromstring(xml)
    servers = [node for node in root.iter() if node.tag in ("incomingServer", "outgoingServer")]
    return {
        "servers": sorted(
            (
                node.tag,
                node.get("type"),
                node.findtext("hostname"),
                node.findtext("port"),
                node.findtext("socketType"),
                node.findtext("username"),
                *(way.text for way in node.findall("authentication")),
            )
            for node in servers
        ),
        "oauth2": [[part.text for part in node if isinstance(part.tag, str)] for node in root.iter("oAuth2")],
        "enable": [
            (node.get("visiturl"), [(word.get("lang"), word.text) for word in node.iter("instruction")])
            for node in root.iter("enable")
        ],
        "domains": [node.text for node in root.iter("domain")],
        "name": root.findtext("emailProvider/displayName"),
        "pages": len(root.findall("emailProvider/documentation") + root.findall("emailProvider/instruction")),
        "restrictions": [node.text for node in root.iter("restriction")],
    }


def ours(config: ClientConfig) -> dict[str, object]:
    servers = [("incomingServer", server) for server in config.incoming]
    servers += [("outgoingServer", server) for server in config.outgoing]
    return {
        "servers": sorted(
            (
                tag,
                server.kind,
                server.host,
                None if server.port is None else str(server.port),
                server.socket_type,
                server.username,
                *server.authentication,
            )
            for tag, server in servers
        ),
        "oauth2": [[a.issuer, a.scope, a.authorize_url, a.token_url] for a in config.oauth2],
        "enable": [(step.url, [(w.language, w.text) for w in step.words]) for step in config.enable],
        "domains": list(config.domains),
        "name": config.display_name,
        "pages": len(config.documentation),
        "restrictions": [each for _, server in servers for each in server.restrictions],
    }


def test_every_file_of_the_database_is_read_without_loss(ispdb: Path) -> None:
    files = sorted(ispdb.glob("*.xml"))
    assert len(files) > 100
    different = [path.name for path in files if ours(read(path.read_bytes())) != naive(path.read_bytes())]
    assert different == []
