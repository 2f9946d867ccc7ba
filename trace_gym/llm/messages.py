"""OpenAI chat completions: a conversation as the API wants it, and its answer as an action."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from trace_gym.env.parsing import render_call
from trace_gym.env.types import ToolCall

_KEPT = ("role", "content", "tool_calls", "tool_call_id", "name")


def chat_messages(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leaves of `info["messages"]` what the chat API knows; arguments travel as JSON text there."""
    return [_plain(message) for message in messages]


def action_of(message: Any) -> str:
    """Writes an assistant's message as an action: its text, then its tool calls.

    Args:
        message: `response.choices[0].message` of the `openai` client, or the same as a dict.
    """
    body = message if isinstance(message, dict) else message.model_dump()
    return str(body.get("content") or "") + "".join(_call(call) for call in body.get("tool_calls") or [])


def _plain(message: dict[str, Any]) -> dict[str, Any]:
    row = {key: message[key] for key in _KEPT if key in message}
    if "tool_calls" in row:
        row["tool_calls"] = [
            {**call, "function": {**call["function"], "arguments": json.dumps(call["function"]["arguments"])}}
            for call in row["tool_calls"]
        ]
    return row


def _call(call: dict[str, Any]) -> str:
    """Writes a native tool call as the environment reads it; what is no JSON object is left for it to refuse."""
    name, arguments = call["function"]["name"], call["function"].get("arguments") or "{}"
    try:
        parsed = json.loads(arguments) if isinstance(arguments, str) else arguments
    except ValueError:
        parsed = arguments
    if isinstance(parsed, dict):
        return render_call(ToolCall(name, parsed))
    return f"<tool_call>{json.dumps({'name': name, 'arguments': parsed})}</tool_call>"
