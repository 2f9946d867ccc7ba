"""What a call format is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from trace_gym.env.parsing import Turn
from trace_gym.env.types import ToolCall


@dataclass(frozen=True)
class CallFormat:
    """One way to write calls.

    Example:
        >>> from trace_gym.env.formats import CALL_FORMATS
        >>> CALL_FORMATS["pythonic"].render([ToolCall("get_order", {"order_id": "W12"})])
        "[get_order(order_id='W12')]"
    """

    name: str
    """What people call it."""
    instructions: str
    """One sentence that tells a model to write so."""
    parse: Callable[[str], Turn]
    """Splits a turn into calls and message; never raises."""
    render: Callable[[list[ToolCall]], str]
    """Writes the calls of one turn."""
