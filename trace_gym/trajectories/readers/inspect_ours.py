"""Inspect logs that `trace-gym export` wrote: their metadata hold what Inspect has no place for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trace_gym.trajectories.readers.inspect_scores import grade
from trace_gym.trajectories.readers.messages import call_of, content_text, thoughts
from trace_gym.trajectories.record import SCHEMA, Trajectory

SUCCESS = "success"
"""The score that says whether the task counts as solved, which is more than whether the reward is 1."""
ABSENT = "absent"
"""The key of a message's metadata that lists what Inspect's fields say and the record does not."""


def is_ours(row: Mapping[str, Any]) -> bool:
    """Returns whether a sample was written by `trace-gym export`.

    Args:
        row: The sample.

    Example:
        >>> is_ours({"id": "7", "metadata": {"schema": "trace-gym/trajectory"}}), is_ours({"id": "7"})
        (True, False)
    """
    metadata = row.get("metadata")
    return isinstance(metadata, Mapping) and metadata.get("schema") == SCHEMA


def our_trajectory(row: Mapping[str, Any], reward: float, terms: Mapping[str, float], chosen: str) -> Trajectory:
    """Returns the trajectory that a sample was written from.

    Args:
        row: The sample, with its attachments in place.
        reward: The reward by its scores.
        terms: All its scores that are numbers.
        chosen: The name of the score that the user wants as the reward; empty for the sample's own.

    Raises:
        UserError: If the record in the metadata is of another version, or damaged.
    """
    success = reward >= 1.0
    verdict = row.get("scores", {}).get(SUCCESS)
    if not chosen and isinstance(verdict, Mapping):
        success = grade(verdict.get("value")) == 1.0

    # scores that were added in Inspect are terms, as in any other log
    added = {name: value for name, value in terms.items() if name not in ("reward", SUCCESS)}
    metadata = row["metadata"]
    record = {
        **metadata,
        "terms": {**added, **metadata.get("terms", {})},
        "messages": [our_message(message) for message in row["messages"]],
        "reward": reward,
        "success": success,
    }
    return Trajectory.from_json(record)


def our_message(row: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the message that one of Inspect's was written from.

    Args:
        row: Inspect's message.

    Example:
        >>> our_message({"role": "user", "content": "Hello", "metadata": {"name": "Ann"}})
        {'role': 'user', 'content': 'Hello', 'name': 'Ann'}
    """
    metadata = row.get("metadata") or {}
    message = {**plain_message(row), **metadata}
    for key in message.pop(ABSENT, []):
        message.pop(key, None)
    return message


def plain_message(row: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what can be read from the fields that Inspect's messages have.

    Args:
        row: Inspect's message.

    Example:
        >>> plain_message({"id": "m", "role": "tool", "content": "42", "function": "count"})
        {'role': 'tool', 'content': '42', 'name': 'count', 'error': False}
    """
    message: dict[str, Any] = {"role": row["role"], "content": content_text(row["content"])}
    reasoning = thoughts(row["content"], "reasoning")
    if reasoning:
        message["reasoning_content"] = reasoning

    calls = [call_of(call["id"], call["function"], call["arguments"]) for call in row.get("tool_calls") or []]
    if calls:
        message["tool_calls"] = calls

    if row["role"] == "tool":
        for key, field in (("tool_call_id", "tool_call_id"), ("name", "function")):
            if row.get(field):
                message[key] = row[field]
        message["error"] = bool(row.get("error"))
    return message
