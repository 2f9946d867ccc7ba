"""tau2-bench results: `{info, tasks, simulations}`; calls of the user's own keep `requestor: "user"`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from trace_gym.env.facts import Fact
from trace_gym.env.types import ToolCall
from trace_gym.errors import UserError
from trace_gym.trajectories.readers.messages import call_of, content_text, objects
from trace_gym.trajectories.readers.pairing import paired
from trace_gym.trajectories.readers.parts import elements_of, members
from trace_gym.trajectories.readers.reader import Episode, Head, Source, converted, number, numbers, text, whole_number
from trace_gym.trajectories.record import Trajectory

NAME = "tau2"
TITLE = "tau2-bench results"

_NOT_THE_AGENTS = frozenset({"infrastructure_error", "unexpected_error", "user_error"})
"""Terminations that say nothing about the agent (unlike too many errors or malformed turns of its own)."""


def claims(head: Head) -> bool:
    """Returns whether a file begins like tau2-bench results.

    Args:
        head: The beginning of the file.
    """
    return not head.array and {"simulations", "tasks"} <= head.members.keys()


def episodes(source: Source) -> Iterator[Episode]:
    """Yields the episodes.

    Args:
        source: The results of one run.

    Raises:
        UserError: If its info or tasks are not what tau2-bench writes, or where the file cannot be read on.
    """
    # usually both stand before the simulations, so little is read twice
    header = members(source, {"info", "tasks"})
    info = header.get("info") or {}
    try:
        environment = info.get("environment_info") or {}
        tasks = {str(task["id"]): task for task in header["tasks"]}
        # the messages of a simulation lack the system prompt; the guidelines are the part of it that is recorded
        system = {"role": "system", "content": environment.get("policy") or ""}
        shared = {
            "env_id": f"tau2/{environment.get('domain_name') or source.path.name.split('.')[0]}",
            "policy": text((info.get("agent_info") or {}).get("llm")),
            "settings": _settings(info),
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise source.bad("info or tasks", f"{type(error).__name__} {error}; not tau2 results") from None

    rows = elements_of(source, "simulations", "simulation")
    yield from converted(source, rows, partial(_trajectory, shared, system, tasks))


def _settings(info: dict[str, Any]) -> dict[str, Any]:
    """The temperature and the LLM user's model; other arguments may hold API keys and addresses."""
    temperature = ((info.get("agent_info") or {}).get("llm_args") or {}).get("temperature")
    user_model = (info.get("user_info") or {}).get("llm")

    settings = {}
    if temperature is not None:
        settings["temperature"] = temperature
    if user_model is not None:
        settings["user_model"] = user_model
    return settings


def _trajectory(
    shared: dict[str, Any], system: dict[str, Any], tasks: dict[str, dict[str, Any]], row: dict[str, Any]
) -> Trajectory:
    task_id = str(row["task_id"])
    criteria = tasks.get(task_id, {}).get("evaluation_criteria") or {}

    error = ""
    termination = text(row.get("termination_reason"))
    if termination in _NOT_THE_AGENTS:
        error = termination

    info = row.get("reward_info") or {}
    if not info and error:
        # tau2 does not evaluate a simulation that its infrastructure broke
        info = {"reward": 0.0}
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
        gold=_gold(criteria),
        facts=[Fact(str(fact)) for fact in criteria.get("communicate_info") or []],
        error=error,
        termination=termination,
        script=_script(tasks.get(task_id, {})),
    )


def _script(task: dict[str, Any]) -> str:
    """What the user was told, part by part."""
    instructions = (task.get("user_scenario") or {}).get("instructions") or ""
    if not isinstance(instructions, dict):
        return str(instructions)
    return "\n".join(str(part) for part in instructions.values() if part)


def _gold(criteria: dict[str, Any]) -> list[ToolCall]:
    calls = []
    for action in criteria.get("actions") or []:
        # dual-control solutions also list what the user has to do
        if action.get("requestor", "assistant") == "assistant":
            calls.append(ToolCall(action["name"], dict(action["arguments"])))
    return calls


def _terms(info: dict[str, Any]) -> dict[str, float]:
    """The reward's parts under tau2's names, and one term for each check."""
    terms = numbers(info.get("reward_breakdown") or {})
    if info.get("db_check"):
        terms |= numbers({"db_check": info["db_check"].get("db_reward")})

    for name, met in _checks(info):
        # one assertion may be made several times, with other arguments
        earlier = sum(term == name or term.startswith(f"{name}#") for term in terms)
        if earlier:
            name = f"{name}#{earlier + 1}"
        terms[name] = float(met)

    return terms


def _checks(info: dict[str, Any]) -> list[tuple[str, Any]]:
    """Every check's name, and whether it was met."""
    checks = []
    for check in info.get("action_checks") or []:
        checks.append((f"action:{check['action']['action_id']}", check["action_match"]))
    for check in info.get("communicate_checks") or []:
        checks.append((f"communicate:{check['info']}", check["met"]))
    for check in info.get("env_assertions") or []:
        checks.append((f"env_assertion:{check['env_assertion']['func_name']}", check["met"]))
    for check in info.get("nl_assertions") or []:
        checks.append((f"nl_assertion:{check['nl_assertion']}", check["met"]))
    return checks


def _flat(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yields the messages; tau2 packs the results of parallel calls into one."""
    for row in objects(rows, "messages"):
        yield from objects(row.get("tool_messages") or [row], "tool_messages")


def _message(row: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": row["role"], "content": content_text(row.get("content"))}
    if row.get("tool_calls"):
        calls = objects(row["tool_calls"], "tool_calls")
        message["tool_calls"] = [call_of(call.get("id"), call["name"], call.get("arguments")) for call in calls]

    if row["role"] == "tool":
        # in tau2 the id of a result is the id of its call
        message |= {"tool_call_id": row.get("id") or "", "error": bool(row.get("error"))}
        if row.get("requestor") == "user":
            message["requestor"] = "user"

    if row.get("reasoning"):
        message["reasoning_content"] = row["reasoning"]
    if row.get("errors"):
        message["errors"] = row["errors"]
    return message
