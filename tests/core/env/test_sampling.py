"""Values drawn from schemas."""

from __future__ import annotations

from typing import Any

import jsonschema
import numpy as np
import pytest

from trace_gym.env.schemas.sampling import sample_value

ORDER = {
    "type": "object",
    "properties": {
        "order_id": {"type": "string"},
        "speed": {"type": "string", "enum": ["slow", "fast"]},
        "amounts": {"type": "array", "items": {"type": "number"}},
    },
    "required": ["order_id", "speed", "amounts"],
}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"},
        {"type": "string", "enum": ["a", "b"]},
        {"const": 7},
        {"type": "integer"},
        {"type": "integer", "minimum": 3, "maximum": 5},
        {"type": "integer", "minimum": 100},
        {"type": "integer", "maximum": -5},
        {"type": "number"},
        {"type": "number", "minimum": -2, "maximum": -1},
        {"type": "number", "minimum": 200},
        {"type": "boolean"},
        {"type": "null"},
        {"type": ["string", "null"]},
        {"type": "array", "items": {"type": "integer"}},
        {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 1},
        {"type": "array", "items": {"type": "string"}, "minItems": 3},
        {"anyOf": [{"type": "integer"}, {"type": "boolean"}]},
        {"oneOf": [{"type": "integer"}, {"type": "boolean"}]},
        {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}, "required": ["a"]},
        {"type": "object"},
        {},
        True,
        {"type": "string", "minLength": 12},
        {"type": "string", "maxLength": 2},
        {"type": "string", "minLength": 3, "maxLength": 3},
        {"type": "string", "pattern": "^[WP][0-9]+$"},
        {"type": "string", "pattern": r"^[^\s@]+@\w+\.(com|org)$"},
        {"type": "string", "pattern": "[^a]", "maxLength": 4},
        {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        {"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 5},
        {"type": "integer", "minimum": 1, "maximum": 100, "multipleOf": 7},
        {"type": "number", "multipleOf": 0.5, "maximum": 3},
        {"type": "number", "exclusiveMinimum": 0},
        {"type": "array", "items": {"enum": ["a", "b", "c"]}, "uniqueItems": True, "minItems": 3, "maxItems": 3},
        {"type": "array", "prefixItems": [{"type": "integer"}], "items": {"type": "string"}, "minItems": 2},
        {"allOf": [{"type": "integer"}, {"minimum": 5, "maximum": 6}]},
        {
            "$ref": "#/$defs/Leg",
            "$defs": {
                "Leg": {"type": "object", "properties": {"to": {"$ref": "#/$defs/City"}}, "required": ["to"]},
                "City": {"type": "string", "enum": ["Rome", "Oslo"]},
            },
        },
        {"type": "object", "required": ["a"]},
        {"properties": {"a": {"type": "boolean"}}, "required": ["a"]},
        ORDER,
    ],
)
def test_samples_satisfy_the_schema(schema: dict[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(schema)
    rng = np.random.default_rng(0)
    for _ in range(50):
        validator.validate(sample_value(schema, rng))


def test_samples_vary_and_repeat_with_the_seed() -> None:
    first = [sample_value(ORDER, np.random.default_rng(seed)) for seed in range(10)]
    assert first == [sample_value(ORDER, np.random.default_rng(seed)) for seed in range(10)]
    assert any(value != first[0] for value in first)


@pytest.mark.parametrize("schema", [{"pattern": "^#W[0-9]{7}$"}, {"pattern": "^[WP]", "minLength": 40}])
def test_a_pattern_that_no_word_matches_is_named(schema: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"No text can be drawn for the pattern .*; list the values in an enum"):
        sample_value({"type": "string", **schema}, np.random.default_rng(0))


def test_what_is_no_pattern_is_named() -> None:
    with pytest.raises(ValueError, match="is no regular expression"):
        sample_value({"type": "string", "pattern": "("}, np.random.default_rng(0))


def test_a_reference_into_nowhere_is_named() -> None:
    with pytest.raises(ValueError, match="'#/x' points nowhere"):
        sample_value({"$ref": "#/x"}, np.random.default_rng(0))
