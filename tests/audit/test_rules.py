from hypothesis import given
from hypothesis import strategies as st

from letterhead.audit.rules import MOST_CHARACTERS, MOST_NAMED, exchanged, named, written

NAMES = st.dictionaries(st.integers(0, 300), st.text(min_size=1, max_size=3), max_size=200)


def test_fields_are_named_as_in_the_schema_and_what_stayed_is_left_out():
    changes = {"display_name": (None, "Ann"), "access.groups": ("a", None), "position": ("1", "1")}
    assert written(changes) == [
        {"field": "displayName", "before": None, "after": "Ann"},
        {"field": "access.groups", "before": "a", "after": None},
    ]


@given(st.text(max_size=3 * MOST_CHARACTERS))
def test_a_value_is_kept_or_cut_to_a_bounded_length(value: str):
    [change] = written({"x": (None, value)})
    kept = change["after"]
    assert kept == value if len(value) <= MOST_CHARACTERS else kept == value[: MOST_CHARACTERS - 1] + "…"


@given(NAMES, NAMES)
def test_only_who_went_and_who_came_is_named(before: dict[int, str], after: dict[int, str]):
    gone, come = exchanged(before, after)
    assert gone == named(before[key] for key in before.keys() - after.keys())
    assert come == named(after[key] for key in after.keys() - before.keys())
    assert exchanged(before, before) == (None, None)


def test_fifty_are_named_and_the_rest_is_counted():
    assert named([]) is None
    assert named(["b", "a"]) == "a, b"
    many = named(str(number) for number in range(10_000))
    assert many is not None
    assert many.count(",") == MOST_NAMED - 1
    assert many.endswith(" and 9950 more")
