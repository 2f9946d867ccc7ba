"""The types everything else is made of: JSON values and tool calls."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Any
"""A JSON value; state, arguments and results are made of these."""

_ATOMS = frozenset({str, int, float, bool, type(None)})


def copy_json(value: Json) -> Json:
    """Copies a JSON value to the bottom, several times faster than `copy.deepcopy`.

    Args:
        value: A JSON value; anything else in it is deep-copied.

    Example:
        >>> state = {"orders": {"W12": {"status": "pending"}}}
        >>> copy_json(state) == state, copy_json(state)["orders"] is state["orders"]
        (True, False)
    """
    # dense on purpose: this runs for every reset and for every message of an info
    if type(value) is dict:
        return {key: item if type(item) in _ATOMS else copy_json(item) for key, item in value.items()}
    if type(value) is list:
        return [item if type(item) in _ATOMS else copy_json(item) for item in value]
    return value if type(value) in _ATOMS else copy.deepcopy(value)


@dataclass(frozen=True)
class ToolCall:
    """One call of a tool.

    Example:
        >>> ToolCall("get_order", {"order_id": "W12"}).to_json()
        {'name': 'get_order', 'arguments': {'order_id': 'W12'}}
    """

    name: str
    """The tool's name."""
    arguments: Mapping[str, Json] = field(default_factory=dict)
    """Argument values by name."""

    def to_json(self) -> dict[str, Json]:
        """Returns `{"name", "arguments"}`."""
        return {"name": self.name, "arguments": dict(self.arguments)}
