"""Shapes: JSON descriptions of how values look, inferred from examples and drawn from."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from trace_gym.env.seeding import SPLITS, numbers_of_split, split_number
from trace_gym.env.types import Json

Shape = dict[str, Json]
_SEGMENT = re.compile(r"[0-9]+|[A-Za-z]+|[^0-9A-Za-z]+")
_DIGIT = re.compile(r"\d")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MOST_CHOICES = 40
_FEW_TEXTS = 3
"""Different texts that may as well be a choice as identifiers."""
_FEW_NUMBERS = 6
"""Different numbers that may as well be a choice as a range."""
_ARRAY_DIGITS = 4


def infer(values: Sequence[Json]) -> Shape:
    """Infers a shape from at least one example value.

    Args:
        values: Examples, at least one.

    Returns:
        One of: `object` (fields), `table` (an object with identifier keys), `list`, `id` (segments), `choice`,
        `integer`, `number`, `constant`.
    """
    distinct = _distinct(values)
    if _are_all(values, dict):
        return _infer_object(values)
    if _are_all(values, list):
        return _infer_list(values)

    if len(distinct) == 1:
        return {"kind": "constant", "value": distinct[0]}
    if _are_all(values, str) and len(distinct) > _FEW_TEXTS and _looks_like_ids(distinct):
        return infer_id(distinct)

    # bool is a kind of int for isinstance, and no quantity
    types = set(map(type, values))
    if len(distinct) > _FEW_NUMBERS and types == {int}:
        return {"kind": "integer", "low": min(values), "high": max(values)}
    if len(distinct) > _FEW_NUMBERS and types <= {int, float}:
        return {"kind": "number", "low": float(min(values)), "high": float(max(values))}

    return {"kind": "choice", "values": distinct[:_MOST_CHOICES]}


def _infer_object(values: Sequence[dict[str, Json]]) -> Shape:
    values_of: dict[str, list[Json]] = {}
    items: list[Json] = []
    for value in values:
        items += value.values()
        for key, item in value.items():
            values_of.setdefault(key, []).append(item)

    # an object whose keys are identifiers is a table: its keys are data, not field names
    keys = list(values_of)
    if len(keys) > _FEW_TEXTS and _are_all(items, dict) and _looks_like_ids(keys):
        sizes = list(map(len, values))
        return {"kind": "table", "key": infer_id(keys), "value": infer(items), "low": min(sizes), "high": max(sizes)}

    fields = {key: infer(seen) for key, seen in values_of.items() if len(seen) * 2 >= len(values)}
    return {"kind": "object", "fields": fields}


def _infer_list(values: Sequence[list[Json]]) -> Shape:
    items = list(itertools.chain.from_iterable(values))
    shape: Shape = {"kind": "constant", "value": None}
    if items:
        shape = infer(items)

    sizes = list(map(len, values))
    return {"kind": "list", "items": shape, "low": min(sizes), "high": max(sizes)}


def _are_all(values: Sequence[Json], kind: type) -> bool:
    return all(isinstance(value, kind) for value in values)


def infer_id(values: Sequence[str]) -> Shape:
    """Infers how identifiers are built: literal text, words that occur, digits that vary.

    Args:
        values: Examples, at least one.
    """
    parts_by_form: dict[str, list[list[str]]] = {}
    for value in values:
        parts = _SEGMENT.findall(value)
        form = "".join(map(_class, parts))
        parts_by_form.setdefault(form, []).append(parts)

    # the most frequent form; among equals the last by name, so that the order of the examples does not matter
    common = max(parts_by_form, key=lambda form: (len(parts_by_form[form]), form))
    lengths = set(map(len, values))
    if len(parts_by_form[common]) * 10 < len(values) * 6 and len(lengths) == 1:
        return _infer_characters(values)

    columns = list(zip(*parts_by_form[common], strict=True))
    segments: list[Json] = []
    for column in columns:
        distinct = list(dict.fromkeys(column))
        if len(distinct) == 1:
            segments.append({"text": distinct[0]})
        elif distinct[0].isdigit():
            segments.append({"digits": max(len(part) for part in distinct)})
        else:
            segments.append({"words": distinct[:_MOST_CHOICES]})

    return {"kind": "id", "segments": segments}


def _infer_characters(values: Sequence[str]) -> Shape:
    """For identifiers such as EHGLP3: characters drawn from those seen."""
    length = len(values[0])
    letters = "".join(sorted(filter(str.isalnum, set("".join(values)))))
    return {"kind": "id", "segments": [{"characters": letters, "length": length}]}


def draw(shape: Mapping[str, Any], rng: np.random.Generator, split: str, bound: Mapping[str, Json]) -> Json:
    """Draws a value of `shape`.

    Args:
        shape: As `infer` returns it; `{"kind": "argument", "name"}` takes the value from `bound`, `{"kind": "template",
            "text"}` fills `{name}` slots from it.
        rng: The task's generator.
        split: Identifiers with digits come from this split only.
        bound: Argument values by name.
    """
    match shape["kind"]:
        case "argument":
            return bound.get(shape["name"])
        case "template":
            text = str(shape["text"])
            for name, value in bound.items():
                text = text.replace("{" + name + "}", str(value))
            return text
        case "constant":
            return shape["value"]
        case "choice":
            return shape["values"][int(rng.integers(len(shape["values"])))]
        case "integer":
            return int(rng.integers(shape["low"], shape["high"] + 1))
        case "number":
            return round(float(rng.uniform(shape["low"], shape["high"])), 2)
        case "id":
            return draw_id(shape, rng, split)
        case "list":
            size = int(rng.integers(shape["low"], shape["high"] + 1))
            return [draw(shape["items"], rng, split, bound) for _ in range(size)]
        case "table":
            size = int(rng.integers(shape["low"], shape["high"] + 1))
            rows = (draw_id(shape["key"], rng, split) for _ in range(size))
            return {key: draw(shape["value"], rng, split, bound) for key in rows}
        case "object":
            return {key: draw(field, rng, split, bound) for key, field in shape["fields"].items()}

    raise ValueError(f"Unknown shape kind {shape['kind']!r}.")


def draw_id(shape: Mapping[str, Any], rng: np.random.Generator, split: str) -> str:
    """Draws an identifier; its first varying run of two or more digits has a digit sum that only `split` uses.

    Args:
        shape: As `infer_id` returns it.
        rng: The task's generator.
        split: Whose identifiers to use.
    """
    if shape["kind"] != "id":
        return str(draw(shape, rng, split, {}))
    parts = []
    marked = False

    for segment in shape["segments"]:
        if "text" in segment:
            parts.append(segment["text"])
        elif "words" in segment:
            parts.append(segment["words"][int(rng.integers(len(segment["words"])))])
        elif "characters" in segment:
            letters = segment["characters"]
            parts.append("".join(letters[int(i)] for i in rng.integers(len(letters), size=segment["length"])))
        else:
            parts.append(_digits(segment["digits"], rng, "" if marked else split))
            marked = marked or segment["digits"] >= 2

    return "".join(parts)


def _digits(count: int, rng: np.random.Generator, split: str) -> str:
    if count >= 2 and split and count <= _ARRAY_DIGITS:
        numbers = numbers_of_split(count, split)
        return str(int(numbers[int(rng.integers(len(numbers)))]))
    while True:
        drawn = "".join(str(int(d)) for d in rng.integers(10, size=count))
        if count < 2 or not split or sum(map(int, drawn)) % len(SPLITS) == split_number(split):
            return drawn


def _class(part: str) -> str:
    if part.isdigit():
        return "9"
    if part.isalnum():
        return "a"
    return part


def _looks_like_ids(values: Sequence[str]) -> bool:
    """Whether most values are one word with a digit; dates are left as choices."""
    ids = [value for value in values if _DIGIT.search(value) and " " not in value and not _DATE.match(value)]
    return len(ids) * 10 >= len(values) * 8


def _distinct(values: Sequence[Json]) -> list[Json]:
    found: list[Json] = []
    for value in values:
        if not any(value == other and type(value) is type(other) for other in found):
            found.append(value)
            if len(found) > 200:
                break
    return found
