import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letterhead_providers.patterns import LONGEST, fits, pattern_fault

GOOD = [
    "",
    "[a-z]{16}",
    r"SG\.[\w-]{22}\.[\w-]{43}",
    "(?:re|key)_[A-Za-z0-9]+",
    "[a-z]++-[0-9]++-.*",
    "(?:[a-z]{4}-){3}[a-z]{4}",
    "a?b?c?",
]
BAD = ["(a+)+", "(a|aa)+", "a*a*", r"(\w)\1", "(?!x)y", "(?:a?){64}", "(?:(?:a|b|ab){0,9}){9}", "("]


@pytest.mark.parametrize("pattern", GOOD)
def test_a_pattern_that_is_matched_quickly_is_let_in(pattern: str) -> None:
    assert pattern_fault(pattern) is None


@pytest.mark.parametrize("pattern", BAD)
def test_a_pattern_that_may_take_for_ever_is_not(pattern: str) -> None:
    assert pattern_fault(pattern)


def test_nothing_beyond_the_longest_fits() -> None:
    assert fits("a*", "a" * LONGEST)
    assert not fits("a*", "a" * (LONGEST + 1))


pieces = st.sampled_from(["a", "[ab]", "(?:ab)", "(?:a|ab)", "(?:b|a)"])
repeats = st.sampled_from(["", "+", "*", "?", "{3}", "{2,5}", "++", "*?"])


@settings(deadline=None)
@given(st.lists(st.tuples(pieces, repeats), max_size=6), st.integers(0, 1))
def test_whatever_is_let_in_is_quick_on_the_longest_text(parts: list[tuple[str, str]], nested: int) -> None:
    pattern = "".join(piece + repeat for piece, repeat in parts)
    pattern = f"(?:{pattern})+" if nested else pattern
    if pattern_fault(pattern):
        return
    began = time.perf_counter()
    assert fits(pattern, "ab" * (LONGEST // 2 - 1) + "!") is (
        re.fullmatch(pattern, "ab" * (LONGEST // 2 - 1) + "!") is not None
    )
    assert time.perf_counter() - began < 10
