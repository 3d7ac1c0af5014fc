"""Regular expressions written by plugins, held to those that Python's matcher gets through quickly.

``re`` backtracks and holds the interpreter meanwhile, so no deadline helps against ``(a+)+$``. A pattern is
therefore read before it is used, and the ways in which it could match one text are counted.
"""

import re
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import Any

LONGEST = 4096
MOST_WAYS = 10_000

_parser = import_module("re._parser")  # without a public name since sre_parse was deprecated


def pattern_fault(pattern: str) -> str | None:
    """Why ``pattern`` may not be used, and what to write instead; None when it may."""
    try:
        re.compile(pattern)
        ways = _ways(_parser.parse(pattern))
    except (re.error, OverflowError, RecursionError) as exc:
        return f"the pattern does not compile: {exc}"
    except NotImplementedError as exc:
        return f"the pattern uses {exc}; write it with characters, groups, alternatives and repeats alone"
    if ways > MOST_WAYS:
        return (
            "the pattern can match one text in too many ways; keep one open repeat, outside any other, "
            "and make further ones possessive, as in [a-z]++"
        )
    return None


def fits(pattern: str, text: str) -> bool:
    """Whether the whole of ``text`` matches. Nothing longer than ``LONGEST`` characters does."""
    return len(text) <= LONGEST and _compiled(pattern).fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    if fault := pattern_fault(pattern):
        raise ValueError(fault)
    return re.compile(pattern)


def _ways(parsed: Iterable[tuple[Any, Any]]) -> int:
    """At most how many ways the matcher tries; beyond ``MOST_WAYS`` the exact number does not matter."""
    ways = 1
    for operator, argument in parsed:
        ways = min(ways * _ways_of(str(operator), argument), MOST_WAYS + 1)
    return ways


def _ways_of(operator: str, argument: Any) -> int:
    match operator:
        case "BRANCH":
            return sum(_ways(branch) for branch in argument[1])
        case "SUBPATTERN":
            return _ways(argument[3])
        case "ATOMIC_GROUP":
            return _ways(argument)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, most, repeated = argument
            return _ways_of_repeat(least, min(most, LONGEST), _ways(repeated), operator)
        case "ASSERT" | "ASSERT_NOT":
            raise NotImplementedError("a look-around")
        case "GROUPREF" | "GROUPREF_EXISTS":
            raise NotImplementedError("a reference to a group")
    return 1


def _ways_of_repeat(least: int, most: int, once: int, operator: str) -> int:
    if once == 1:
        return 1 if operator == "POSSESSIVE_REPEAT" else max(most - least, 0) + 1
    total = 0
    for times in range(least, most + 1):
        total += once ** min(times, MOST_WAYS.bit_length())
        if total > MOST_WAYS:
            break
    return total
