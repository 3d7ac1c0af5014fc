"""The authorization code flow with PKCE (RFC 6749 section 4.1, RFC 7636), and the renewal of its grant.

How it is said is oauthlib's part; what it means for a mailbox is ours.
"""

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from oauthlib.oauth2 import OAuth2Error, WebApplicationClient

from letterhead_providers import oauth2_refusals as refusals
from letterhead_providers.flow import (
    Done,
    Fetch,
    FetchOutcome,
    Refuse,
    Renewal,
    SignInFlow,
    SignInStart,
    Visit,
)
from letterhead_providers.grant import Grant
from letterhead_providers.provider import CredentialKind, OAuth2

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
CHALLENGE = "S256"

NEVER_REPORTED = frozenset({"openid", "profile", "email", "address", "phone", "offline_access"})
"""Scopes that many servers grant and leave out of their report: they are no access (OIDC Core 5.4, 11)."""

LONGEST_SECONDS = 10 * 365 * 24 * 3600


def authorization_code(start: SignInStart, service: OAuth2) -> SignInFlow:
    """To the service and back, the code redeemed, and the right mailbox and access consented to."""
    client = WebApplicationClient(start.client_id)
    answer = yield Visit(url=_authorize_url(client, start, service))
    assert isinstance(answer, Mapping)
    if answer.get("state") != start.state:
        return refusals.MEANT_FOR_ANOTHER
    if error := answer.get("error"):
        return refusals.at_the_service(error, answer.get("error_description", ""))
    code = answer.get("code")
    if not code:
        return refusals.MALFORMED
    outcome = yield _exchange(client, start, service, code)
    assert isinstance(outcome, FetchOutcome)
    token = _token(client, outcome, refusals.of_code, (code, start.verifier, start.client_secret))
    if isinstance(token, Refuse):
        return token
    grant = _grant(token, service.scopes, outcome.at or start.now)
    return _objection(token, grant, start, service) or _done(grant)


def refresh_token(renewal: Renewal, service: OAuth2) -> SignInFlow:
    """A new access token for the refresh token (RFC 6749 section 6); a rotated refresh token is kept."""
    old, secret = renewal.grant, renewal.client_secret
    if old.refresh_token is None:
        return refusals.RUN_OUT
    client = WebApplicationClient(renewal.client_id)
    body = client.prepare_refresh_body(
        refresh_token=old.refresh_token, client_id=renewal.client_id, client_secret=secret or None
    )
    outcome = yield Fetch(method="POST", url=service.token_url, headers=FORM, body=body)
    assert isinstance(outcome, FetchOutcome)
    token = _token(client, outcome, refusals.of_renewal, (old.refresh_token, secret))
    if isinstance(token, Refuse):
        return token
    new = _grant(token, old.scopes, outcome.at or renewal.now)
    return _done(replace(new, refresh_token=new.refresh_token or old.refresh_token))


def _authorize_url(client: WebApplicationClient, start: SignInStart, service: OAuth2) -> str:
    parameters = {"login_hint": start.smtp.username} | dict(service.parameters)
    if "openid" in service.scopes:
        parameters["nonce"] = start.nonce
    return client.prepare_request_uri(
        service.authorize_url,
        redirect_uri=start.callback_url,
        scope=list(service.scopes),
        state=start.state,
        code_challenge=client.create_code_challenge(start.verifier, CHALLENGE) if service.pkce else None,
        code_challenge_method=CHALLENGE,
        **parameters,
    )


def _exchange(client: WebApplicationClient, start: SignInStart, service: OAuth2, code: str) -> Fetch:
    body = client.prepare_request_body(
        code=code,
        redirect_uri=start.callback_url,
        code_verifier=start.verifier if service.pkce else None,
        client_secret=start.client_secret or None,
    )
    return Fetch(method="POST", url=service.token_url, headers=FORM, body=body)


def _token(
    client: WebApplicationClient,
    outcome: FetchOutcome,
    refused: Callable[[str, str], Refuse],
    secrets: Iterable[str],
) -> Mapping[str, Any] | Refuse:
    """``refused``: what an error and its description mean. ``secrets``: what servers may quote in them."""
    if outcome.status in (0, 429) or outcome.status >= 500:
        return refusals.unreachable(outcome.error or f"it answered with status {outcome.status}")
    try:
        token = client.parse_request_body_response(outcome.body)
    except OAuth2Error as error:
        words = str(error.description or "")
        for secret in filter(None, secrets):
            words = words.replace(secret, "***")
        return refused(str(error.error), words)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return refusals.MALFORMED
    access, refresh = token.get("access_token"), token.get("refresh_token")
    if not _can_be_sent(access) or not (refresh is None or _can_be_sent(refresh)):
        return refusals.MALFORMED
    return token


def _can_be_sent(token: object) -> bool:
    """RFC 6749 appendix A.12, but for the space, which no header could carry (RFC 6750 section 2.1)."""
    return isinstance(token, str) and re.fullmatch("[!-~]+", token) is not None


def _grant(token: Mapping[str, Any], asked: tuple[str, ...], at: datetime) -> Grant:
    """Without a report the scopes are those that were asked for (RFC 6749 section 5.1)."""
    seconds = token.get("expires_in")
    lasts = timedelta(seconds=max(0, min(seconds, LONGEST_SECONDS))) if seconds else None
    return Grant(
        access_token=token["access_token"],
        refresh_token=token.get("refresh_token"),
        expires_at=None if lasts is None else at + lasts,
        scopes=tuple(scope for scope in token.get("scope") or asked if scope),
    )


def _objection(token: Mapping[str, Any], grant: Grant, start: SignInStart, service: OAuth2) -> Refuse | None:
    """Why what was consented to is not what was wanted."""
    if missing := _missing(service.scopes, grant.scopes):
        return refusals.too_little(missing)
    return _other_person(token, service.identity_claim, start) if service.identity_claim else None


def _missing(asked: Iterable[str], granted: Iterable[str]) -> list[str]:
    had = {scope.casefold() for scope in granted}
    return [scope for scope in asked if scope not in NEVER_REPORTED and scope.casefold() not in had]


def _other_person(token: Mapping[str, Any], claim: str, start: SignInStart) -> Refuse | None:
    """Why the consent is not the mailbox owner's.

    The ID token comes from the token endpoint itself, over TLS, so that its signature says nothing more
    (OIDC Core 3.1.3.7, 6).
    """
    claims = _claims(token.get("id_token"))
    audience = claims.get("aud")
    if start.client_id not in (audience if isinstance(audience, list) else [audience]):
        return refusals.MALFORMED
    if claims.get("nonce") != start.nonce:
        return refusals.MEANT_FOR_ANOTHER
    consented, login = str(claims.get(claim) or ""), start.smtp.username
    if consented.casefold() != login.casefold():
        return refusals.another_mailbox(consented, login)
    return None


def _claims(id_token: object) -> Mapping[str, Any]:
    """The payload of a JSON Web Token (RFC 7519); nothing where it is none."""
    try:
        _, payload, _ = str(id_token).split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _done(grant: Grant) -> Done:
    ends = None if grant.refresh_token else grant.expires_at
    return Done(kind=CredentialKind.OAUTH2, secret=grant.to_text(), expires_at=ends)
