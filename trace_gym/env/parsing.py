"""Reading an assistant's turn: tool calls in whatever wrapping real models use, the rest is a message.

Accepted: `<tool_call>{json}</tool_call>` (the closing tag may be missing), a fenced block of JSON, and bare JSON;
an object, several of them, or a list. A JSON value counts as a call only if it is an object with a `name` and
`arguments` (or `parameters`), so that ordinary JSON in a message stays a message.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from trace_gym.env.json_values import decode, is_encodable, nesting
from trace_gym.env.types import Json, ToolCall

MAX_TURN_CHARS = 65_536
"""A longer turn is not parsed; it is answered with an error."""

_MAX_DEPTH = 32
_MOST_FALSE_STARTS = 64
"""Braces in running text that turn out to open no call; a text full of them is not searched to its end."""
_TAG = re.compile(r"<tool_call>(.*?)(?:</tool_call>|(?=<tool_call>)|\Z)", re.DOTALL)
_FENCE = re.compile(r"```(?:json|tool_call|tool_code)?[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL)
_START = re.compile(r"[\[{]")


@dataclass(frozen=True)
class BadCall:
    """Something meant as a call that is not one.

    Example:
        >>> parse_turn("<tool_call>{</tool_call>").calls[0].reason.startswith("The tool call is not valid JSON")
        True
    """

    reason: str
    """One sentence for the model."""


@dataclass(frozen=True)
class Turn:
    """A parsed assistant turn.

    Example:
        >>> turn = parse_turn('Let me look. <tool_call>{"name": "get_order", "arguments": {}}</tool_call>')
        >>> turn.message, [call.name for call in turn.calls]
        ('Let me look.', ['get_order'])
    """

    calls: tuple[ToolCall | BadCall, ...]
    """The calls in the order written; empty when the turn is a message to the user."""
    message: str
    """The text outside the calls."""


def parse_turn(text: str) -> Turn:
    """Splits an assistant's turn into calls and message.

    Args:
        text: The whole turn as the model wrote it, any length.

    Returns:
        The calls, good and bad, and the remaining text. Never raises.
    """
    if len(text) > MAX_TURN_CHARS:
        return Turn((BadCall(f"The turn has {len(text)} characters; at most {MAX_TURN_CHARS} are read."),), "")
    if "<tool_call>" in text:
        return _tagged(text)
    fenced = _fenced(text)
    if fenced.calls:
        return fenced
    return _bare(text)


def render_call(call: ToolCall) -> str:
    """Writes a call in the default (Hermes) format.

    Args:
        call: Any call.

    Example:
        >>> render_call(ToolCall("get_order", {"order_id": "W12"}))
        '<tool_call>{"name":"get_order","arguments":{"order_id":"W12"}}</tool_call>'
    """
    body = json.dumps(call.to_json(), ensure_ascii=False, separators=(",", ":"))
    if "tool_call>" in body:
        # a tag inside a value must not end the call
        body = body.replace("<", "\\u003c")
    return f"<tool_call>{body}</tool_call>"


def _tagged(text: str) -> Turn:
    tags = list(_TAG.finditer(text))
    calls: list[ToolCall | BadCall] = []
    for tag in tags:
        calls += _calls_in(tag[1], strict=True)
    # mostly a turn is one tag, and then there is nothing to search for
    is_alone = len(tags) == 1 and tags[0].span() == (0, len(text))
    message = ""
    if not is_alone:
        message = _TAG.sub("", text).strip()
    return Turn(tuple(calls), message)


def _fenced(text: str) -> Turn:
    """Reads the fences that hold calls; any other fence stays part of the message."""
    calls: list[ToolCall | BadCall] = []
    message = text
    for fence in _FENCE.finditer(text):
        own = _calls_in(fence[1], strict=False)
        if own:
            calls += own
            message = message.replace(fence[0], "")
    return Turn(tuple(calls), message.strip())


def _bare(text: str) -> Turn:
    """Finds call objects in running text; each is tried only where a name key makes it plausible."""
    calls: list[ToolCall | BadCall] = []
    message_parts: list[str] = []
    position = 0
    while '"name"' in text[position:]:
        start = _START.search(text, position)
        if start is None:
            break

        value, end = decode(text, start.start())
        own = _calls_among(value)
        if end is None or not own:
            # the brace belongs to the message; what follows it may still hold a call
            message_parts.append(text[position : start.end()])
            position = start.end()
            if len(message_parts) > _MOST_FALSE_STARTS:
                break
            continue

        message_parts.append(text[position : start.start()])
        calls += own
        position = end

    message = "".join(message_parts) + text[position:]
    return Turn(tuple(calls), message.strip())


def _calls_in(body: str, *, strict: bool) -> list[ToolCall | BadCall]:
    """Reads one or more JSON values; `strict` turns what is not a call into a `BadCall` instead of nothing."""
    calls: list[ToolCall | BadCall] = []
    text = body.strip()
    position = 0
    while position < len(text):
        value, end = decode(text, position)
        if end is None:
            # after a good call, what follows is meant as one too
            if strict or calls:
                calls.append(BadCall(str(value)))
            return calls

        for item in _items(value):
            call = _as_call(item)
            if isinstance(call, ToolCall) or strict or _looks_like_call(item):
                calls.append(call)

        # models separate several calls in their own ways
        position = end
        while position < len(text) and text[position] in " \t\r\n,;":
            position += 1

    if strict and not calls:
        return [BadCall("The tool call is empty; write a JSON object in it.")]
    return calls


def _calls_among(value: Json) -> list[ToolCall | BadCall]:
    """The calls that a JSON value from running text holds; anything else in it is part of the message."""
    return [_as_call(item) for item in _items(value) if _looks_like_call(item)]


def _items(value: Json) -> list[Json]:
    if isinstance(value, list):
        return value
    return [value]


def _looks_like_call(value: Json) -> bool:
    return isinstance(value, dict) and "name" in value and ("arguments" in value or "parameters" in value)


def _as_call(value: Json) -> ToolCall | BadCall:
    """Checks a JSON value that is meant as a call."""
    if not isinstance(value, dict):
        return BadCall(f"A tool call must be a JSON object, got {type(value).__name__}.")
    name = value.get("name")
    if not isinstance(name, str) or not name:
        return BadCall('A tool call needs a "name" that is a string.')

    arguments = value.get("arguments", value.get("parameters", {}))
    if isinstance(arguments, str):
        # some models write the arguments as JSON within the JSON
        written = arguments.strip()
        if not written:
            written = "{}"
        arguments, end = decode(written, 0)
        if end != len(written):
            return BadCall(f"The arguments of {name} are a string that is not valid JSON.")
    if nesting(arguments) > _MAX_DEPTH:
        return BadCall("The tool call is nested too deeply.")
    if not is_encodable(name, arguments):
        return BadCall("The tool call contains a lone surrogate, which is not text.")
    if not isinstance(arguments, dict):
        return BadCall(f"The arguments of {name} must be a JSON object, got {type(arguments).__name__}.")
    return ToolCall(name, arguments)
