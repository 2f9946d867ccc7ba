"""OpenAI chat completions: a conversation as the API wants it, and its answer as an action."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from trace_gym.env.parsing import render_call
from trace_gym.env.types import ToolCall

_KNOWN_KEYS = ("role", "content", "tool_calls", "tool_call_id", "name")
"""What the chat API knows of a message; endpoints refuse other keys."""


def chat_messages(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns messages as the chat API wants them: our own keys left out, arguments as JSON text.

    Args:
        messages: As in `info["messages"]`.

    Example:
        >>> chat_messages([{"role": "tool", "content": "Error: no.", "error": True}])
        [{'role': 'tool', 'content': 'Error: no.'}]
    """
    return [_chat_message(message) for message in messages]


def action_of(message: Any) -> str:
    """Writes an assistant's message as an action: its text, then its tool calls.

    Args:
        message: `response.choices[0].message` of the `openai` client, or the same as a dict.

    Example:
        >>> action_of({"content": "Which order is it?"})
        'Which order is it?'
    """
    if isinstance(message, dict):
        body = message
    else:
        body = message.model_dump()
    text = str(body.get("content") or "")
    calls = [_rendered(call) for call in body.get("tool_calls") or []]
    return text + "".join(calls)


def _chat_message(message: dict[str, Any]) -> dict[str, Any]:
    row = {key: message[key] for key in _KNOWN_KEYS if key in message}
    if "tool_calls" in row:
        row["tool_calls"] = [_chat_call(call) for call in row["tool_calls"]]
    return row


def _chat_call(call: dict[str, Any]) -> dict[str, Any]:
    function = call["function"]
    return {**call, "function": {**function, "arguments": json.dumps(function["arguments"])}}


def _rendered(call: dict[str, Any]) -> str:
    """Writes a native tool call as the environment reads it; arguments that are no object are its to refuse."""
    name = call["function"]["name"]
    arguments = call["function"].get("arguments") or "{}"
    try:
        if isinstance(arguments, str):
            parsed = json.loads(arguments)
        else:
            parsed = arguments
    except ValueError:
        parsed = arguments
    if isinstance(parsed, dict):
        return render_call(ToolCall(name, parsed))
    return f"<tool_call>{json.dumps({'name': name, 'arguments': parsed})}</tool_call>"
