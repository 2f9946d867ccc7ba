"""Reading an assistant's turn: tool calls in whatever wrapping real models use, the rest is a message.

Accepted: `<tool_call>{json}</tool_call>` (the closing tag may be missing), a fenced block of JSON, and bare JSON;
an object, several of them, or a list. A JSON value counts as a call only if it is an object with a `name` and
`arguments` (or `parameters`), so that ordinary JSON in a message stays a message.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any

from trace_gym.env.types import Json, ToolCall

MAX_TURN_CHARS = 65_536
"""A longer turn is not parsed; it is answered with an error."""

_MAX_DEPTH = 32
_TAG = re.compile(r"<tool_call>(.*?)(?:</tool_call>|(?=<tool_call>)|\Z)", re.DOTALL)
_FENCE = re.compile(r"```(?:json|tool_call|tool_code)?[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL)
_START = re.compile(r"[\[{]")


@dataclass(frozen=True)
class BadCall:
    """Something meant as a call that is not one."""

    reason: str
    """One sentence for the model."""


@dataclass(frozen=True)
class Turn:
    """A parsed assistant turn."""

    calls: tuple[ToolCall | BadCall, ...]
    """The calls in the order written; empty when the turn is a message to the user."""
    message: str
    """The text outside the calls."""


def parse_turn(text: str) -> Turn:
    """Splits an assistant's turn into calls and message.

    Args:
        text: the whole turn as the model wrote it, any length.

    Returns:
        The calls, good and bad, and the remaining text. Never raises.
    """
    if len(text) > MAX_TURN_CHARS:
        return Turn((BadCall(f"The turn has {len(text)} characters; at most {MAX_TURN_CHARS} are read."),), "")
    if "<tool_call>" in text:
        tags = list(_TAG.finditer(text))
        calls = [call for match in tags for call in _calls_in(match[1], strict=True)]
        alone = len(tags) == 1 and tags[0].span() == (0, len(text))  # mostly so, and then there is nothing else
        return Turn(tuple(calls), "" if alone else _TAG.sub("", text).strip())
    fenced = [(match, _calls_in(match[1], strict=False)) for match in _FENCE.finditer(text)]
    if any(calls for _, calls in fenced):
        rest = text
        for match, calls in fenced:
            rest = rest.replace(match[0], "") if calls else rest
        return Turn(tuple(call for _, calls in fenced for call in calls), rest.strip())
    calls, rest = _bare_calls(text)
    return Turn(tuple(calls), rest.strip())


def render_call(call: ToolCall) -> str:
    """Writes a call in the default (Hermes) format."""
    body = json.dumps(call.to_json(), ensure_ascii=False, separators=(",", ":"))
    body = body.replace("<", "\\u003c") if "tool_call>" in body else body  # a tag inside a value must not end the call
    return f"<tool_call>{body}</tool_call>"


def _calls_in(body: str, *, strict: bool) -> list[ToolCall | BadCall]:
    """Reads one or more JSON values; `strict` turns what is not a call into a `BadCall` instead of nothing."""
    calls: list[ToolCall | BadCall] = []
    position, text = 0, body.strip()
    while position < len(text):
        value, end = _decode(text, position)
        if end is None:
            return [*calls, BadCall(str(value))] if strict or calls else []
        items = value if isinstance(value, list) else [value]
        for item in items:
            call = _as_call(item)
            if isinstance(call, ToolCall) or (strict or _looks_like_call(item)):
                calls.append(call)
        position = end
        while position < len(text) and text[position] in " \t\r\n,;":
            position += 1
    return calls if calls or not strict else [BadCall("The tool call is empty; write a JSON object in it.")]


def _bare_calls(text: str) -> tuple[list[ToolCall | BadCall], str]:
    """Finds call objects standing in running text; each is tried only where a name key makes it plausible."""
    calls: list[ToolCall | BadCall] = []
    rest, position = [], 0
    while '"name"' in text[position:]:
        start = _START.search(text, position)
        if start is None:
            break
        value, end = _decode(text, start.start())
        found = (
            []
            if end is None
            else [_as_call(v) for v in (value if isinstance(value, list) else [value]) if _looks_like_call(v)]
        )
        if end is None or not found:
            rest.append(text[position : start.end()])
            position = start.end()
            if len(rest) > 64:
                break
            continue
        rest.append(text[position : start.start()])
        calls.extend(found)
        position = end
    return calls, "".join(rest) + text[position:]


def _decode(text: str, start: int) -> tuple[Any, int | None]:
    """Decodes the JSON value at `start`; returns (value, end), or (reason, None)."""
    try:
        return _DECODER.raw_decode(text, start)
    except RecursionError:
        return "The tool call is nested too deeply.", None
    except _RefusedError as refusal:
        return str(refusal), None
    except ValueError as error:
        return f"The tool call is not valid JSON: {error}.", None


def _looks_like_call(value: Json) -> bool:
    return isinstance(value, dict) and "name" in value and ("arguments" in value or "parameters" in value)


def _as_call(value: Json) -> ToolCall | BadCall:
    if not isinstance(value, dict):
        return BadCall(f"A tool call must be a JSON object, got {type(value).__name__}.")
    name = value.get("name")
    if not isinstance(name, str) or not name:
        return BadCall('A tool call needs a "name" that is a string.')
    arguments = value.get("arguments", value.get("parameters", {}))
    if isinstance(arguments, str):
        written = arguments.strip()
        arguments, end = _decode(written, 0) if written else ({}, 0)
        if end != len(written):
            return BadCall(f"The arguments of {name} are a string that is not valid JSON.")
    if _depth(arguments) > _MAX_DEPTH:
        return BadCall("The tool call is nested too deeply.")
    if not _encodable([name, arguments]):
        return BadCall("The tool call contains a lone surrogate, which is not text.")
    if not isinstance(arguments, dict):
        return BadCall(f"The arguments of {name} must be a JSON object, got {type(arguments).__name__}.")
    return ToolCall(name, arguments)


def _depth(value: Json) -> int:
    """How deeply a JSON value nests, counted without recursion."""
    if isinstance(value, dict) and not any(isinstance(item, (dict, list)) for item in value.values()):
        return 2 if value else 1
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [
            item
            for holder in level
            if isinstance(holder, (dict, list))
            for item in (holder.values() if isinstance(holder, dict) else holder)
        ]
    return depth


def _encodable(value: Json) -> bool:
    """Whether a value can be written as UTF-8; JSON escapes can smuggle in halves of characters."""
    name, arguments = value
    if isinstance(arguments, dict) and all(map(_plain, (name, *arguments, *arguments.values()))):
        return True
    try:
        _ENCODER.encode(value).encode()
    except UnicodeEncodeError:
        return False
    return True


def _plain(value: Json) -> bool:
    """Whether a value holds nothing but ASCII, seen at a glance."""
    return value.isascii() if type(value) is str else type(value) in (int, float, bool)


class _RefusedError(ValueError):
    pass


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
