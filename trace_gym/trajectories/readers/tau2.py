"""tau2-bench results: `{info, tasks, simulations}`; a customer's own tool use keeps `requestor: "user"`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trace_gym.env.task import Fact, ToolCall
from trace_gym.errors import UserError
from trace_gym.trajectories.record import Trajectory


def matches(value: Any) -> bool:
    """Whether `value` is a tau2-bench results object."""
    return isinstance(value, dict) and isinstance(value.get("simulations"), list) and "tasks" in value


def read(path: Path, value: dict[str, Any]) -> Iterator[Trajectory]:
    """Yields the trajectories.

    Raises:
        UserError: at the first simulation that lacks what is needed, naming it.
    """
    info = value.get("info") or {}
    try:
        environment = info.get("environment_info") or {}
        system = {"role": "system", "content": environment.get("policy") or ""}
        tasks = {str(task["id"]): task for task in value["tasks"]}
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path}: info or tasks: {type(error).__name__} {error}; not tau2 results.") from None
    for number, episode in enumerate(value["simulations"]):
        try:
            criteria = tasks.get(str(episode["task_id"]), {}).get("evaluation_criteria") or {}
            reward = float(episode["reward_info"]["reward"])
            yield Trajectory(
                env_id=f"tau2/{environment.get('domain_name') or path.name.split('.')[0]}",
                task_id=str(episode["task_id"]),
                trial=int(episode.get("trial") or 0),
                seed=int(episode.get("seed") or 0),
                policy=str((info.get("agent_info") or {}).get("llm", "")),
                messages=[system, *(_message(row) for row in episode["messages"])],
                reward=reward,
                success=reward >= 1.0,
                gold=[
                    ToolCall(action["name"], action["arguments"])
                    for action in criteria.get("actions") or []
                    if action.get("requestor", "assistant") == "assistant"
                ],
                facts=[Fact(str(fact)) for fact in criteria.get("communicate_info") or []],
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UserError(
                f"{path}: simulation {number}: {type(error).__name__} {error}; not a tau2 result."
            ) from None


def _message(row: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": row["role"], "content": row.get("content") or ""}
    if row.get("tool_calls"):
        message["tool_calls"] = [
            {
                "id": call.get("id", ""),
                "type": "function",
                "function": {"name": call["name"], "arguments": call.get("arguments") or {}},
            }
            for call in row["tool_calls"]
        ]
    if row["role"] == "tool":
        message |= {"tool_call_id": row.get("id", ""), "error": bool(row.get("error"))}
        if row.get("requestor") == "user":
            message["requestor"] = "user"
    return message
