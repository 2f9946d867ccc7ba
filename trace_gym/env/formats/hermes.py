"""Calls in `<tool_call>` tags: the environments' own format."""

from __future__ import annotations

from trace_gym.env.formats.call_format import CallFormat
from trace_gym.env.parsing import parse_turn, render_call
from trace_gym.env.types import ToolCall


def render(calls: list[ToolCall]) -> str:
    """Writes one tag per call, each on its line.

    Args:
        calls: Of one turn.

    Example:
        >>> render([ToolCall("done")])
        '<tool_call>{"name":"done","arguments":{}}</tool_call>'
    """
    return "\n".join(map(render_call, calls))


FORMAT = CallFormat(
    "hermes",
    'To call a tool write <tool_call>{"name": ..., "arguments": {...}}</tool_call>.',
    parse_turn,
    render,
)
