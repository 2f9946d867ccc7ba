"""Value shapes: JSON descriptions of how values look, inferred from examples and drawn from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from trace_gym.env.seeding import SPLITS, numbers_of_split, split_number
from trace_gym.env.types import Json
from trace_gym.synthetic.texts import fill

Shape = dict[str, Json]
"""A value shape; its `kind` says which other keys it has."""
_SEGMENT = re.compile(r"[0-9]+|[A-Za-z]+|[^0-9A-Za-z]+")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MOST_CHOICES = 40
_MOST_DISTINCT = 200
_FEW_TEXTS = 3
"""Up to this many different texts are taken for a choice, even if they look like identifiers."""
_FEW_NUMBERS = 6
"""Up to this many different numbers are taken for a choice, and not for a range."""
_TRIES = 64
_TABLED_DIGITS = 4
"""Identifiers of up to this many digits are drawn from a table of the split's numbers, longer ones by trial."""


def infer(values: Sequence[Json]) -> Shape:
    """Infers a shape from example values.

    Args:
        values: Examples, at least one.

    Returns:
        A shape of kind `object` (fields), `table` (an object whose keys are identifiers), `list`, `id` (segments),
        `choice`, `integer`, `number` or `constant`.

    Example:
        >>> infer([{"status": "pending"}, {"status": "shipped"}])
        {'kind': 'object', 'fields': {'status': {'kind': 'choice', 'values': ['pending', 'shipped']}}}
    """
    # exact types: True is an int in Python, and would pass for a number
    types = set(map(type, values))
    if types == {dict}:
        return _infer_object(values)
    if types == {list}:
        return _infer_list(values)

    distinct = _distinct(values)
    if len(distinct) == 1:
        return {"kind": "constant", "value": distinct[0]}
    if types == {str} and len(distinct) > _FEW_TEXTS and _look_like_ids(distinct):
        return infer_id(distinct)
    if types == {int} and len(distinct) > _FEW_NUMBERS:
        return {"kind": "integer", "low": min(values), "high": max(values)}
    if types <= {int, float} and len(distinct) > _FEW_NUMBERS:
        return {"kind": "number", "low": float(min(values)), "high": float(max(values))}
    return {"kind": "choice", "values": distinct[:_MOST_CHOICES]}


def _infer_object(values: Sequence[dict[str, Json]]) -> Shape:
    """The shape of objects: a table if their keys are identifiers, else an object of the fields that most have."""
    count_by_key: dict[str, int] = {}
    inner: list[Json] = []
    for value in values:
        for key, item in value.items():
            count_by_key[key] = count_by_key.get(key, 0) + 1
            inner.append(item)

    # keys that are identifiers are data, and not the names of fields
    keys = list(count_by_key)
    if len(keys) > _FEW_TEXTS and set(map(type, inner)) == {dict} and _look_like_ids(keys):
        sizes = list(map(len, values))
        return {"kind": "table", "key": infer_id(keys), "value": infer(inner), "low": min(sizes), "high": max(sizes)}

    fields: dict[str, Shape] = {}
    for key, count in count_by_key.items():
        # a field that fewer than half of the records have belongs to a special case, which is not modeled
        if count * 2 >= len(values):
            fields[key] = infer([value[key] for value in values if key in value])
    return {"kind": "object", "fields": fields}


def _infer_list(values: Sequence[list[Json]]) -> Shape:
    """The shape of lists: the shape of all their items, and how long they are."""
    items: list[Json] = []
    for value in values:
        items += value

    # lists that are always empty have no items to infer from
    item_shape: Shape = {"kind": "constant", "value": None}
    if items:
        item_shape = infer(items)
    sizes = list(map(len, values))
    return {"kind": "list", "items": item_shape, "low": min(sizes), "high": max(sizes)}


def infer_id(values: Sequence[str]) -> Shape:
    """Infers how identifiers are built: literal text, words that occur, digits that vary.

    Args:
        values: Examples, at least one.

    Returns:
        A shape of kind `id`.

    Example:
        >>> infer_id(["W12", "W34", "W56"])
        {'kind': 'id', 'segments': [{'text': 'W'}, {'digits': 2}]}
    """
    splits_by_form: dict[str, list[list[str]]] = {}
    for value in values:
        segments = _SEGMENT.findall(value)
        form = "".join(map(_class_of, segments))
        splits_by_form.setdefault(form, []).append(segments)

    # ties go by the form itself, so that the order of the examples does not matter
    common = max(splits_by_form, key=lambda form: (len(splits_by_form[form]), form))
    splits = splits_by_form[common]
    is_regular = len(splits) * 10 >= len(values) * 6
    if not is_regular and len(set(map(len, values))) == 1:
        return _infer_characters(values)
    return {"kind": "id", "segments": [_infer_segment(column) for column in zip(*splits, strict=True)]}


def _infer_segment(column: Sequence[str]) -> Json:
    """What stands at one place of identifiers that are built alike."""
    distinct = list(dict.fromkeys(column))
    if len(distinct) == 1:
        return {"text": distinct[0]}
    if distinct[0].isdigit():
        return {"digits": max(map(len, distinct))}
    return {"words": distinct[:_MOST_CHOICES]}


def _infer_characters(values: Sequence[str]) -> Shape:
    """The shape of identifiers such as EHGLP3, which mix letters and digits: characters drawn from those seen."""
    seen = sorted(set("".join(values)))
    characters = "".join(filter(str.isalnum, seen))
    return {"kind": "id", "segments": [{"characters": characters, "length": len(values[0])}]}


