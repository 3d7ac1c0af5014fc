"""What the caller can put right, as entries of a payload."""

from enum import StrEnum
from typing import TypeVar

import strawberry

from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.schema.enums import shown


class AccountErrorCode(StrEnum):
    INVALID = "INVALID"
    REQUIRED = "REQUIRED"
    NOT_FOUND = "NOT_FOUND"
    NOT_PERMITTED = "NOT_PERMITTED"
    ADDRESS_TAKEN = "ADDRESS_TAKEN"
    TEST_REQUIRED = "TEST_REQUIRED"
    TEST_FAILED = "TEST_FAILED"
    TEST_EXPIRED = "TEST_EXPIRED"
    TEST_OF_OTHER_SETTINGS = "TEST_OF_OTHER_SETTINGS"
    SECRET_REQUIRED = "SECRET_REQUIRED"
    VERSION_CONFLICT = "VERSION_CONFLICT"
    TARGET_NOT_ALLOWED = "TARGET_NOT_ALLOWED"
    TOO_MANY_TESTS = "TOO_MANY_TESTS"


class SignInErrorCode(StrEnum):
    INVALID = "INVALID"
    REQUIRED = "REQUIRED"
    NOT_FOUND = "NOT_FOUND"
    EXPIRED = "EXPIRED"
    UNKNOWN_PROVIDER = "UNKNOWN_PROVIDER"
    UNKNOWN_METHOD = "UNKNOWN_METHOD"
    NOT_PERMITTED = "NOT_PERMITTED"
    PLUGIN_FAILED = "PLUGIN_FAILED"


class MessageErrorCode(StrEnum):
    INVALID = "INVALID"
    REQUIRED = "REQUIRED"
    NOT_FOUND = "NOT_FOUND"
    NOT_PERMITTED = "NOT_PERMITTED"
    NO_SENDER = "NO_SENDER"
    SENDER_NOT_AVAILABLE = "SENDER_NOT_AVAILABLE"
    TOO_LARGE = "TOO_LARGE"
    TOO_MANY_RECIPIENTS = "TOO_MANY_RECIPIENTS"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    NOT_POSSIBLE_NOW = "NOT_POSSIBLE_NOW"


class SettingsErrorCode(StrEnum):
    INVALID = "INVALID"
    REQUIRED = "REQUIRED"
    NOT_FOUND = "NOT_FOUND"
    NOT_PERMITTED = "NOT_PERMITTED"
    TOO_MANY = "TOO_MANY"


MEANINGS = {
    "INVALID": "The value cannot be used; the message says what can.",
    "REQUIRED": "Something is missing.",
    "NOT_FOUND": "It does not exist, or is not yours to see.",
    "NOT_PERMITTED": "The caller lacks the permission.",
    "ADDRESS_TAKEN": "This owner has an account of this address already.",
    "TEST_REQUIRED": "No test has passed yet.",
    "TEST_FAILED": "The test did not pass.",
    "TEST_EXPIRED": "The test is too old to be saved.",
    "TEST_OF_OTHER_SETTINGS": "The test was of other settings than those to be saved.",
    "SECRET_REQUIRED": "The secret at hand was given for other servers; enter it again.",
    "VERSION_CONFLICT": "Somebody else changed the account meanwhile.",
    "TARGET_NOT_ALLOWED": "The server may not be reached from here.",
    "TOO_MANY_TESTS": "Too many tests at once; wait for one to end.",
    "EXPIRED": "The attempt was left alone too long; start again.",
    "UNKNOWN_PROVIDER": "No provider has this key.",
    "UNKNOWN_METHOD": "The provider has no such way in.",
    "PLUGIN_FAILED": "The provider's plugin faulted.",
    "NO_SENDER": "There is no address to write from.",
    "SENDER_NOT_AVAILABLE": "The address that was chosen is not available here.",
    "TOO_LARGE": "The message is too large.",
    "TOO_MANY_RECIPIENTS": "The message has too many recipients.",
    "IDEMPOTENCY_KEY_REUSED": "The key was used for another message.",
    "NOT_POSSIBLE_NOW": "The message's state does not allow it.",
    "TOO_MANY": "There are too many of them at once.",
}


def _shown(codes: type[StrEnum], name: str) -> None:
    shown(codes, name, "Why an input was refused.", **{code: MEANINGS[code] for code in codes.__members__})


_shown(AccountErrorCode, "AccountErrorCode")
_shown(SignInErrorCode, "SignInErrorCode")
_shown(MessageErrorCode, "MessageErrorCode")
_shown(SettingsErrorCode, "SettingsErrorCode")


@strawberry.interface(description="Something the caller can put right.")
class UserError:
    message: str = strawberry.field(description="What is wrong and what to do, in plain words.")
    path: list[str] = strawberry.field(description="Where in the input, such as draft, smtp, port.")


@strawberry.type(description="Why an account was not tested, saved or changed.")
class AccountError(UserError):
    code: AccountErrorCode = strawberry.field(description="The kind of problem.")


@strawberry.type(description="Why a sign-in did not go on.")
class SignInError(UserError):
    code: SignInErrorCode = strawberry.field(description="The kind of problem.")


@strawberry.type(description="Why a message was not queued or changed.")
class MessageError(UserError):
    code: MessageErrorCode = strawberry.field(description="The kind of problem.")


@strawberry.type(description="Why a setting was not changed.")
class SettingsError(UserError):
    code: SettingsErrorCode = strawberry.field(description="The kind of problem.")


CODES: dict[type[UserError], type[StrEnum]] = {
    AccountError: AccountErrorCode,
    SignInError: SignInErrorCode,
    MessageError: MessageErrorCode,
    SettingsError: SettingsErrorCode,
}

E = TypeVar("E", AccountError, SignInError, MessageError, SettingsError)


def shown_problems(refused: Refused, error: type[E]) -> list[E]:
    """The entries of a payload; a code its enumeration does not know is shown as INVALID."""
    return [_entry(problem, error) for problem in refused.problems]


def _entry(problem: Problem, error: type[E]) -> E:
    codes = CODES[error]
    code = codes.__members__.get(problem.code.value, codes[ProblemCode.INVALID.value])
    return error(message=problem.message, path=list(problem.path), code=code)  # type: ignore[arg-type]
