"""Calls as plain JSON."""

from __future__ import annotations

import json

from trace_gym.env.formats.call_format import CallFormat
from trace_gym.env.parsing import Turn, parse_turn
from trace_gym.env.types import Json, ToolCall


def render(calls: list[ToolCall]) -> str:
    """Writes an object, or a list of them.

    Args:
        calls: Of one turn; a single one is written without a list.

    Example:
        >>> render([ToolCall("done")])
        '{"name":"done","arguments":{}}'
    """
    value: Json = list(map(ToolCall.to_json, calls))
    if len(calls) == 1:
        value = value[0]
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def parse(text: str) -> Turn:
    """Reads a turn that is one JSON object or a list of them, as a whole or in a fence; anything else is a message.

    Args:
        text: The whole turn.

    Example:
        >>> parse('{"name": "done", "arguments": {}}').calls
        (ToolCall(name='done', arguments={}),)
    """
    turn = parse_turn(text)
    # in this format JSON surrounded by words is a message that quotes JSON, not a call
    if not turn.message or "<tool_call>" in text:
        return turn
    return Turn((), text.strip())


FORMAT = CallFormat(
    "json",
    'To call a tool write nothing but {"name": ..., "arguments": {...}}, or a list of such objects.',
    parse,
    render,
)
