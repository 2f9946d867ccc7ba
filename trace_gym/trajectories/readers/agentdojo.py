"""AgentDojo run files: one JSON object each, under `<pipeline>/<suite>/<task>/<attack>/<injection>.json`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trace_gym.errors import UserError
from trace_gym.trajectories.readers.messages import call_of, content_text, objects, set_error, thoughts
from trace_gym.trajectories.readers.pairing import paired
from trace_gym.trajectories.readers.parts import json_stream
from trace_gym.trajectories.readers.reader import Episode, Head, Source, converted, number, numbers, text
from trace_gym.trajectories.record import Trajectory

NAME = "agentdojo"
TITLE = "an AgentDojo run file"


def claims(head: Head) -> bool:
    """Returns whether a file begins like an AgentDojo run file.

    Args:
        head: The beginning of the file.
    """
    return not head.array and {"suite_name", "user_task_id", "messages"} <= head.members.keys()


def episodes(source: Source) -> Iterator[Episode]:
    """Yields the one episode.

    Args:
        source: The file and its options.

    Raises:
        UserError: If the file is cut off.
    """
    stream = json_stream(source)
    row = stream.value()
    stream.finish()
    yield from converted(source, [("", row)], _trajectory)


def _trajectory(row: dict[str, Any]) -> Trajectory:
    if row.get("utility") is None:
        raise UserError("has no `utility`, its reward; the task was not played to its end")
    reward = number(row["utility"], "utility")
    attack = row.get("attack_type")
    injection = row.get("injection_task_id")

    task = str(row["user_task_id"])
    terms = {"utility": row["utility"]}
    if injection:
        # the same user task under another injection is another task
        task = f"{task}/{attack}/{injection}"
        # without an injection AgentDojo records `security: true`, which nothing has tested
        terms["security"] = row.get("security")

    settings = {}
    if attack:
        settings["attack"] = attack
    if row.get("benchmark_version"):
        settings["benchmark_version"] = row["benchmark_version"]

    return Trajectory(
        env_id=f"agentdojo/{row['suite_name']}",
        task_id=task,
        policy=text(row.get("pipeline_name")),
        messages=paired([_message(message) for message in objects(row["messages"], "messages")]),
        reward=reward,
        success=reward >= 1.0,
        settings=settings,
        terms=numbers(terms),
        error=text(row.get("error")),
    )


def _message(row: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": row["role"], "content": content_text(row.get("content"))}
    if row.get("tool_calls"):
        calls = objects(row["tool_calls"], "tool_calls")
        # AgentDojo's calls are flat: `function` is the name
        message["tool_calls"] = [call_of(call.get("id"), call["function"], call.get("args")) for call in calls]

    thinking = thoughts(row.get("content"), "content")
    if thinking:
        message["reasoning_content"] = thinking

    if row["role"] == "tool":
        call = row.get("tool_call") or {}
        message |= {"tool_call_id": row.get("tool_call_id") or "", "name": text(call.get("function"))}
        set_error(message, row.get("error"))

    return message
