"""Drawing values that satisfy a JSON Schema, the subset of it that tools use."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from trace_gym.env.types import Json

_WORDS = ("alpha", "W1234", "P567", "x@mail.com", "red", "yes", "2024-05-15", "café")
_FORMATS = {
    "date": "2024-05-15",
    "date-time": "2024-05-15T12:00:00Z",
    "time": "12:00:00Z",
    "email": "x@mail.com",
    "uri": "https://example.com/a",
    "uuid": "123e4567-e89b-12d3-a456-426614174000",
    "ipv4": "192.0.2.1",
}
_TRIES = 32
_OPEN_WIDTH = 99
"""How far a number with one bound goes from it."""


def sample_value(schema: Any, rng: np.random.Generator, root: Any = None) -> Json:
    """Draws a value that satisfies a schema; of an object, only what is required.

    Args:
        schema: A JSON Schema. Understood are types, enum, const, unions, allOf, references into the document, bounds,
            multipleOf, lengths, format, items, uniqueItems and properties.
        rng: The generator.
        root: The document that references point into; the schema itself by default.

    Returns:
        A JSON value.

    Raises:
        ValueError: If a text must match a pattern that none of our words matches, or a reference points nowhere.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> sample_value({"enum": ["card", "voucher"]}, rng) in ("card", "voucher")
        True
    """
    if root is None:
        root = schema
    if not isinstance(schema, Mapping):
        # True and False are schemas
        return _word({}, rng)
    if "$ref" in schema:
        schema = _resolve(schema["$ref"], root)
    if "allOf" in schema:
        return sample_value(_merged(schema), rng, root)
    if "enum" in schema:
        return schema["enum"][int(rng.integers(len(schema["enum"])))]
    if "const" in schema:
        return schema["const"]
    for union in ("anyOf", "oneOf"):
        if union in schema:
            branches = schema[union]
            return sample_value(branches[int(rng.integers(len(branches)))], rng, root)
    return _of_type(schema, rng, root)


def _merged(schema: Mapping[str, Json]) -> dict[str, Json]:
    """A schema with the parts of its `allOf` put into it."""
    merged: dict[str, Json] = {}
    for part in (schema, *schema["allOf"]):
        merged.update(part)
    del merged["allOf"]
    return merged


def _of_type(schema: Mapping[str, Json], rng: np.random.Generator, root: Any) -> Json:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = kind[0]
    if "type" not in schema:
        # a text satisfies any schema that says nothing about its type
        kind = "string"
        if "properties" in schema:
            kind = "object"

    match kind:
        case "string":
            return _word(schema, rng)
        case "integer":
            return _integer(schema, rng)
        case "number":
            return _number(schema, rng)
        case "boolean":
            return bool(rng.integers(2))
        case "array":
            return _items(schema, rng, root)
        case "object":
            return _object(schema, rng, root)
    return None


def _integer(schema: Mapping[str, Json], rng: np.random.Generator) -> int:
    low, high, step = _range(schema, whole=True)
    return int(rng.integers(math.ceil(low / step), math.floor(high / step) + 1)) * int(step)


def _number(schema: Mapping[str, Json], rng: np.random.Generator) -> float:
    low, high, step = _range(schema, whole=False)
    if "multipleOf" in schema:
        return float(rng.integers(math.ceil(low / step), math.floor(high / step) + 1) * step)
    # rounding may step over a bound
    return min(max(round(float(rng.uniform(low, high)), 2), low), high)


def _object(schema: Mapping[str, Json], rng: np.random.Generator, root: Any) -> dict[str, Json]:
    properties = schema.get("properties", {})
    required = schema.get("required", [])
    # a required name without a schema may take any value
    undescribed = [name for name in required if name not in properties]

    value: dict[str, Json] = {}
    for name in (*properties, *undescribed):
        if name in required:
            value[name] = sample_value(properties.get(name, {}), rng, root)
    return value


def _word(schema: Mapping[str, Json], rng: np.random.Generator) -> str:
    """Draws a text; one that is too short is repeated, one that is too long is cut."""
    if "pattern" in schema:
        return _matching_word(schema, rng)
    text = _FORMATS.get(schema.get("format", ""), _WORDS[int(rng.integers(len(_WORDS)))])
    if not _length_fits(text, schema):
        fewest = schema.get("minLength", 0)
        most = schema.get("maxLength", math.inf)
        repeated = text * (1 + fewest // len(text))
        text = repeated[: int(min(most, max(fewest, len(text))))]
    return text


def _matching_word(schema: Mapping[str, Json], rng: np.random.Generator) -> str:
    """Draws one of our words that matches a pattern; no tool schema that we know has one, so there is no generator."""
    pattern = schema["pattern"]
    candidates = sorted({*_WORDS, *_FORMATS.values()})
    try:
        matching = [text for text in candidates if re.search(pattern, text) and _length_fits(text, schema)]
    except re.error as error:
        raise ValueError(f"The pattern {pattern!r} is no regular expression: {error}.") from None
    if not matching:
        raise ValueError(
            f"No text can be drawn for the pattern {pattern!r}; list the values in an enum, or describe the form in "
            "words instead."
        )
    return matching[int(rng.integers(len(matching)))]


def _length_fits(text: str, schema: Mapping[str, Json]) -> bool:
    return bool(schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", math.inf))


def _items(schema: Mapping[str, Json], rng: np.random.Generator, root: Any) -> list[Json]:
    fewest = schema.get("minItems", 0)
    size = int(rng.integers(fewest, schema.get("maxItems", fewest + 2) + 1))
    first = schema.get("prefixItems", [])
    rest = [schema.get("items", {})] * (size - len(first))
    values = [sample_value(part, rng, root) for part in [*first, *rest][:size]]
    if not schema.get("uniqueItems"):
        return values

    distinct: dict[str, Json] = {}
    for value in values:
        distinct[json.dumps(value, sort_keys=True)] = value
    # bounded: the items may have fewer values than the array needs
    for _ in range(_TRIES):
        if len(distinct) >= size:
            break
        value = sample_value(schema.get("items", {}), rng, root)
        distinct.setdefault(json.dumps(value, sort_keys=True), value)
    return list(distinct.values())


def _range(schema: Mapping[str, Json], *, whole: bool) -> tuple[float, float, float]:
    """The bounds of a number, both inclusive, and its step."""
    step = schema.get("multipleOf")
    if step is None and whole:
        step = 1
    elif step is None:
        step = 0.01

    # one step inside of an exclusive bound; a schema may give both kinds, and then the tighter one holds
    low = schema.get("minimum")
    high = schema.get("maximum")
    if "exclusiveMinimum" in schema:
        lowest = schema["exclusiveMinimum"] + step
        if low is None or lowest >= low:
            low = lowest
    if "exclusiveMaximum" in schema:
        highest = schema["exclusiveMaximum"] - step
        if high is None or highest <= high:
            high = highest

    if low is None:
        low = 0
        if high is not None and high < 0:
            low = high - _OPEN_WIDTH
    if high is None:
        high = low + _OPEN_WIDTH
    return low, high, step


def _resolve(reference: str, root: Any) -> Any:
    """Follows a reference such as `#/$defs/Flight`."""
    target = root
    for part in reference.removeprefix("#").strip("/").split("/"):
        if not isinstance(target, Mapping) or part not in target:
            raise ValueError(f"The reference {reference!r} points nowhere in the schema.")
        target = target[part]
    return target
