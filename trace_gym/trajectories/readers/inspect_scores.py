"""Turning the scores of Inspect AI into numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from trace_gym.errors import UserError

# as `value_to_float` of inspect_ai.scorer reads them
_GRADES = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0, "yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}


def rewards(scores: Mapping[str, Any], chosen: str) -> tuple[float, dict[str, float]]:
    """Returns the reward and all numeric scores.

    Args:
        scores: A sample's scores by scorer.
        chosen: The name of the score that is the reward; empty for the first scorer's.

    Returns:
        The reward, and the scores by name; the parts of a score with several values are named `<scorer>.<part>`.

    Raises:
        UserError: If there is no such score, or it is not a number.

    Example:
        >>> rewards({"includes": {"value": "C"}, "words": {"value": {"few": 0.5}}}, chosen="")
        (1.0, {'includes': 1.0, 'words.few': 0.5})
    """
    values = _by_name(scores)
    numbers = {}
    for scorer, value in values.items():
        number = grade(value)
        if number is not None:
            numbers[scorer] = number

    name = chosen
    if not name:
        # the first scorer is the task's own, others may be added afterwards
        name = next(iter(scores), "")
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
        value = score
        if isinstance(score, Mapping):
            value = score.get("value")

        if isinstance(value, Mapping):
            for part, item in value.items():
                values[f"{scorer}.{part}"] = item
        else:
            values[str(scorer)] = value

    return values


def grade(value: Any) -> float | None:
    """Returns a score as a number, as Inspect's own `value_to_float` does.

    Args:
        value: A score as the log has it.

    Returns:
        The number; None if the score is not one, or NaN, which Inspect writes for what was not scored.

    Example:
        >>> grade("P"), grade("True"), grade("0.25"), grade("good")
        (0.5, 1.0, 0.25, None)
    """
    if isinstance(value, str):
        for spelling in (value, value.lower()):
            if spelling in _GRADES:
                return _GRADES[spelling]

        try:
            value = float(value)
        except ValueError:
            return None

    if isinstance(value, (bool, int, float)) and math.isfinite(value):
        return float(value)
    return None
