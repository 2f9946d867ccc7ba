"""Guards against calls that would keep the benchmark's classes busy for hours: refuses or bounds them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from trace_gym.env.types import Json

MOST_DIGITS = 10_000
"""Digits to which logarithms and square roots may be computed."""
MOST_NODES = 20_000
"""Files and directories that a search may walk through."""
MOST_DEPTH = 100
"""Directories inside one another that a search may descend."""
MOST_TEXT = 100_000
"""Characters of all the paths together, which `find` returns."""
_MOST_BITS = 200_000
"""Length of a power in bits, beyond which Python refuses to write it down anyway."""
_LONG_EXPONENT = re.compile(r"[eE][+-]?\d{5}")
"""A number in scientific notation that has tens of thousands of digits."""


class RefusedError(Exception):
    """A call that is not run; the message is what the model reads.

    Example:
        >>> guarded("square_root", {"number": 2, "precision": 10**9}, {})
        Traceback (most recent call last):
        ...
        trace_gym.targets.bfcl.guards.RefusedError: precision must be at most 10000
    """


def guarded(name: str, arguments: dict[str, Json], objects: Mapping[str, Any]) -> dict[str, Json]:
    """Returns the arguments to call a method with: as given, or bounded where that makes no difference.

    Args:
        name: The method's name.
        arguments: The arguments of the call.
        objects: The entry's instances, by class name.

    Raises:
        RefusedError: If the call would take too long.

    Example:
        >>> guarded("round_number", {"number": 5, "decimal_places": -(10**9)}, {})
        {'number': 5, 'decimal_places': -10000}
    """
    if name in ("logarithm", "square_root"):
        _check_digits(arguments)
    if name == "power":
        return _bounded_power(arguments)
    if name == "round_number" and _whole(arguments, "number") and _whole(arguments, "decimal_places"):
        # any more places to the left of the point round to 0 as well
        return {**arguments, "decimal_places": max(arguments["decimal_places"], -MOST_DIGITS)}
    if name in ("find", "du") and "GorillaFileSystem" in objects:
        _check_walk(objects["GorillaFileSystem"])
    return arguments


def walkable(*directories: Any) -> bool:
    """Returns whether a walk through directories ends soon; directories that were copied into themselves have no end.

    Args:
        *directories: Directories of the benchmark's file system.
    """
    # an own stack with a bound on its steps, since a recursive walk would not come back from such a directory
    left = [(directory, 1, 0) for directory in directories]
    total_length = 0
    for _ in range(MOST_NODES):
        if not left:
            return True
        node, depth, path_length = left.pop()
        total_length += path_length
        if depth > MOST_DEPTH or total_length > MOST_TEXT:
            return False

        for name, inner in getattr(node, "contents", {}).items():
            left.append((inner, depth + 1, path_length + len(name) + 1))
    return False


def _check_walk(files: Any) -> None:
    if not walkable(files._current_dir, files.root):
        raise RefusedError("the directories are too deep, or their names too long, to be searched")


def _check_digits(arguments: Mapping[str, Json]) -> None:
    try:
        # the methods take a text of digits as well
        too_many = float(arguments.get("precision", 0)) > MOST_DIGITS
    except OverflowError:
        too_many = True
    except (TypeError, ValueError):
        # not a number at all, which is for the method to refuse
        too_many = False
    if too_many:
        raise RefusedError(f"precision must be at most {MOST_DIGITS}")

    for value in arguments.values():
        if isinstance(value, str) and _LONG_EXPONENT.search(value):
            raise RefusedError("the number is too large")


def _bounded_power(arguments: dict[str, Json]) -> dict[str, Json]:
    """Bounds the exponent: every power beyond the bound has too many digits to be written, which is the same error."""
    if _whole(arguments, "base") and _whole(arguments, "exponent") and abs(arguments["base"]) > 1:
        most = _MOST_BITS // arguments["base"].bit_length() + 1
        return {**arguments, "exponent": min(arguments["exponent"], most)}
    return arguments


def _whole(arguments: Mapping[str, Json], name: str) -> bool:
    return isinstance(arguments.get(name), int)
