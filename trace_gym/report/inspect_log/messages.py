"""A record's messages as Inspect's chat messages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from trace_gym.env.types import Json
from trace_gym.report.inspect_log.identifiers import digest_id
from trace_gym.trajectories.readers.inspect_ours import ABSENT, plain_message


def chat_messages(messages: Sequence[Mapping[str, Any]], sample: str) -> list[dict[str, Json]]:
    """Returns a conversation as the JSON of Inspect's messages.

    What Inspect's messages have no place for stands in their metadata, from where `trace-gym import` takes it back.

    Args:
        messages: The messages of a record.
        sample: What the messages' ids are made from.

    Example:
        >>> chat_messages([{"role": "user", "content": "Hello", "name": "Ann"}], "s")[0]["metadata"]
        {'name': 'Ann'}
    """
    called: dict[str, str] = {}
    written = []
    for number, message in enumerate(messages):
        for call in message.get("tool_calls") or []:
            called[call["id"]] = call["function"]["name"]

        row = {"id": digest_id(sample, number), **_chat_message(message, called)}
        rest = _not_held(message, plain_message(row))
        if rest:
            row["metadata"] = rest
        written.append(row)
    return written


def readable_call(name: str, arguments: Mapping[str, Json]) -> str:
    """Returns a call as a line of text.

    Args:
        name: The tool.
        arguments: Its arguments.

    Example:
        >>> readable_call("get_order", {"order_id": "W12"})
        'get_order(order_id="W12")'
    """
    values = ", ".join(f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in arguments.items())
    return f"{name}({values})"


def _chat_message(message: Mapping[str, Any], called: Mapping[str, str]) -> dict[str, Json]:
    role = message["role"]
    text = _text(message["content"])
    if role == "assistant":
        return _assistant(message, text)
    if role == "system":
        return {"role": role, "content": text}

    # Inspect's users have no tools, but those of tau2 have, and the viewer hides results that no model asked for
    if role == "tool" and message.get("requestor") == "user":
        return {"role": "user", "content": f"<- {text}"}
    if role == "tool":
        return _tool(message, text, called)

    lines = [text] if text else []
    for call in message.get("tool_calls") or []:
        function = call["function"]
        lines.append(f"-> {readable_call(function['name'], function['arguments'])}")
    return {"role": "user", "content": "\n".join(lines)}


def _text(content: Json) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    return json.dumps(content, ensure_ascii=False)


def _assistant(message: Mapping[str, Any], text: str) -> dict[str, Json]:
    row: dict[str, Json] = {"role": "assistant", "content": text}
    reasoning = message.get("reasoning_content")
    if isinstance(reasoning, str) and reasoning:
        row["content"] = [{"type": "reasoning", "reasoning": reasoning}, {"type": "text", "text": text}]

    calls = []
    for call in message.get("tool_calls") or []:
        function = call["function"]
        calls.append({"id": call["id"], "function": function["name"], "arguments": function["arguments"]})
    if calls:
        row["tool_calls"] = calls
    return row


def _tool(message: Mapping[str, Any], text: str, called: Mapping[str, str]) -> dict[str, Json]:
    row: dict[str, Json] = {"role": "tool", "content": text}
    call = message.get("tool_call_id")
    if call:
        row["tool_call_id"] = call

    # results often name the call alone
    name = message.get("name") or called.get(call or "")
    if name:
        row["function"] = name
    if message.get("error"):
        row["error"] = {"type": "unknown", "message": _text(message.get("error_message") or text)}
    return row


def _not_held(message: Mapping[str, Any], plain: Mapping[str, Any]) -> dict[str, Json]:
    """Returns what has to be known of a message besides what can be read from Inspect's own fields."""
    rest: dict[str, Json] = {}
    for key, value in message.items():
        if key not in plain or plain[key] != value:
            rest[key] = value

    absent = [key for key in plain if key not in message]
    if absent:
        rest[ABSENT] = absent
    return rest
