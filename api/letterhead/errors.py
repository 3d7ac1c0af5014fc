"""The family of errors.

LetterheadError
├── ConfigurationError      the operator has to change a setting; the start is stopped
├── Refused                 the caller can mend it; becomes entries of a payload
├── NotAnswerable           a query cannot be answered as asked; becomes a top-level error
│   └── TooOften            not now, but after some seconds
├── CannotOpen              a sealed secret that no key opens (letterhead.vault)
├── NotReached              no connection to a host was had (letterhead.wire.trouble)
└── WireError               a conversation with a server failed (letterhead.wire.trouble)
"""

from dataclasses import dataclass
from enum import StrEnum


class LetterheadError(Exception):
    """Anything this package raises on purpose."""


class ConfigurationError(LetterheadError):
    """One line that names the setting and the remedy."""


class ProblemCode(StrEnum):
    """Why an input was refused; the schema's error enums are parts of this."""

    INVALID = "INVALID"
    REQUIRED = "REQUIRED"
    NOT_FOUND = "NOT_FOUND"
    NOT_PERMITTED = "NOT_PERMITTED"
    TOO_MANY = "TOO_MANY"
    ADDRESS_TAKEN = "ADDRESS_TAKEN"
    TEST_REQUIRED = "TEST_REQUIRED"
    TEST_FAILED = "TEST_FAILED"
    TEST_EXPIRED = "TEST_EXPIRED"
    TEST_OF_OTHER_SETTINGS = "TEST_OF_OTHER_SETTINGS"
    SECRET_REQUIRED = "SECRET_REQUIRED"
    VERSION_CONFLICT = "VERSION_CONFLICT"
    TARGET_NOT_ALLOWED = "TARGET_NOT_ALLOWED"
    TOO_MANY_TESTS = "TOO_MANY_TESTS"
    EXPIRED = "EXPIRED"
    UNKNOWN_PROVIDER = "UNKNOWN_PROVIDER"
    UNKNOWN_METHOD = "UNKNOWN_METHOD"
    PLUGIN_FAILED = "PLUGIN_FAILED"
    NO_SENDER = "NO_SENDER"
    SENDER_NOT_AVAILABLE = "SENDER_NOT_AVAILABLE"
    TOO_LARGE = "TOO_LARGE"
    TOO_MANY_RECIPIENTS = "TOO_MANY_RECIPIENTS"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    NOT_POSSIBLE_NOW = "NOT_POSSIBLE_NOW"


@dataclass(frozen=True)
class Problem:
    """One thing to put right. ``path``: from the input's root, such as ``("draft", "smtp", "port")``."""

    code: ProblemCode
    message: str
    path: tuple[str, ...] = ()


class Refused(LetterheadError):
    """Nothing was done, and these are the reasons."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


class NotAnswerable(LetterheadError):
    """``code``: such as BAD_INPUT, NOT_FOUND or FORBIDDEN; ``remedy``: what to ask instead."""

    def __init__(self, code: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.remedy = remedy


class TooOften(NotAnswerable):
    """``seconds``: after how many it is worth asking again."""

    def __init__(self, message: str, *, seconds: float) -> None:
        super().__init__("RATE_LIMITED", message, "Ask again later, for less at once, or less often.")
        self.seconds = seconds
