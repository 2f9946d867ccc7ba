"""Drawing values that satisfy a JSON Schema, the subset of it that tools use."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from trace_gym.env.schemas.patterns import sample_pattern
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


def sample_value(schema: Any, rng: np.random.Generator, root: Any = None) -> Json:
    """Draws a value that satisfies `schema`; of an object, only what is required.

    Args:
        schema: a JSON Schema. Understood are types, enum, const, unions, allOf, references into the document, bounds,
            multipleOf, lengths, pattern, format, items, uniqueItems and properties.
        rng: the generator.
        root: the document that references point into; the schema itself by default.

    Raises:
        ValueError: if a pattern cannot be sampled from, or a reference points nowhere.
    """
    root = schema if root is None else root
    if not isinstance(schema, Mapping):  # True and False are schemas
        return _word({}, rng)
    if "$ref" in schema:
        schema = _resolve(schema["$ref"], root)
    if "allOf" in schema:
        schema = {key: value for part in (schema, *schema["allOf"]) for key, value in part.items() if key != "allOf"}
        return sample_value(schema, rng, root)
    if "enum" in schema:
        return schema["enum"][int(rng.integers(len(schema["enum"])))]
    if "const" in schema:
        return schema["const"]
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return sample_value(schema[union][int(rng.integers(len(schema[union])))], rng, root)
    return _of_type(schema, rng, root)


def _of_type(schema: Mapping[str, Json], rng: np.random.Generator, root: Any) -> Json:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    match kind:
        case "string":
            return _word(schema, rng)
        case "integer":
            low, high, step = _range(schema, whole=True)
            return int(rng.integers(math.ceil(low / step), math.floor(high / step) + 1)) * int(step)
        case "number":
            low, high, step = _range(schema, whole=False)
            if "multipleOf" in schema:
                return float(rng.integers(math.ceil(low / step), math.floor(high / step) + 1) * step)
            return min(max(round(float(rng.uniform(low, high)), 2), low), high)
        case "boolean":
            return bool(rng.integers(2))
        case "array":
            return _items(schema, rng, root)
        case "object":
            properties, required = schema.get("properties", {}), schema.get("required", [])
            names = [name for name in properties if name in required]
            names += [name for name in required if name not in properties]
            return {name: sample_value(properties.get(name, {}), rng, root) for name in names}
    return None


def _word(schema: Mapping[str, Json], rng: np.random.Generator) -> str:
    """Draws a text; one that is too short is repeated, one that is too long is cut."""
    if "pattern" in schema:
        found = [sample_pattern(schema["pattern"], rng) for _ in range(_TRIES)]
        return next((text for text in found if _length_fits(text, schema)), found[0])
    text = _FORMATS.get(schema.get("format", ""), _WORDS[int(rng.integers(len(_WORDS)))])
    if not _length_fits(text, schema):
        fewest, most = schema.get("minLength", 0), schema.get("maxLength", math.inf)
        text = (text * (1 + fewest // len(text)))[: int(min(most, max(fewest, len(text))))]
    return text


def _length_fits(text: str, schema: Mapping[str, Json]) -> bool:
    return bool(schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", math.inf))


def _items(schema: Mapping[str, Json], rng: np.random.Generator, root: Any) -> list[Json]:
    fewest = schema.get("minItems", 0)
    size = int(rng.integers(fewest, schema.get("maxItems", fewest + 2) + 1))
    first = schema.get("prefixItems", [])
    parts = [*first, *[schema.get("items", {})] * (size - len(first))][:size]
    values = [sample_value(part, rng, root) for part in parts]
    if not schema.get("uniqueItems"):
        return values
    seen = {json.dumps(value, sort_keys=True): value for value in values}
    for _ in range(_TRIES):
        if len(seen) >= size:
            break
        value = sample_value(schema.get("items", {}), rng, root)
        seen.setdefault(json.dumps(value, sort_keys=True), value)
    return list(seen.values())


def _range(schema: Mapping[str, Json], *, whole: bool) -> tuple[float, float, float]:
    """The bounds of a number, both inclusive, and its step; 100 wide where only one bound is given."""
    step = schema.get("multipleOf", 1 if whole else 0.01)
    low, high = schema.get("minimum"), schema.get("maximum")
    if "exclusiveMinimum" in schema:
        low = max(schema["exclusiveMinimum"] + step, -math.inf if low is None else low)
    if "exclusiveMaximum" in schema:
        high = min(schema["exclusiveMaximum"] - step, math.inf if high is None else high)
    if low is None:
        low = 0 if high is None or high >= 0 else high - 99
    return low, low + 99 if high is None else high, step


def _resolve(reference: str, root: Any) -> Any:
    """Follows a reference such as `#/$defs/Flight`."""
    found = root
    for part in reference.removeprefix("#").strip("/").split("/"):
        if not isinstance(found, Mapping) or part not in found:
            raise ValueError(f"The reference {reference!r} points nowhere in the schema.")
        found = found[part]
    return found
