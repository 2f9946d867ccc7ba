"""Where calls stand in a record, which of them were refused, and what their results say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from trace_gym.env.types import Json, ToolCall

Messages = Sequence[dict[str, Json]]
"""The messages of a record."""


@dataclass(frozen=True, order=True)
class Place:
    """Where a call stands.

    Example:
        >>> Place(4, 0) < Place(4, 1) < Place(6, 0)
        True
    """

    message: int
    """Index of its message."""
    call: int = 0
    """Its number among the calls of that message."""


def call_at(messages: Messages, place: Place) -> ToolCall:
    """Returns a call; arguments that are no object read as none.

    Args:
        messages: The messages.
        place: Where it stands.

    Example:
        >>> call = {"id": "1", "function": {"name": "cancel", "arguments": {"order": "W1"}}}
        >>> call_at([{"role": "assistant", "content": "", "tool_calls": [call]}], Place(0))
        ToolCall(name='cancel', arguments={'order': 'W1'})
    """
    function = messages[place.message]["tool_calls"][place.call]["function"]
    arguments = function["arguments"]
    return ToolCall(str(function["name"]), arguments if isinstance(arguments, dict) else {})


def refused_calls(messages: Messages) -> set[Place]:
    """Returns the calls that a tool answered with an error.

    Args:
        messages: The messages.

    Example:
        >>> call = {"id": "1", "function": {"name": "cancel", "arguments": {}}}
        >>> talk = [{"role": "assistant", "content": "", "tool_calls": [call]}]
        >>> refused_calls([*talk, {"role": "tool", "content": "Error", "tool_call_id": "1", "error": True}])
        {Place(message=0, call=0)}
    """
    refused = set()
    for number, message in enumerate(messages):
        calls = [str(call["id"]) for call in message.get("tool_calls") or []]
        # only the results right behind a message answer it: in another one the same ids may come again
        for answer in messages[number + 1 :]:
            if answer["role"] != "tool":
                break
            if answer.get("error") and str(answer.get("tool_call_id")) in calls:
                refused.add(Place(number, calls.index(str(answer.get("tool_call_id")))))
    return refused


def parsed(result: str) -> Json:
    """Returns a result parsed as JSON, or the text itself.

    Args:
        result: What a tool answered.

    Example:
        >>> parsed('{"status": "pending"}'), parsed("Error: no order W1.")
        ({'status': 'pending'}, 'Error: no order W1.')
    """
    try:
        return json.loads(result)
    except (ValueError, RecursionError):
        return result
