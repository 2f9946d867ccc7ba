"""JSON as a policy may write it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.env.json_values import decode, is_encodable, nesting

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


def depth(value: Any) -> int:
    """The same as `nesting`, by the definition."""
    inner: list[Any] = []
    if isinstance(value, dict):
        inner = list(value.values())
    if isinstance(value, list):
        inner = value
    return 1 + max(map(depth, inner), default=0)


@given(values)
def test_any_value_is_decoded_from_where_it_begins(value: Any) -> None:
    text = json.dumps(value)
    assert decode(f"..{text} and more", 2)[0] == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a": 1, "a": 2}', "The tool call repeats a key."),
        ('{"a": {"b": 1, "b": 1}}', "The tool call repeats a key."),
        ("NaN", "The tool call contains NaN, which is not JSON."),
        ("[-Infinity]", "The tool call contains -Infinity, which is not JSON."),
        ("1e999", "The tool call contains 1e999, which is too large a number."),
        ('{"a": ', "The tool call is not valid JSON: "),
        ("", "The tool call is not valid JSON: "),
        ("[" * 100_000, "The tool call is nested too deeply."),
    ],
)
def test_what_would_break_a_reader_is_refused_with_a_reason(text: str, reason: str) -> None:
    value, end = decode(text, 0)
    assert end is None
    assert value.startswith(reason)


@given(values)
def test_nesting_is_counted_without_recursion(value: Any) -> None:
    assert nesting(value) == depth(value)


def test_values_deeper_than_python_recurses_are_counted() -> None:
    value: Any = 1
    for _ in range(5000):
        value = [value]
    assert nesting(value) == 5001


@pytest.mark.parametrize(
    ("name", "arguments", "encodable"),
    [
        ("get", {"id": "W1"}, True),
        ("get", {"id": "é🙂"}, True),
        ("get", {"id": "\ud800"}, False),
        ("get", {"\ud800": 1}, False),
        ("\ud800", {}, False),
        ("get", {"ids": ["a", {"b": "\udfff"}]}, False),
        ("get", ["a", 1.5, None, True], True),
    ],
)
def test_halves_of_characters_cannot_be_written(name: str, arguments: Any, encodable: bool) -> None:
    assert is_encodable(name, arguments) is encodable
