"""Cases: real tasks under other identifiers, other amounts and in another order of rows."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from trace_gym.env.types import Json
from trace_gym.synthetic.value_shapes import draw_id

Case = dict[str, Any]
"""`request`, `tables`, `refusals`, `gold`, `facts`, `answers`, `reply`, `identifiers` (shapes) and `amounts`.

In all texts, `<<3>>` stands for the identifier of that number; `<#3#>` for the amount of that number, where it is a
text, and `{"amount": 3}` where it is a number."""

_TRIES = 64
_IDENTIFIER = re.compile(r"<<(\d+)>>")
_AMOUNT = re.compile(r"<#(\d+)#>")
_AMOUNT_NUMBER = re.compile(r'\{"amount": ?(\d+)\}')


def instantiate(case: Case, rng: np.random.Generator, split: str) -> Case:
    """Draws the identifiers and amounts of a case, and an order for the rows of its lists.

    Args:
        case: As `trace_gym.synthesis.cases` collects it.
        rng: The task's generator.
        split: The split that identifiers are drawn from.

    Returns:
        The case with values in all places.

    Example:
        >>> shape = {"kind": "id", "segments": [{"text": "W"}, {"digits": 2}]}
        >>> case = {"request": "Cancel <<0>>.", "identifiers": [shape], "amounts": []}
        >>> instantiate(case, np.random.default_rng(0), "train")["request"]
        'Cancel W89.'
    """
    identifiers: list[str] = []
    for shape in case["identifiers"]:
        # bounded: a shape may have fewer values than the case needs
        for _ in range(_TRIES):
            value = draw_id(shape, rng, split)
            if value not in identifiers:
                break
        identifiers.append(value)
    amounts = draw_amounts(case["amounts"], rng)

    text = json.dumps({key: value for key, value in case.items() if key not in ("identifiers", "amounts")})
    text = _AMOUNT_NUMBER.sub(lambda match: str(amounts[int(match[1])]), text)
    text = _AMOUNT.sub(lambda match: str(amounts[int(match[1])]), text)
    text = _IDENTIFIER.sub(lambda match: identifiers[int(match[1])], text)
    drawn: Case = json.loads(text)
    if "tables" in drawn:
        drawn["tables"] = _shuffled(drawn["tables"], rng)
    return drawn


def draw_amounts(amounts: list[int], rng: np.random.Generator) -> list[int]:
    """Draws other amounts with as many digits each, in the same order by size, so that the cheapest stays the cheapest.

    Args:
        amounts: Different whole numbers, ascending, each of two digits or more.
        rng: The task's generator.
    """
    drawn: list[int] = []
    for digits in sorted({len(str(amount)) for amount in amounts}):
        count = sum(len(str(amount)) == digits for amount in amounts)
        chosen: set[int] = set()
        while len(chosen) < count:
            chosen.add(int(rng.integers(10 ** (digits - 1), 10**digits)))
        drawn += sorted(chosen)
    return drawn


def _shuffled(value: Json, rng: np.random.Generator) -> Json:
    """The same value with the rows of its lists of records in another order."""
    if isinstance(value, Mapping):
        return {key: _shuffled(item, rng) for key, item in value.items()}
    if isinstance(value, list) and len(value) > 1 and all(isinstance(row, dict) for row in value):
        return [value[int(place)] for place in rng.permutation(len(value))]
    return value
