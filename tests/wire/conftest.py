import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from letterhead.wire.dial import Dialler
from letterhead.wire.imap import ImapConversation
from letterhead.wire.pop3 import Pop3Conversation
from letterhead.wire.server import MailServer
from letterhead.wire.smtp import SmtpConversation
from letterhead_providers import Protocol, Security
from wire.scripted import HERE, Served


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA(organization_name="Example CA")


@pytest.fixture(scope="session")
def tls(authority: trustme.CA) -> ssl.SSLContext:
    return serving_with(authority.issue_cert("localhost", "127.0.0.1"))


@pytest.fixture(scope="session")
def bad_certificates(authority: trustme.CA) -> dict[str, ssl.SSLContext]:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    long_ago = yesterday - timedelta(days=30)
    return {
        "untrusted": serving_with(trustme.CA().issue_cert("127.0.0.1")),
        "expired": serving_with(authority.issue_cert("127.0.0.1", not_before=long_ago, not_after=yesterday)),
        "wrong name": serving_with(authority.issue_cert("other.example")),
    }


def serving_with(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@pytest.fixture(scope="session")
def authority_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(scope="session")
def dialler(authority_file: Path) -> Dialler:
    return Dialler(allowed=(HERE,), ca_file=authority_file)


@pytest.fixture
def smtp(dialler: Dialler):
    def conversation(served: Served, security: Security = Security.NONE, **kw: bool) -> SmtpConversation:
        server = MailServer(protocol=Protocol.SMTP, host="127.0.0.1", port=served.port, security=security)
        return SmtpConversation(server, dialler, local_hostname="client.example", **kw)

    return conversation


@pytest.fixture
def pop3(dialler: Dialler):
    def conversation(served: Served, security: Security = Security.NONE, **kw: bool) -> Pop3Conversation:
        server = MailServer(protocol=Protocol.POP3, host="127.0.0.1", port=served.port, security=security)
        return Pop3Conversation(server, dialler, **kw)

    return conversation


@pytest.fixture
def imap(dialler: Dialler):
    def conversation(served: Served, security: Security = Security.NONE, **kw: bool) -> ImapConversation:
        server = MailServer(protocol=Protocol.IMAP, host="127.0.0.1", port=served.port, security=security)
        return ImapConversation(server, dialler, **kw)

    return conversation
