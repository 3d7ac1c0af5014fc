from dataclasses import replace

import pytest

from letterhead.sandbox import mailboxes, ports
from letterhead_plugins.sandbox import SANDBOX, checks
from letterhead_providers import CredentialKind, DiagnosisCode, Subject, Verdict

PRESET = SANDBOX.presets[0]


@pytest.fixture
def subject() -> Subject:
    return Subject(
        provider=SANDBOX,
        address="anna@sandbox.letterhead.example",
        aliases=(),
        smtp=PRESET.smtp,
        incoming=PRESET.incoming,
        kind=CredentialKind.PASSWORD,
        greeting="sandbox.letterhead.example ESMTP Letterhead sandbox",
    )


def test_the_sandbox_is_recognised(subject: Subject) -> None:
    [finding] = checks(subject)

    assert (finding.verdict, finding.evidence, finding.diagnosis) == (Verdict.PASSED, subject.greeting, None)


def test_a_real_server_is_not_taken_for_the_sandbox(subject: Subject) -> None:
    [finding] = checks(replace(subject, greeting="mail.somewhere.example ESMTP Postfix"))

    assert finding.verdict == Verdict.FAILED
    assert finding.diagnosis.code == DiagnosisCode.POLICY_OTHER
    assert "real people" in finding.diagnosis.explanation


def test_the_plugin_says_what_the_sandbox_does() -> None:
    said = " ".join(step.text for step in SANDBOX.auth_methods[0].instructions)

    assert (PRESET.smtp.port, PRESET.incoming.port) == (ports.SMTP_PORT, ports.POP3_PORT)
    assert SANDBOX.domains == (mailboxes.SANDBOX_DOMAIN,)
    assert SANDBOX.limits.bytes_per_message == mailboxes.BYTES_PER_MESSAGE
    assert f"newest {mailboxes.MESSAGES_PER_MAILBOX} messages" in SANDBOX.limits.note
    assert mailboxes.SANDBOX_PASSWORD in said
