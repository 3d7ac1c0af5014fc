"""A server that cannot be trusted learns nothing, is told apart, and gets no second chance."""

import ssl

import pytest

from hostile.stage import Stage, sign_ins

pytestmark = pytest.mark.asyncio(loop_scope="module")

FAULTS = {
    "self-signed": ("TLS_CERTIFICATE", "The server’s certificate was issued by nobody we trust"),
    "expired": ("TLS_CERTIFICATE", "The server’s certificate has run out"),
    "wrong name": ("TLS_CERTIFICATE", "The server’s certificate is for another name"),
    "old": ("TLS_MODE_MISMATCH", "The server hung up when encryption began"),
}


@pytest.mark.parametrize("security", ["TLS", "STARTTLS"])
@pytest.mark.parametrize("protocol", ["SMTP", "POP3", "IMAP"])
@pytest.mark.parametrize("fault", FAULTS)
async def test_each_fault_is_told_apart_and_nobody_signs_in(
    stage: Stage, bad_tls: dict[str, ssl.SSLContext], protocol: str, security: str, fault: str
) -> None:
    outcome = await stage.against(protocol, security, tls=bad_tls[fault])

    code, title = FAULTS[fault]
    assert (outcome.status, outcome.troubles) == ("FAILED", [(protocol, "TLS", code)])
    assert outcome.test["diagnosis"]["title"] == title
    # a connection that begins with TLS counts once it is encrypted, so a second try would be seen
    handshakes = outcome.bad.verbs().count("STLS" if protocol == "POP3" else "STARTTLS")
    assert sign_ins(outcome.bad) == []
    if security == "TLS":
        assert outcome.bad.connections == 0
    elif protocol != "IMAP":
        assert handshakes == 1
