"""tau2-bench results: `{info, tasks, simulations}`; a user's own tool use keeps `requestor: "user"`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from trace_gym.env.facts import Fact
from trace_gym.env.types import ToolCall
from trace_gym.errors import UserError
from trace_gym.trajectories.readers.messages import call_of, content_text, objects, paired
from trace_gym.trajectories.readers.parts import elements_of, members
from trace_gym.trajectories.readers.reader import Episode, Head, Source, converted, number, numbers, text, whole_number
from trace_gym.trajectories.record import Trajectory

NAME = "tau2"
TITLE = "tau2-bench results"

_NOT_THE_AGENTS = frozenset({"infrastructure_error", "unexpected_error", "user_error"})
"""Ends that say nothing about the agent; too many errors and malformed turns of its own do."""


def claims(head: Head) -> bool:
    """Whether a file begins as tau2-bench results.

    Args:
        head: The beginning of the file.
    """
    return not head.array and {"simulations", "tasks"} <= head.members.keys()


def episodes(source: Source) -> Iterator[Episode]:
    """Yields the episodes.

    Args:
        source: The file, and what the user said of it.

    Raises:
        UserError: Where the file cannot be read on.
    """
    # usually both stand before the simulations, and little is read twice
    about = members(source, {"info", "tasks"})
    info = about.get("info") or {}
    try:
        environment = info.get("environment_info") or {}
        tasks = {str(task["id"]): task for task in about["tasks"]}
        system = {"role": "system", "content": environment.get("policy") or ""}
        shared = {
            "env_id": f"tau2/{environment.get('domain_name') or source.path.name.split('.')[0]}",
            "policy": text((info.get("agent_info") or {}).get("llm")),
            "settings": _settings(info),
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise source.bad("info or tasks", f"{type(error).__name__} {error}; not tau2 results") from None

    yield from converted(
        source, elements_of(source, "simulations", "simulation"), partial(_trajectory, shared, system, tasks)
    )


def _settings(info: dict[str, Any]) -> dict[str, Any]:
    """The temperature and who played the user; other arguments may hold keys and addresses."""
    temperature = ((info.get("agent_info") or {}).get("llm_args") or {}).get("temperature")
    user = (info.get("user_info") or {}).get("llm")
    return {k: v for k, v in {"temperature": temperature, "user_model": user}.items() if v is not None}


def _trajectory(
    shared: dict[str, Any], system: dict[str, Any], tasks: dict[str, dict[str, Any]], row: dict[str, Any]
) -> Trajectory:
    task_id = str(row["task_id"])
    criteria = tasks.get(task_id, {}).get("evaluation_criteria") or {}
    termination = text(row.get("termination_reason"))
    if termination in _NOT_THE_AGENTS:
        error = termination
    else:
        error = ""
    info = row.get("reward_info") or ({"reward": 0.0} if error else {})
    if "reward" not in info:
        raise UserError("reward_info holds no reward; was it evaluated?")

    reward = number(info["reward"], "reward_info.reward")
    return Trajectory(
        **{**shared, "settings": dict(shared["settings"])},
        task_id=task_id,
        trial=whole_number(row.get("trial"), "trial"),
        seed=whole_number(row.get("seed"), "seed"),
        messages=[dict(system), *paired([_message(message) for message in _flat(row["messages"])])],
        reward=reward,
        success=reward >= 1.0,
        terms=_terms(info),
        gold=[
            ToolCall(action["name"], dict(action["arguments"]))
            for action in criteria.get("actions") or []
            if action.get("requestor", "assistant") == "assistant"
        ],
        facts=[Fact(str(fact)) for fact in criteria.get("communicate_info") or []],
        error=error,
        termination=termination,
    )


def _terms(info: dict[str, Any]) -> dict[str, float]:
    """The reward's parts under tau2's names, and one term for each check."""
    terms = numbers(info.get("reward_breakdown") or {})
    if info.get("db_check"):
        terms |= numbers({"db_check": info["db_check"].get("db_reward")})
    checks = [
        *((f"action:{c['action']['action_id']}", c["action_match"]) for c in info.get("action_checks") or []),
        *((f"communicate:{c['info']}", c["met"]) for c in info.get("communicate_checks") or []),
        *((f"env_assertion:{c['env_assertion']['func_name']}", c["met"]) for c in info.get("env_assertions") or []),
        *((f"nl_assertion:{c['nl_assertion']}", c["met"]) for c in info.get("nl_assertions") or []),
    ]

    for name, met in checks:
        again = sum(key == name or key.startswith(f"{name}#") for key in terms)
        terms[f"{name}#{again + 1}" if again else name] = float(met)

    return terms


def _flat(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yields the messages; several results may be packed into one."""
    for row in objects(rows, "messages"):
        yield from objects(row.get("tool_messages") or [row], "tool_messages")


def _message(row: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": row["role"], "content": content_text(row.get("content"))}
    if row.get("tool_calls"):
        calls = objects(row["tool_calls"], "tool_calls")
        message["tool_calls"] = [call_of(c.get("id"), c["name"], c.get("arguments")) for c in calls]

    if row["role"] == "tool":
        message |= {"tool_call_id": row.get("id") or "", "error": bool(row.get("error"))}
        if row.get("requestor") == "user":
            message["requestor"] = "user"

    if row.get("reasoning"):
        message["reasoning_content"] = row["reasoning"]
    if row.get("errors"):
        message["errors"] = row["errors"]
    return message
