"""Calls that would keep the benchmark's classes busy for hours; refused, or replaced by one with the same result."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from trace_gym.env.types import Json

MOST_DIGITS = 10_000
"""Digits that logarithms and square roots are computed to."""
MOST_NODES, MOST_DEPTH = 20_000, 100
"""Files and directories that a search walks through, and how deep."""
MOST_TEXT = 100_000
"""Characters of all their paths together, which `find` returns."""
_MOST_BITS = 200_000
_LONG_EXPONENT = re.compile(r"[eE][+-]?\d{5}")


class RefusedError(Exception):
    """A call that is not run; the message is what the model reads.

    Example:
        >>> guarded("power", {"base": 2.0, "exponent": 3.0}, {})
        {'base': 2.0, 'exponent': 3.0}
    """


def guarded(name: str, arguments: dict[str, Json], objects: Mapping[str, Any]) -> dict[str, Json]:
    """Returns the arguments to call a method with.

    Args:
        name: The method's.
        arguments: As called.
        objects: The instances by class.

    Raises:
        RefusedError: If it would take too long.
    """
    if name in ("logarithm", "square_root"):
        _check_digits(arguments)
    elif name == "power":
        return _bounded_power(arguments)
    elif name == "round_number" and _whole(arguments, "number") and _whole(arguments, "decimal_places"):
        return {**arguments, "decimal_places": max(arguments["decimal_places"], -MOST_DIGITS)}
    elif name in ("find", "du") and (files := objects.get("GorillaFileSystem")) is not None:
        _check_walk(files)

    return arguments


def walkable(*directories: Any) -> bool:
    """Whether walking through directories ends soon; copies that share what they hold can make it endless."""
    left = [(directory, 1, 0) for directory in directories]
    text = 0
    for _ in range(MOST_NODES):
        if not left:
            return True
        node, depth, length = left.pop()
        text += length
        if depth > MOST_DEPTH or text > MOST_TEXT:
            return False
        contents = getattr(node, "contents", {})
        left.extend((inner, depth + 1, length + len(name) + 1) for name, inner in contents.items())

    return False


def _check_walk(files: Any) -> None:
    if not walkable(files._current_dir, files.root):
        raise RefusedError("the directories are too deep, or their names too long, to be searched")


def _check_digits(arguments: Mapping[str, Json]) -> None:
    try:
        # a text of digits is taken, too
        too_many = float(arguments.get("precision", 0)) > MOST_DIGITS
    except OverflowError:
        too_many = True
    except (TypeError, ValueError):  # no number at all, as the method will say
        too_many = False

    if too_many:
        raise RefusedError(f"precision must be at most {MOST_DIGITS}")
    if any(isinstance(value, str) and _LONG_EXPONENT.search(value) for value in arguments.values()):
        raise RefusedError("the number is too large")


def _bounded_power(arguments: dict[str, Json]) -> dict[str, Json]:
    """Any power beyond the bound has too many digits to be written, and gives the same error."""
    if _whole(arguments, "base") and _whole(arguments, "exponent") and abs(arguments["base"]) > 1:
        most = _MOST_BITS // arguments["base"].bit_length() + 1
        return {**arguments, "exponent": min(arguments["exponent"], most)}
    return arguments


def _whole(arguments: Mapping[str, Json], name: str) -> bool:
    return isinstance(arguments.get(name), int)
