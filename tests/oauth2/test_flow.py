"""The default flows alone: a generator, fed by hand with whatever a service may answer."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letterhead_providers import (
    AuthMethod,
    CredentialKind,
    Done,
    Fetch,
    FetchOutcome,
    Grant,
    OAuth2,
    Refuse,
    Renewal,
    SignInFlow,
    SignInStart,
    Visit,
)
from letterhead_providers.defaults import refresh, sign_in
from providers.made import SMTP, a_provider

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LOGIN = "ann@acme.example"
VERIFIER, CHALLENGE = (  # of RFC 7636 appendix B
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
)
OAUTH2 = OAuth2(
    authorize_url="https://login.acme.example/authorize?tenant=common",
    token_url="https://login.acme.example/token",
    scopes=("mail", "openid"),
    parameters=(("prompt", "consent"),),
    identity_claim="email",
)
METHOD = AuthMethod(key="oauth2", title="Sign in", kind=CredentialKind.OAUTH2, oauth2=OAUTH2)
START = SignInStart(
    provider=a_provider(auth_methods=(METHOD,)),
    method=METHOD,
    address="info@acme.example",
    smtp=replace(SMTP, username=LOGIN),
    incoming=None,
    now=NOW,
    state="the state",
    nonce="the nonce",
    verifier=VERIFIER,
    callback_url="https://mail.example.com/sign-in/callback",
    client_id="us",
    client_secret="our secret",
)
GRANT = Grant(access_token="a", refresh_token="r", expires_at=NOW, scopes=("mail",))
RENEWAL = Renewal(
    provider=START.provider, method=METHOD, grant=GRANT, now=NOW, client_id="us", client_secret="our secret"
)


def id_token(**claims: Any) -> str:
    payload = {"aud": "us", "nonce": "the nonce", "email": LOGIN} | claims
    return f"e30.{base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip('=')}.x"


def answer(**changes: Any) -> FetchOutcome:
    token = {"access_token": "t1", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "r1"}
    body = json.dumps(token | {"id_token": id_token()} | changes)
    return FetchOutcome(status=200, body=body, at=NOW + timedelta(minutes=5))


def ended(flow: SignInFlow, *outcomes: Any) -> Done | Refuse:
    """How it ends when it is sent these."""
    flow.send(None)
    try:
        for outcome in outcomes:
            flow.send(outcome)
    except StopIteration as end:
        result: Done | Refuse = end.value
        return result
    raise AssertionError("it goes on")


def signed_in(outcome: FetchOutcome, start: SignInStart = START) -> Done | Refuse:
    return ended(sign_in(start), {"state": "the state", "code": "c"}, outcome)


def test_what_is_asked_of_the_person() -> None:
    visit = sign_in(START).send(None)
    assert isinstance(visit, Visit)
    parts = urlsplit(visit.url)
    assert (parts.netloc, parts.path) == ("login.acme.example", "/authorize")
    assert parse_qs(parts.query) == {
        "tenant": ["common"],
        "response_type": ["code"],
        "client_id": ["us"],
        "redirect_uri": [START.callback_url],
        "scope": ["mail openid"],
        "state": ["the state"],
        "nonce": ["the nonce"],
        "login_hint": [LOGIN],
        "prompt": ["consent"],
        "code_challenge": [CHALLENGE],
        "code_challenge_method": ["S256"],
    }


def test_what_is_asked_of_the_token_endpoint() -> None:
    flow = sign_in(START)
    flow.send(None)
    fetch = flow.send({"state": "the state", "code": "c"})
    assert isinstance(fetch, Fetch)
    assert (fetch.method, fetch.url) == ("POST", OAUTH2.token_url)
    assert parse_qs(fetch.body or "") == {
        "grant_type": ["authorization_code"],
        "code": ["c"],
        "redirect_uri": [START.callback_url],
        "client_id": ["us"],
        "client_secret": ["our secret"],
        "code_verifier": [VERIFIER],
    }
    assert "secret" not in repr(fetch)


def test_a_public_client_shows_no_secret() -> None:
    flow = sign_in(replace(START, client_secret=""))
    flow.send(None)
    fetch = flow.send({"state": "the state", "code": "c"})
    assert isinstance(fetch, Fetch)
    assert "client_secret" not in (fetch.body or "")


def test_a_service_without_pkce_is_not_confused_by_it() -> None:
    method = replace(METHOD, oauth2=replace(OAUTH2, pkce=False))
    flow = sign_in(replace(START, method=method))
    visit = flow.send(None)
    assert isinstance(visit, Visit)
    fetch = flow.send({"state": "the state", "code": "c"})
    assert isinstance(fetch, Fetch)
    assert "challenge" not in visit.url
    assert "verifier" not in (fetch.body or "")


def test_the_grant_lasts_from_when_it_was_given() -> None:
    done = signed_in(answer())
    assert isinstance(done, Done)
    assert Grant.from_text(done.secret) == Grant(
        access_token="t1",
        refresh_token="r1",
        expires_at=NOW + timedelta(minutes=65),
        scopes=("mail", "openid"),
    )
    assert (done.kind, done.expires_at) == (CredentialKind.OAUTH2, None)


def test_a_grant_that_cannot_be_renewed_has_an_end() -> None:
    done = signed_in(answer(refresh_token=None))
    assert isinstance(done, Done)
    assert done.expires_at == NOW + timedelta(minutes=65)


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"scope": "openid calendar"}, "Not all of the access was allowed"),
        ({"id_token": id_token(email="bob@acme.example")}, "Another account was signed in"),
        ({"id_token": id_token(email=None)}, "The service did not say whose account it is"),
        ({"id_token": id_token(nonce="another")}, "The answer was meant for another sign-in"),
        ({"id_token": id_token(aud="them")}, "The service answered in a way that cannot be understood"),
        ({"id_token": None}, "The service answered in a way that cannot be understood"),
        ({"access_token": "a b"}, "The service answered in a way that cannot be understood"),
        ({"access_token": "a\r\nb"}, "The service answered in a way that cannot be understood"),
        ({"refresh_token": ["r"]}, "The service answered in a way that cannot be understood"),
        ({"error": "invalid_grant"}, "The sign-in took too long"),
        ({"error": "invalid_client"}, "The service does not accept this server as its client"),
        ({"error": "something_new"}, "The service does not accept this server as its client"),
    ],
)
def test_what_is_not_taken(changes: dict[str, Any], title: str) -> None:
    refused = signed_in(answer(**changes))
    assert isinstance(refused, Refuse)
    assert refused.diagnosis.title == title


@pytest.mark.parametrize("aud", ["us", ["them", "us"]])
def test_the_login_is_compared_without_case(aud: Any) -> None:
    assert isinstance(signed_in(answer(id_token=id_token(aud=aud, email="Ann@ACME.example"))), Done)


def test_an_answer_with_another_state_is_not_used() -> None:
    refused = ended(sign_in(START), {"state": "x", "code": "c"})
    assert isinstance(refused, Refuse)
    assert refused.diagnosis.title == "The answer was meant for another sign-in"


def test_a_rotated_refresh_token_is_kept_and_one_left_out_is_the_old_one() -> None:
    for given_token, kept in (("r2", "r2"), (None, "r")):
        done = ended(refresh(RENEWAL), answer(refresh_token=given_token, id_token=None))
        assert isinstance(done, Done)
        grant = Grant.from_text(done.secret)
        assert (grant.access_token, grant.refresh_token, grant.scopes) == ("t1", kept, ("mail",))


def test_what_is_asked_to_renew() -> None:
    fetch = refresh(RENEWAL).send(None)
    assert isinstance(fetch, Fetch)
    assert parse_qs(fetch.body or "") == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["r"],
        "client_id": ["us"],
        "client_secret": ["our secret"],
    }


@pytest.mark.parametrize(
    ("outcome", "retryable"),
    [
        (FetchOutcome(status=400, body='{"error": "invalid_grant"}'), False),
        (FetchOutcome(status=400, body='{"error": "interaction_required"}'), False),
        (FetchOutcome(status=401, body='{"error": "invalid_client"}'), True),
        (FetchOutcome(status=400, body='{"error": "temporarily_unavailable"}'), True),
        (FetchOutcome(status=200, body="<html>"), True),
        (FetchOutcome(status=503, body=""), True),
        (FetchOutcome(status=0, error="nobody is there"), True),
    ],
)
def test_only_the_grants_own_end_is_final(outcome: FetchOutcome, retryable: bool) -> None:
    refused = ended(refresh(RENEWAL), outcome)
    assert isinstance(refused, Refuse)
    assert refused.retryable is retryable


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ["access_token", "refresh_token", "expires_in", "expires_at", "scope", "error", "id_token"]
bodies = (
    st.text(max_size=50)
    | json_values.map(json.dumps)
    | st.dictionaries(st.sampled_from(FIELDS), json_values).map(json.dumps)
    | st.dictionaries(st.sampled_from(FIELDS), json_values).map(
        lambda more: json.dumps({"access_token": "t", "refresh_token": "r", "id_token": id_token()} | more)
    )
    | st.just("[" * 60_000)
)


@given(bodies, st.integers(min_value=0, max_value=599))
def test_no_answer_whatever_breaks_a_flow(body: str, status: int) -> None:
    outcome = FetchOutcome(status=status, body=body, at=NOW)
    for end in (signed_in(outcome), ended(refresh(RENEWAL), outcome)):
        assert isinstance(end, Done | Refuse)
        if isinstance(end, Done):
            assert Grant.from_text(end.secret).access_token.isprintable()
        else:
            assert f"{end.diagnosis.explanation}{end.diagnosis.reply or ''}".isprintable()
