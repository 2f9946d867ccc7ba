"""Records as Inspect can hold them: what it cannot hold is written differently, and said to be."""

from __future__ import annotations

import json
import re
from typing import Any

from trace_gym.env.types import Json

SURROGATES = "lone surrogates are written as escapes such as \\ud83d"
NESTING = "values nested more than 100 deep are written as JSON text"
_SURROGATE = re.compile("[\ud800-\udfff]")
_DEEPEST = 100
"""Inspect's serializer gives up at 255 levels, those around the record included."""


def writable(record: dict[str, Json]) -> tuple[dict[str, Json], list[str]]:
    r"""Returns a record without what Inspect cannot hold, and what had to be written differently.

    Args:
        record: A trajectory's record, or any other JSON object; it is not changed.

    Returns:
        The record, and a clause for each kind of change, sorted; none if nothing was changed.

    Example:
        >>> writable({"content": "Hi \ud83d"})[0]
        {'content': 'Hi \\ud83d'}
    """
    changes: set[str] = set()
    clean = _writable(record, changes, _DEEPEST)
    return clean, sorted(changes)


def _writable(value: Json, changes: set[str], levels: int) -> Any:
    if isinstance(value, str):
        return _escaped(value, changes)
    if not isinstance(value, (dict, list)):
        return value

    if levels == 0:
        changes.add(NESTING)
        # ASCII, so that no surrogate is left in it either
        return json.dumps(value)
    if isinstance(value, list):
        return [_writable(item, changes, levels - 1) for item in value]

    clean = {}
    for key, item in value.items():
        clean[_escaped(key, changes)] = _writable(item, changes, levels - 1)
    return clean


def _escaped(text: str, changes: set[str]) -> str:
    if _SURROGATE.search(text) is None:
        return text
    changes.add(SURROGATES)
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
