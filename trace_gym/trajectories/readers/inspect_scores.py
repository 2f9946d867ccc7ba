"""Scores of Inspect AI as numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from trace_gym.errors import UserError

_GRADES = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0, "yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}


def rewards(scores: Mapping[str, Any], chosen: str) -> tuple[float, dict[str, float]]:
    """Returns the reward and every score that is a number.

    Args:
        scores: By scorer; the parts of a score with several values are named `<scorer>.<part>`.
        chosen: Which of them is the reward; empty for the first scorer's.

    Raises:
        UserError: If there is no such score, or it is no number.
    """
    values = _by_name(scores)
    numbers = {}
    for scorer, value in values.items():
        number = grade(value)
        if number is not None:
            numbers[scorer] = number

    name = chosen or next(iter(scores), "")
    if not name:
        raise UserError("has no scores; was it scored?")
    if name not in values:
        raise UserError(f"has no single score {name!r}, but {', '.join(values) or 'none'}; name one by --reward")

    if name not in numbers:
        raise UserError(f"the score {name!r} is {values[name]!r:.60}, expected a number or a grade (C, P, I, N)")
    return numbers[name], numbers


def _by_name(scores: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for scorer, score in scores.items():
        if isinstance(score, Mapping):
            value = score.get("value")
        else:
            value = score
        if isinstance(value, Mapping):
            values.update({f"{scorer}.{part}": item for part, item in value.items()})
        else:
            values[str(scorer)] = value

    return values


def grade(value: Any) -> float | None:
    """Returns a score as a number, as Inspect's own `value_to_float` does; None if it is none, or not scored (NaN).

    Args:
        value: As the file has it.
    """
    if isinstance(value, str):
        if value in _GRADES or value.lower() in _GRADES:
            return _GRADES.get(value, _GRADES.get(value.lower()))
        try:
            value = float(value)
        except ValueError:
            return None

    if isinstance(value, (bool, int, float)) and math.isfinite(value):
        return float(value)
    return None
