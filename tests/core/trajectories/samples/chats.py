"""OpenAI chats with a reward."""

from __future__ import annotations

from typing import Any


def chat_call(arguments: Any, identifier: str = "c1") -> dict[str, Any]:
    """An OpenAI call of `look`."""
    return {"id": identifier, "type": "function", "function": {"name": "look", "arguments": arguments}}


CHAT: list[dict[str, Any]] = [
    {
        "messages": [
            {"role": "developer", "content": "Be kind."},
            {"role": "user", "content": [{"type": "text", "text": "Hi"}, {"type": "image_url", "image_url": {}}]},
            {"role": "assistant", "content": None, "refusal": None, "tool_calls": [chat_call('{"a": [1]}')]},
            {"role": "tool", "tool_call_id": "c1", "content": "Error: no"},
            {"role": "assistant", "content": None, "tool_calls": [chat_call({"a": 2}, "c2")]},
            {"role": "tool", "tool_call_id": "c2", "content": "Errors: 0", "is_error": False},
            {"role": "assistant", "content": "Done.", "reasoning_content": "Hmm."},
        ],
        "reward": 1,
        "task_id": 7,
        "model": "m",
        "seed": 4,
        "terms": {"a": 0.5, "why": "x"},
        "tools": [{"name": "look", "parameters": {}}],
    },
    {
        "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": None, "function_call": {"name": "look", "arguments": "{}"}},
            {"role": "function", "name": "look", "content": "ok"},
            {"role": "assistant", "content": "Done."},
        ],
        "score": 0.25,
    },
    {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "No."}], "success": False},
]
