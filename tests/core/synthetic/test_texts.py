"""Templates, enumerations and table keys."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.synthetic.texts import enumerate_words, fill, key_of

scalars = st.text(max_size=6) | st.integers() | st.booleans() | st.none()


@pytest.mark.parametrize(
    ("template", "arguments", "text"),
    [
        ("{a} and {b}", {"a": 1, "b": None}, "1 and None"),
        ("{a}{a}", {"a": "x"}, "xx"),
        ("{a} of {b}", {"a": "x"}, "x of {b}"),
        ('{"quoted": {a}}', {"a": 2}, '{"quoted": 2}'),
        ("{} {0} {a!r}", {"a": "x"}, "{} {0} {a!r}"),
        ("no slots", {"a": "x"}, "no slots"),
    ],
)
def test_slots_are_filled_and_other_braces_left(template: str, arguments: dict[str, Any], text: str) -> None:
    assert fill(template, arguments) == text


@pytest.mark.parametrize(
    ("words", "text"),
    [(["A"], "A"), (["A", "B"], "A and B"), (["A", "B", "C", "D"], "A, B, C and D")],
)
def test_words_are_joined_as_a_sentence_has_them(words: list[str], text: str) -> None:
    assert enumerate_words(words) == text


def test_a_single_text_is_its_own_key() -> None:
    assert key_of({"order_id": "W12"}) == "W12"


@pytest.mark.parametrize(("value", "key"), [(12, "12"), (True, "true"), (None, "null"), (["a"], '["a"]')])
def test_a_single_value_that_is_no_text_is_written_as_json(value: Any, key: str) -> None:
    assert key_of({"x": value}) == key


def test_no_arguments_have_a_key_too() -> None:
    assert key_of({}) == "{}"


@given(st.dictionaries(st.text(max_size=4), scalars, min_size=2, max_size=5))
def test_the_order_of_arguments_does_not_matter(arguments: dict[str, Any]) -> None:
    backwards = dict(reversed(list(arguments.items())))
    assert key_of(arguments) == key_of(backwards)
    assert json.loads(key_of(arguments)) == arguments