def draw(shape: Mapping[str, Any], rng: np.random.Generator, split: str, bound: Mapping[str, Json]) -> Json:
    """Draws a value of a shape.

    Args:
        shape: As `infer` returns it; besides, `{"kind": "argument", "name"}` takes its value from `bound`, and
            `{"kind": "template", "text"}` has its `{name}` slots filled from it.
        rng: The task's generator.
        split: The split that identifiers with digits are drawn from.
        bound: Argument values by name.

    Raises:
        ValueError: If the shape's kind is unknown.

    Example:
        >>> shape = {"kind": "template", "text": "{order_id} is shipped."}
        >>> draw(shape, np.random.default_rng(0), "train", {"order_id": "W12"})
        'W12 is shipped.'
    """
    match shape["kind"]:
        case "argument":
            return bound.get(shape["name"])
        case "template":
            return fill(str(shape["text"]), bound)
        case "constant":
            return shape["value"]
        case "choice":
            return shape["values"][int(rng.integers(len(shape["values"])))]
        case "integer":
            return int(rng.integers(shape["low"], shape["high"] + 1))
        case "number":
            # two decimals, as amounts of money have
            return round(float(rng.uniform(shape["low"], shape["high"])), 2)
        case "id":
            return draw_id(shape, rng, split)
        case "list":
            size = int(rng.integers(shape["low"], shape["high"] + 1))
            return [draw(shape["items"], rng, split, bound) for _ in range(size)]
        case "table":
            return _draw_table(shape, rng, split, bound)
        case "object":
            return {key: draw(field, rng, split, bound) for key, field in shape["fields"].items()}

    raise ValueError(f"Unknown shape kind {shape['kind']!r}.")


def _draw_table(
    shape: Mapping[str, Any], rng: np.random.Generator, split: str, bound: Mapping[str, Json]
) -> dict[str, Json]:
    """A table of drawn size; a key that is drawn twice makes it one row shorter."""
    size = int(rng.integers(shape["low"], shape["high"] + 1))
    table: dict[str, Json] = {}
    for _ in range(size):
        key = draw_id(shape["key"], rng, split)
        table[key] = draw(shape["value"], rng, split, bound)
    return table


def draw_id(shape: Mapping[str, Any], rng: np.random.Generator, split: str) -> str:
    """Draws an identifier; its first varying run of two or more digits has a digit sum that only `split` uses.

    Args:
        shape: As `infer_id` returns it; a value of any other shape is drawn and written as text.
        rng: The task's generator.
        split: The split that the identifier is for.

    Example:
        >>> draw_id(infer_id(["W12", "W34", "W56"]), np.random.default_rng(0), "train")
        'W89'
    """
    if shape["kind"] != "id":
        return str(draw(shape, rng, split, {}))

    parts: list[str] = []
    # one run tells the splits apart; the others stay free, so that all their values occur
    is_marked = False
    for segment in shape["segments"]:
        if "text" in segment:
            parts.append(segment["text"])
        elif "words" in segment:
            parts.append(segment["words"][int(rng.integers(len(segment["words"])))])
        elif "characters" in segment:
            parts.append(_characters_of_split(segment["characters"], segment["length"], rng, split))
        elif segment["digits"] >= 2 and not is_marked:
            parts.append(_digits_of_split(segment["digits"], rng, split))
            is_marked = True
        else:
            parts.append(_digits(segment["digits"], rng))
    return "".join(parts)


def _characters_of_split(characters: str, length: int, rng: np.random.Generator, split: str) -> str:
    """Characters whose code points add up, modulo the number of splits, to the split's number, where that can be."""
    # bounded: a few equal characters may never add up to it
    for _ in range(_TRIES):
        positions = rng.integers(len(characters), size=length)
        text = "".join(characters[position] for position in positions)
        if sum(map(ord, text)) % len(SPLITS) == split_number(split):
            break
    return text


def _digits_of_split(count: int, rng: np.random.Generator, split: str) -> str:
    """Two or more digits whose sum, modulo the number of splits, is the split's number."""
    # the table of longer numbers would take megabytes, and one in four draws is a hit anyway
    if count <= _TABLED_DIGITS:
        numbers = numbers_of_split(count, split)
        return str(int(numbers[int(rng.integers(len(numbers)))]))

    while True:
        digits = _digits(count, rng)
        if sum(map(int, digits)) % len(SPLITS) == split_number(split):
            return digits


def _digits(count: int, rng: np.random.Generator) -> str:
    return "".join(map(str, rng.integers(10, size=count)))


def _class_of(segment: str) -> str:
    """The class of an identifier's segment: `9` for digits, `a` for letters, and punctuation as it is."""
    if segment.isdigit():
        return "9"
    if segment.isalnum():
        return "a"
    return segment


def _look_like_ids(values: Sequence[str]) -> bool:
    """Whether at least 80 % of the values look like identifiers."""
    count = sum(map(_looks_like_id, values))
    return count * 10 >= len(values) * 8


def _looks_like_id(value: str) -> bool:
    """Whether a value is one word with a digit, and no date: drawn digits would make dates that do not exist."""
    has_digit = any(map(str.isdigit, value))
    return has_digit and " " not in value and not _DATE.match(value)


def _distinct(values: Sequence[Json]) -> list[Json]:
    """The different values in order of appearance, up to a number that tells enough."""
    distinct: list[Json] = []
    for value in values:
        # 1, 1.0 and True are equal in Python, and different values in JSON
        is_repeated = any(value == other and type(value) is type(other) for other in distinct)
        if is_repeated:
            continue
        distinct.append(value)
        if len(distinct) > _MOST_DISTINCT:
            break
    return distinct
