"""The plugin that answers last: what can be said from a provider's data alone."""

import re
from collections.abc import Sequence

from letterhead_providers import oauth2_refusals
from letterhead_providers.flow import Ask, Done, Field, Refuse, Renewal, SignInFlow, SignInStart
from letterhead_providers.hookspecs import hookimpl
from letterhead_providers.provider import CONTRACT as _CONTRACT
from letterhead_providers.provider import AuthMethod, CredentialKind, KnownReply, Limits, Provider
from letterhead_providers.reply import (
    Actor,
    Diagnosis,
    DiagnosisCode,
    Retry,
    ServerReply,
    Stage,
)

CONTRACT = _CONTRACT
SECRET = "secret"
LEADING_STATUS = re.compile(r"^\s*[245]\.\d{1,3}\.\d{1,3}\s", re.MULTILINE)


@hookimpl
def match(provider: Provider, domain: str, mx: Sequence[str]) -> bool | None:
    if domain in provider.domains:
        return True
    hosts = [host.rstrip(".").lower() for host in mx]
    return any(f".{host}".endswith(f".{suffix}") for host in hosts for suffix in provider.mx) or None


@hookimpl
def normalize(method: AuthMethod, secret: str) -> str:
    surplus = method.secret_format.strip if method.secret_format else ""
    return secret.translate({ord(character): None for character in surplus}).strip()


@hookimpl
def sign_in(start: SignInStart) -> SignInFlow:
    method = start.method
    if method.unavailable_because:
        return _at_once(_unavailable(method.unavailable_because))
    if method.kind is CredentialKind.OAUTH2:
        if method.oauth2 is None or not start.client_id:
            return _at_once(_unavailable(f"{method.title} is not configured on this server."))
        from letterhead_providers import oauth2  # noqa: PLC0415 - oauthlib, for whoever signs in so

        return oauth2.authorization_code(start, method.oauth2)
    if method.kind is CredentialKind.NONE:
        return _at_once(Done(kind=CredentialKind.NONE, secret=""))
    return _ask_for_secret(method)


@hookimpl
def refresh(renewal: Renewal) -> SignInFlow:
    if renewal.method.oauth2 is None or not renewal.client_id:
        return _at_once(oauth2_refusals.no_client(renewal.method.title))
    from letterhead_providers import oauth2  # noqa: PLC0415 - see above

    return oauth2.refresh_token(renewal, renewal.method.oauth2)


@hookimpl
def explain(provider: Provider | None, stage: Stage, reply: ServerReply) -> Diagnosis | None:
    if provider is None:
        return None
    words = _fold(reply.text)
    known = next((known for known in provider.replies if _recognises(known, stage, reply, words)), None)
    if known is None:
        return None
    return Diagnosis(
        code=known.diagnosis,
        title=known.title,
        explanation=known.explanation,
        advice=known.advice,
        actor=known.actor,
        retry=known.retry,
        help=known.help,
        reply=reply,
    )


@hookimpl
def limits(provider: Provider) -> Limits | None:
    return provider.limits


def _ask_for_secret(method: AuthMethod) -> SignInFlow:
    form = method.secret_format
    answers = yield Ask(
        title=method.title,
        fields=(
            Field(
                name=SECRET,
                label=method.secret_label,
                secret=True,
                pattern=form.pattern if form else None,
                help=form.description if form else None,
            ),
        ),
        instructions=method.instructions,
    )
    assert isinstance(answers, dict)
    return Done(kind=method.kind, secret=answers[SECRET])


def _at_once(end: Done | Refuse) -> SignInFlow:
    yield from ()
    return end


def _unavailable(because: str) -> Refuse:
    return Refuse(
        diagnosis=Diagnosis(
            code=DiagnosisCode.POLICY_OTHER,
            title="This way in cannot be used here",
            explanation=because,
            actor=Actor.OPERATOR,
            retry=Retry.AFTER_CHANGE,
        )
    )


def _recognises(known: KnownReply, stage: Stage, reply: ServerReply, words: str) -> bool:
    return (
        (not known.stages or stage in known.stages)
        and (known.code is None or known.code == reply.code)
        and (known.enhanced is None or known.enhanced == reply.enhanced)
        and (known.phrase is None or _fold(known.phrase) in words)
    )


def _fold(text: str) -> str:
    """Without case, line ends and the status that servers repeat at the start of every line."""
    return " ".join(LEADING_STATUS.sub(" ", text).casefold().split())
