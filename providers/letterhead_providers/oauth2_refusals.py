"""Why a sign-in by OAuth2 came to nothing, in words for people."""

from dataclasses import replace

from letterhead_providers.flow import Refuse
from letterhead_providers.reply import Actor, Diagnosis, DiagnosisCode, Instruction, Retry, ServerReply

LATER = frozenset({"server_error", "temporarily_unavailable"})
OF_THE_PERSON = frozenset(
    {
        "access_denied",
        "account_selection_required",
        "consent_required",
        "interaction_required",
        "login_required",
    }
)
"""RFC 6749 section 4.1.2.1, OIDC Core 3.1.2.6."""

OF_THE_GRANT = OF_THE_PERSON | {"invalid_grant"}
MOST_WORDS = 300


def _refuse(
    title: str,
    explanation: str,
    *advice: str,
    code: DiagnosisCode = DiagnosisCode.OAUTH_TOKEN_INVALID,
    actor: Actor = Actor.MAILBOX_OWNER,
    retry: Retry = Retry.NOW,
    retryable: bool = True,
) -> Refuse:
    return Refuse(
        diagnosis=Diagnosis(
            code=code,
            title=title,
            explanation=explanation,
            advice=tuple(Instruction(text=text) for text in advice),
            actor=actor,
            retry=retry,
        ),
        retryable=retryable,
    )


MEANT_FOR_ANOTHER = _refuse(
    "The answer was meant for another sign-in",
    "What came back from the service does not belong to this sign-in, so it was not used.",
    "Start the sign-in again, and finish it in the same browser.",
)
MALFORMED = _refuse(
    "The service answered in a way that cannot be understood",
    "Its answer is not what OAuth2 demands, so nothing of it was used.",
    "Start the sign-in again later.",
    code=DiagnosisCode.PROTOCOL_ERROR,
    actor=Actor.PROVIDER,
    retry=Retry.LATER,
)
RUN_OUT = _refuse(
    "The permission to use the mailbox has run out",
    "The service gave access for a while only, and no way to renew it.",
    "Sign in again.",
    retry=Retry.AFTER_CHANGE,
    retryable=False,
)
_DECLINED = _refuse(
    "The access was not allowed",
    "At the service, access to the mailbox was declined, or may not be allowed by this person.",
    "Start the sign-in again and allow all that is asked.",
    "If the service wants an administrator's approval, ask your administrator for it.",
)
_UNREACHABLE = _refuse(
    "The service's sign-in could not be reached",
    "",
    "Start the sign-in again in a while.",
    code=DiagnosisCode.SERVER_UNAVAILABLE,
    actor=Actor.PROVIDER,
    retry=Retry.LATER,
)
_CODE_NOT_TAKEN = _refuse(
    "The sign-in took too long",
    "The service no longer takes the code that it sent, because it has run out or was used already.",
    "Start the sign-in again.",
)
_TAKEN_BACK = _refuse(
    "The permission to use the mailbox is no longer valid",
    "The service no longer renews it: it was taken back, not used for a long time, or ended by a change of "
    "the password.",
    "Sign in again.",
    retry=Retry.AFTER_CHANGE,
    retryable=False,
)
_WRONG_CLIENT = _refuse(
    "The service does not accept this server as its client",
    "The client id, its secret, the addresses it may return to or the access it may ask for do not fit what "
    "is registered at the service. Passwords and mailboxes have nothing to do with it.",
    "Compare the OAuth2 client in this server's configuration with its registration at the service.",
    "Secrets of clients run out at some services: make a new one there if that has happened.",
    code=DiagnosisCode.POLICY_OTHER,
    actor=Actor.OPERATOR,
    retry=Retry.AFTER_CHANGE,
    retryable=False,
)


def at_the_service(error: str, description: str) -> Refuse:
    """For the ``error`` that the person came back with."""
    if error in LATER:
        return _quoting(unreachable("it said that it is out of order"), error, description)
    return _quoting(_DECLINED if error in OF_THE_PERSON else _WRONG_CLIENT, error, description)


def of_code(error: str, description: str) -> Refuse:
    """For the error with which the token endpoint refused a code."""
    return _at_the_token_endpoint(error, description, _CODE_NOT_TAKEN, _WRONG_CLIENT)


def of_renewal(error: str, description: str) -> Refuse:
    """The same for a refresh token: only the grant's own end is final, a wrong client can be put right."""
    return _at_the_token_endpoint(error, description, _TAKEN_BACK, replace(_WRONG_CLIENT, retryable=True))


def _at_the_token_endpoint(error: str, description: str, of_grant: Refuse, of_client: Refuse) -> Refuse:
    if error in LATER:
        return _quoting(unreachable("it said that it is out of order"), error, description)
    if error == "missing_token":  # oauthlib's own word for an answer without one
        return MALFORMED
    return _quoting(of_grant if error in OF_THE_GRANT else of_client, error, description)


def unreachable(why: str) -> Refuse:
    explanation = f"No answer was had from its authorization server: {_printable(why)}."
    return replace(_UNREACHABLE, diagnosis=replace(_UNREACHABLE.diagnosis, explanation=explanation))


def no_client(title: str) -> Refuse:
    """Where a grant was to be renewed; it stays as it is."""
    return _refuse(
        "No OAuth2 client is configured on this server any more",
        f"{title} worked with one, and without it the permission to use the mailbox cannot be renewed.",
        "Configure the OAuth2 client again.",
        code=DiagnosisCode.POLICY_OTHER,
        actor=Actor.OPERATOR,
        retry=Retry.AFTER_CHANGE,
    )


def too_little(missing: list[str]) -> Refuse:
    return _refuse(
        "Not all of the access was allowed",
        f"These permissions were left out at the service: {_printable(', '.join(missing))}. Without them "
        "mail cannot be sent and seen.",
        "Start the sign-in again and allow all that is asked.",
    )


def another_mailbox(consented: str, login: str) -> Refuse:
    signed_in_as = f"You signed in as {_printable(consented)}" if consented else "The service did not say who"
    return _refuse(
        "Another account was signed in" if consented else "The service did not say whose account it is",
        f"{signed_in_as}, and the mailbox is {login}, so the access was not kept.",
        f"Start the sign-in again and choose {login} at the service.",
        f"If {login} is a shared mailbox, enter as its login the account that may use it.",
    )


def _quoting(refused: Refuse, error: str, description: str) -> Refuse:
    said = _printable(f"{error}: {description}" if description else error)
    return replace(refused, diagnosis=replace(refused.diagnosis, reply=ServerReply(text=said)))


def _printable(text: str) -> str:
    """What others said, made fit to be shown."""
    folded = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return folded if len(folded) <= MOST_WORDS else f"{folded[:MOST_WORDS]}…"
