import pytest
from hypothesis import given
from hypothesis import strategies as st

from letterhead.diagnosis.explain import Explainer
from letterhead.diagnosis.failure import Failure
from letterhead.diagnosis.parse import parse_pasted
from letterhead.diagnosis.permanence import (
    CANNOT_BE,
    is_about_sender,
    is_about_sign_in,
    is_temporary,
    refuses_sender,
)
from letterhead.wire.trouble import Cause
from letterhead_providers import DiagnosisCode as Code
from letterhead_providers import Protocol, Stage


def said(reply: str, stage: Stage = Stage.DATA) -> Failure:
    return Failure(protocol=Protocol.SMTP, stage=stage, cause=Cause.REPLY, reply=parse_pasted(reply))


@pytest.mark.parametrize(
    ("reply", "code", "temporary"),
    [
        ("450 No", Code.POLICY_OTHER, True),
        ("550 No", Code.POLICY_OTHER, False),
        ("550 4.2.1 No", Code.POLICY_OTHER, True),
        ("451 5.7.1 No", Code.POLICY_OTHER, False),
        ("550 5.4.5 Daily limit exceeded", Code.QUOTA_EXCEEDED, True),
        ("535 5.7.0 Too many attempts", Code.RATE_LIMITED, True),
        ("454 4.7.1 Relay access denied", Code.RELAY_DENIED, True),
        ("451 4.7.1 Not yours", Code.SENDER_NOT_OWNED, True),
        ("450 4.7.1 Not today", Code.POLICY_OTHER, True),
        ("450 4.7.1 Permanently refused", Code.POLICY_OTHER, False),
        ("450 4.7.1 This is not permanent", Code.POLICY_OTHER, True),
        ("454 4.7.0 Wrong", Code.WRONG_PASSWORD, False),
        ("454 4.7.0 Wrong", Code.OAUTH_TOKEN_INVALID, False),
        ("454 4.7.0 No", Code.IP_NOT_AUTHORIZED, True),
        ("451 4.7.1 Sign in first", Code.AUTH_REQUIRED, True),
        ("451 4.7.1 Use TLS", Code.TLS_REQUIRED, False),
        ("535 5.7.1 Account temporarily locked", Code.ACCOUNT_LOCKED, True),
        ("554 Please try again later", Code.POLICY_OTHER, True),
        ("-ERR [SYS/TEMP] No", Code.SERVER_UNAVAILABLE, True),
        ("-ERR [SYS/PERM] No", Code.PROTOCOL_ACCESS_DISABLED, False),
        ("No", Code.UNKNOWN, False),
    ],
)
def test_permanence_is_decided_beside_the_code(reply: str, code: Code, temporary: bool) -> None:
    assert is_temporary(said(reply), code) is temporary


@given(
    code=st.sampled_from(Code),
    cause=st.sampled_from(sorted(set(Cause) - CANNOT_BE)),
    stage=st.sampled_from(Stage),
)
def test_what_the_network_did_is_always_temporary(code: Code, cause: Cause, stage: Stage) -> None:
    assert is_temporary(Failure(protocol=Protocol.SMTP, stage=stage, cause=cause), code)


def test_what_pauses_an_account_and_what_refuses_a_sender() -> None:
    assert is_about_sign_in(Code.WRONG_PASSWORD)
    assert not is_about_sign_in(Code.SENDER_NOT_OWNED)
    assert is_about_sender(Code.SENDER_NOT_OWNED)
    assert not is_about_sender(Code.RECIPIENT_UNKNOWN)


@pytest.mark.parametrize(
    ("stage", "reply", "refused"),
    [
        (Stage.SENDER, "553 5.7.1 <a@b.example>: Sender address rejected: not owned by user c", True),
        (Stage.SENDER, "550 5.7.1 No", True),
        (Stage.SENDER, "450 4.3.2 Try again later", False),
        (Stage.RECIPIENT, "553 5.7.1 <a@b.example>: Sender address rejected: not owned by user c", True),
        (Stage.RECIPIENT, "554 5.7.1 <a@b.example>: Relay access denied", True),
        (Stage.RECIPIENT, "530 5.7.0 Authentication required", True),
        (Stage.RECIPIENT, "550 5.1.1 User unknown", False),
        (Stage.RECIPIENT, "450 4.7.1 Sender address rejected: Too many messages, deferring", False),
        (Stage.RECIPIENT, "450 4.2.0 Greylisted", False),
        (Stage.RECIPIENT, "454 4.7.1 <a@b.example>: Relay access denied", False),
    ],
)
async def test_a_refusal_at_rcpt_counts_when_it_is_about_the_sender(
    explainer: Explainer, stage: Stage, reply: str, refused: bool
) -> None:
    failure = said(reply, stage)

    assert refuses_sender(failure, await explainer.explain(failure)) is refused


async def test_a_lost_connection_refuses_nobody(explainer: Explainer) -> None:
    failure = Failure(protocol=Protocol.SMTP, stage=Stage.SENDER, cause=Cause.DISCONNECTED)

    assert not refuses_sender(failure, await explainer.explain(failure))
