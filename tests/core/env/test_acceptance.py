"""The fast yes: it may leave a good value to jsonschema, never let a bad one through."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trace_gym.env.schemas.acceptance import acceptance
from trace_gym.env.types import copy_json

from ..helpers import desk

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False) | st.sampled_from(["", "a", "b", "W1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3),
    max_leaves=6,
)
SCHEMAS = st.recursive(
    st.sampled_from(
        [
            {},
            {"type": "string"},
            {"type": "integer", "description": "n"},
            {"type": "number"},
            {"type": "boolean"},
            {"type": "null"},
            {"type": "array"},
            {"type": ["string", "null"]},
            {"enum": ["a", "b"]},
            {"type": "string", "enum": ["a", 1]},
            {"type": "integer", "minimum": 1},
            {"type": "string", "pattern": "W"},
            {"const": "a"},
        ]
    ),
    lambda inner: (
        st.builds(lambda items: {"type": "array", "items": items}, inner)
        | st.builds(
            lambda properties, required, extra: {
                "type": "object",
                "properties": properties,
                "required": required,
                "additionalProperties": extra,
            },
            st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
            st.lists(st.sampled_from(["a", "b"]), unique=True),
            st.booleans() | inner,
        )
    ),
    max_leaves=5,
)


@settings(max_examples=1500)
@given(SCHEMAS, VALUES)
def test_what_is_accepted_is_valid(schema: dict[str, Any], value: Any) -> None:
    if acceptance(schema)(value):
        assert jsonschema.Draft202012Validator(schema).is_valid(value)


def test_ordinary_calls_are_accepted_at_once() -> None:
    env = desk()
    accepted = 0
    for index in range(30):
        env.reset(options={"index": index})
        for call in env.episode.task.gold_calls:
            accepted += 1
            assert acceptance({"additionalProperties": False, **env.tools[call.name].parameters})(dict(call.arguments))
    assert accepted > 30


@pytest.mark.parametrize("value", [True, 1.0, None, "1", [1]])
def test_an_integer_is_an_int(value: Any) -> None:
    assert not acceptance({"type": "integer"})(value)


@given(VALUES)
def test_copies_are_equal_and_share_nothing(value: Any) -> None:
    copied = copy_json(value)
    assert copied == value
    if isinstance(value, (list, dict)):
        assert copied is not value
        before = repr(value)
        copied.clear()
        assert repr(value) == before


def test_what_is_not_json_is_copied_all_the_same() -> None:
    odd = {"set": {1, 2}, "pair": ([], 1)}
    copied = copy_json(odd)
    copied["pair"][0].append(1)
    assert odd == {"set": {1, 2}, "pair": ([], 1)}
