"""Inspect logs that `trace-gym export` wrote: their metadata hold what Inspect has no place for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trace_gym.trajectories.readers.inspect_scores import grade
from trace_gym.trajectories.readers.messages import call_of, content_text, thoughts
from trace_gym.trajectories.record import SCHEMA, Trajectory

SUCCESS = "success"
"""The score that says whether the task counts as solved, which is more than whether the reward is 1."""


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
        >>> our_message({"role": "tool", "content": "42", "tool_call_id": "c1", "metadata": {"error": False}})
        {'role': 'tool', 'content': '42', 'tool_call_id': 'c1', 'error': False}
    """
    return {**plain_message(row), **(row.get("metadata") or {})}


def plain_message(row: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what can be read from the fields that Inspect's messages have; it is never more than was written.

    Args:
        row: Inspect's message.

    Example:
        >>> plain_message({"id": "m", "role": "user", "content": "Hello"})
        {'role': 'user', 'content': 'Hello'}
    """
    message: dict[str, Any] = {"role": row["role"], "content": content_text(row["content"])}
    reasoning = thoughts(row["content"], "reasoning")
    if reasoning:
        message["reasoning_content"] = reasoning

    calls = [call_of(call["id"], call["function"], call["arguments"]) for call in row.get("tool_calls") or []]
    if calls:
        message["tool_calls"] = calls
    if row.get("tool_call_id"):
        message["tool_call_id"] = row["tool_call_id"]
    return message
