"""JSON as a policy may write it: decoded without repeated keys, NaN or depth that would break what reads it later."""

from __future__ import annotations

import json
import math
from typing import Any

from trace_gym.env.types import Json


def decode(text: str, start: int) -> tuple[Any, int | None]:
    """Decodes the JSON value that begins at a position.

    Args:
        text: Any text.
        start: Where the value begins.

    Returns:
        The value and its end; or, if there is none, the reason in one sentence and None.

    Example:
        >>> decode('{"a": 1} and more', 0)
        ({'a': 1}, 8)
        >>> decode("NaN", 0)
        ('The tool call contains NaN, which is not JSON.', None)
    """
    try:
        return _DECODER.raw_decode(text, start)
    except RecursionError:
        return "The tool call is nested too deeply.", None
    except _RefusedError as refusal:
        return str(refusal), None
    except ValueError as error:
        return f"The tool call is not valid JSON: {error}.", None


def nesting(value: Json) -> int:
    """Returns how deeply a JSON value nests, counted without recursion.

    Args:
        value: A JSON value; a scalar nests 1 deep.

    Example:
        >>> nesting({"a": [1, {"b": 2}]})
        4
    """
    # the usual case: arguments that are scalars
    if isinstance(value, dict) and not any(isinstance(item, (dict, list)) for item in value.values()):
        if not value:
            return 1
        return 2

    # level by level: the decoder lets through values nearly as deep as Python can recurse
    depth = 0
    level = [value]
    while level:
        depth += 1
        deeper: list[Json] = []
        for holder in level:
            if isinstance(holder, dict):
                deeper += holder.values()
            elif isinstance(holder, list):
                deeper += holder
        level = deeper
    return depth


def is_encodable(name: str, arguments: Json) -> bool:
    """Returns whether a call can be written as UTF-8; JSON escapes can smuggle in halves of characters.

    Args:
        name: The tool's name.
        arguments: Its arguments.
    """
    # most calls hold nothing but ASCII, and need not be encoded
    if isinstance(arguments, dict) and all(map(_is_plain, (name, *arguments, *arguments.values()))):
        return True
    try:
        _ENCODER.encode([name, arguments]).encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_plain(value: Json) -> bool:
    """Whether a value holds nothing but ASCII, seen at a glance."""
    if type(value) is str:
        return value.isascii()
    return type(value) in (int, float, bool)


class _RefusedError(ValueError):
    """Valid for Python's decoder, and not for ours."""


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _RefusedError("The tool call repeats a key.")
    return value


def _no_constant(name: str) -> Json:
    raise _RefusedError(f"The tool call contains {name}, which is not JSON.")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _RefusedError(f"The tool call contains {text[:20]}, which is too large a number.")
    return value


_ENCODER = json.JSONEncoder(ensure_ascii=False)
_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
