"""tau-bench v1 results: a JSON list of `{task_id, reward, info, traj, trial}`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trace_gym.env.task import Fact, ToolCall
from trace_gym.errors import UserError
from trace_gym.trajectories.record import Trajectory


def matches(value: Any) -> bool:
    """Whether `value` is a tau-bench v1 result list."""
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict) and "traj" in value[0]


def read(path: Path, value: list[dict[str, Any]]) -> Iterator[Trajectory]:
    """Yields the trajectories.

    Raises:
        UserError: at the first episode that lacks what is needed, naming it.
    """
    for number, episode in enumerate(value):
        try:
            task = episode.get("info", {}).get("task", {})
            yield Trajectory(
                env_id=f"tau1/{path.name.split('.')[0].removeprefix('tau1_')}",
                task_id=str(episode["task_id"]),
                trial=int(episode.get("trial", 0)),
                messages=_messages(episode["traj"]),
                reward=float(episode["reward"]),
                success=float(episode["reward"]) >= 1.0,
                gold=[ToolCall(action["name"], action["kwargs"]) for action in task.get("actions", [])],
                facts=[Fact(str(output)) for output in task.get("outputs", [])],
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UserError(
                f"{path}: episode {number}: {type(error).__name__} {error}; not a tau-bench v1 row."
            ) from None


def _messages(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for row in rows:
        message: dict[str, Any] = {"role": row["role"], "content": row.get("content") or ""}
        if row.get("tool_calls"):
            message["tool_calls"] = [_call(call) for call in row["tool_calls"]]
        if row["role"] == "tool":
            message |= {"tool_call_id": row.get("tool_call_id", ""), "name": row.get("name", "")}
            message["error"] = message["content"].startswith("Error")
        found.append(message)
    return found


def _call(call: dict[str, Any]) -> dict[str, Any]:
    body = call["function"]
    arguments = body["arguments"]
    arguments = json.loads(arguments) if isinstance(arguments, str) else arguments
    return {
        "id": call.get("id", ""),
        "type": "function",
        "function": {"name": body["name"], "arguments": arguments if isinstance(arguments, dict) else {}},
    }
