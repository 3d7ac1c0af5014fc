from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnosis.plugins import Plugins
from letterhead.diagnosis.explain import Explainer
from letterhead.diagnosis.failure import Failure
from letterhead.wire.clean import clean
from letterhead.wire.trouble import Cause, WireError
from letterhead_providers import Diagnosis, DiagnosisCode, Protocol, Retry, ServerReply, Stage

REPLY = ServerReply(code=535, enhanced="5.7.8", text="Authentication failed")


def failed(cause: Cause, stage: Stage, reply: ServerReply | None = None, **facts: Any) -> Failure:
    return Failure(protocol=Protocol.SMTP, stage=stage, cause=cause, reply=reply, **facts)


def test_a_failure_is_made_of_a_wire_error_and_what_the_account_knows() -> None:
    error = WireError(Protocol.POP3, Stage.TLS, Cause.TLS_EXPIRED, detail="certificate has expired")

    assert Failure.of(error, provider_key="gmail", host="pop.example", address="a@b.example") == Failure(
        protocol=Protocol.POP3,
        stage=Stage.TLS,
        cause=Cause.TLS_EXPIRED,
        detail="certificate has expired",
        provider_key="gmail",
        host="pop.example",
        address="a@b.example",
    )


async def test_the_service_s_own_word_comes_first(explainer: Explainer, plugins: Plugins) -> None:
    plugins.says = Diagnosis(
        code=DiagnosisCode.APP_PASSWORD_REQUIRED, title="T", explanation="E", explained_by="google"
    )

    diagnosis = await explainer.explain(failed(Cause.REPLY, Stage.SIGN_IN, REPLY, provider_key="gmail"))

    assert diagnosis == Diagnosis(
        code=DiagnosisCode.APP_PASSWORD_REQUIRED,
        title="T",
        explanation="E",
        reply=REPLY,
        explained_by="google",
    )
    assert plugins.asked == [("gmail", Protocol.SMTP, Stage.SIGN_IN, REPLY)]


async def test_where_the_service_has_nothing_to_say_the_rules_decide(explainer: Explainer) -> None:
    diagnosis = await explainer.explain(failed(Cause.REPLY, Stage.SIGN_IN, REPLY, host="smtp.example"))

    assert (diagnosis.code, diagnosis.reply) == (DiagnosisCode.WRONG_PASSWORD, REPLY)
    assert diagnosis.explanation.startswith("smtp.example read the user name")
    assert diagnosis.explained_by == "general words: authenti"


async def test_trouble_on_our_side_is_no_matter_for_plugins(explainer: Explainer, plugins: Plugins) -> None:
    wrong_name = failed(
        Cause.TLS_WRONG_NAME, Stage.TLS, host="mail.shop.example", detail="it is for x.example."
    )

    diagnosis = await explainer.explain(wrong_name)

    assert diagnosis.code is DiagnosisCode.TLS_CERTIFICATE
    assert diagnosis.explanation == (
        "The certificate is a valid one, but not for mail.shop.example. The check said: it is for x.example."
    )
    assert diagnosis.explained_by == "TLS_WRONG_NAME at TLS"
    assert plugins.asked == []


async def test_the_last_words_of_a_server_that_hung_up_count(explainer: Explainer) -> None:
    farewell = ServerReply(code=421, enhanced="4.7.0", text="Too many connections from your IP")

    diagnosis = await explainer.explain(failed(Cause.DISCONNECTED, Stage.GREETING, farewell))

    assert (diagnosis.code, diagnosis.reply) == (DiagnosisCode.RATE_LIMITED, farewell)


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("cause", Cause)
async def test_every_cause_is_explained_at_every_stage(
    explainer: Explainer, cause: Cause, stage: Stage
) -> None:
    diagnosis = await explainer.explain(failed(cause, stage))

    assert (diagnosis.code is DiagnosisCode.UNKNOWN) == (cause is Cause.REPLY)
    assert all((diagnosis.title, diagnosis.explanation, diagnosis.advice, diagnosis.explained_by))
    assert "{" not in diagnosis.explanation + "".join(step.text for step in diagnosis.advice)


async def test_every_cause_has_words_of_its_own(explainer: Explainer) -> None:
    causes = set(Cause) - {Cause.REPLY}
    titles = {(await explainer.explain(failed(cause, Stage.CAPABILITIES))).title for cause in causes}

    assert len(titles) == len(causes)


@pytest.mark.parametrize(
    ("cause", "stage", "code"),
    [
        (Cause.DISCONNECTED, Stage.GREETING, DiagnosisCode.CONNECTION_REFUSED),
        (Cause.DISCONNECTED, Stage.TLS, DiagnosisCode.TLS_MODE_MISMATCH),
        (Cause.DISCONNECTED, Stage.DATA, DiagnosisCode.SERVER_UNAVAILABLE),
        (Cause.TIMEOUT, Stage.CONNECT, DiagnosisCode.TIMEOUT),
        (Cause.TARGET_REFUSED, Stage.RESOLVE, DiagnosisCode.TARGET_NOT_ALLOWED),
    ],
)
async def test_the_stage_is_considered(
    explainer: Explainer, cause: Cause, stage: Stage, code: DiagnosisCode
) -> None:
    assert (await explainer.explain(failed(cause, stage))).code is code


@pytest.mark.parametrize(
    ("offered", "code"),
    [
        ("XOAUTH2 OAUTHBEARER", DiagnosisCode.BASIC_AUTH_DISABLED),
        ("NTLM", DiagnosisCode.PROTOCOL_ERROR),
        ("", DiagnosisCode.PROTOCOL_ERROR),
    ],
)
async def test_no_way_to_sign_in_is_told_apart_by_what_is_offered(
    explainer: Explainer, offered: str, code: DiagnosisCode
) -> None:
    diagnosis = await explainer.explain(failed(Cause.NO_MECHANISM, Stage.SIGN_IN, detail=offered))

    assert diagnosis.code is code
    assert diagnosis.explanation.endswith(f"It offers: {offered}.") == bool(offered)


async def test_a_token_is_not_called_a_password(explainer: Explainer) -> None:
    refused = failed(Cause.REPLY, Stage.SIGN_IN, REPLY, token=True, detail="status 401, schemes bearer")

    diagnosis = await explainer.explain(refused)

    assert (diagnosis.code, diagnosis.reply) == (DiagnosisCode.OAUTH_TOKEN_INVALID, REPLY)
    assert diagnosis.explanation.endswith("The service said: status 401, schemes bearer.")


async def test_nor_by_the_service_s_plugin(explainer: Explainer, plugins: Plugins) -> None:
    plugins.says = Diagnosis(
        code=DiagnosisCode.APP_PASSWORD_REQUIRED, title="T", explanation="E", explained_by="google"
    )

    diagnosis = await explainer.explain(failed(Cause.REPLY, Stage.SIGN_IN, REPLY, token=True))

    assert (diagnosis.code, diagnosis.explained_by) == (DiagnosisCode.OAUTH_TOKEN_INVALID, "google")


async def test_a_server_that_is_busy_is_busy_for_tokens_too(explainer: Explainer) -> None:
    busy = ServerReply(code=454, enhanced="4.7.0", text="Temporary authentication failure")

    diagnosis = await explainer.explain(failed(Cause.REPLY, Stage.SIGN_IN, busy, token=True))

    assert (diagnosis.code, diagnosis.retry) == (DiagnosisCode.SERVER_UNAVAILABLE, Retry.LATER)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("* BAD Error in IMAP command", DiagnosisCode.PROTOCOL_ERROR),
        ("* BAD User is authenticated but not connected.", DiagnosisCode.PROTOCOL_ACCESS_DISABLED),
        ("* BAD [AUTHENTICATIONFAILED] No", DiagnosisCode.WRONG_PASSWORD),
        ("* BAD What was that?\nLogin failed", DiagnosisCode.WRONG_PASSWORD),
        ("Bad password", DiagnosisCode.WRONG_PASSWORD),
    ],
)
async def test_a_command_that_was_not_understood_is_no_wrong_password(
    explainer: Explainer, text: str, code: DiagnosisCode
) -> None:
    failure = Failure(
        protocol=Protocol.IMAP, stage=Stage.SIGN_IN, cause=Cause.REPLY, reply=ServerReply(text=text)
    )

    assert (await explainer.explain(failure)).code is code


async def test_a_mailbox_that_is_open_to_anybody_is_told(explainer: Explainer) -> None:
    diagnosis = await explainer.explain(failed(Cause.NO_MECHANISM, Stage.GREETING, detail="PREAUTH"))

    assert (diagnosis.code, diagnosis.title) == (
        DiagnosisCode.PROTOCOL_ERROR,
        "The server lets anybody in without a sign-in",
    )


async def test_a_passing_refusal_is_not_called_final(explainer: Explainer) -> None:
    later = ServerReply(code=452, enhanced="4.2.2", text="Mailbox full")
    never = ServerReply(code=552, enhanced="5.2.2", text="Mailbox full")
    told = [await explainer.explain(failed(Cause.REPLY, Stage.RECIPIENT, reply)) for reply in (later, never)]

    assert [one.code for one in told] == [DiagnosisCode.RECIPIENT_MAILBOX_FULL] * 2
    assert [one.retry for one in told] == [Retry.LATER, Retry.AFTER_CHANGE]


replies = st.builds(
    ServerReply,
    code=st.none() | st.integers(200, 599),
    enhanced=st.none() | st.from_regex(r"[245]\.\d{1,3}\.\d{1,3}", fullmatch=True) | st.text(max_size=5),
    text=st.text(max_size=200),
)


@given(reply=replies, protocol=st.sampled_from(Protocol), stage=st.sampled_from(Stage))
async def test_any_reply_is_explained_and_kept(reply: ServerReply, protocol: Protocol, stage: Stage) -> None:
    failure = Failure(protocol=protocol, stage=stage, cause=Cause.REPLY, reply=reply)

    diagnosis = await Explainer(Plugins()).explain(failure)

    assert diagnosis.reply == reply
    assert diagnosis.explained_by
    assert diagnosis.title


@given(said=st.binary(max_size=300))
async def test_any_bytes_are_explained_and_their_words_kept(said: bytes) -> None:
    words = clean(said)

    diagnosis = await Explainer(Plugins()).explain_text(words)

    assert diagnosis.explained_by
    assert diagnosis.reply is not None
    kept = f"{diagnosis.reply.code} {diagnosis.reply.enhanced} {diagnosis.reply.text}"
    assert [word for word in words.split() if word.isalpha() and word not in kept] == []
