"""Grades AgentDojo's run files again, with the installed benchmark's tools, tasks and checks."""

from __future__ import annotations

from typing import NamedTuple

from trace_gym.env.types import ToolCall
from trace_gym.errors import UserError
from trace_gym.targets.agentdojo import suites
from trace_gym.targets.agentdojo.upstream import module
from trace_gym.targets.agentdojo.world import AgentDojoWorld
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.regrade import Grade, other_result

_LOCAL = "local"
"""AgentDojo's name for a local model, taken where a pipeline is named after none of the others."""


def regrade(trajectory: Trajectory) -> Grade:
    """Makes a log's calls again, in the environment with the log's injection if it had one; the reward is the utility.

    Args:
        trajectory: The recorded episode.

    Raises:
        UserError: If the suite, the version, the task or the attack is unknown, or AgentDojo is not installed.
    """
    world = _world(trajectory)
    answered_calls = set()
    for message in trajectory.messages:
        if message["role"] == "tool":
            answered_calls.add(message.get("tool_call_id"))

    last_message = ""
    results = []
    for message in trajectory.messages:
        if message["role"] != "assistant":
            continue
        last_message = str(message.get("content") or "")
        for native_call in message.get("tool_calls") or []:
            function = native_call["function"]
            call = ToolCall(str(function["name"]), dict(function["arguments"]))
            if native_call["id"] in answered_calls:
                results.append(world.call(call)[0])
            else:
                # asked for after AgentDojo's last round, which its checks see without its being run
                world.note(call)

    terms = world.score(last_message)
    return Grade(trajectory, terms["utility"], terms, _revisions(trajectory), other_result(trajectory, results))


def _world(trajectory: Trajectory) -> AgentDojoWorld:
    """The environment of the log's task, with its injection."""
    named = named_task(trajectory)
    return AgentDojoWorld(named.version, named.suite, named.task, threat=named.threat)


class NamedTask(NamedTuple):
    """The task that a log names.

    Example:
        >>> NamedTask("v1.2.2", "banking", "user_task_0", None).suite
        'banking'
    """

    version: str
    """The benchmark's version."""
    suite: str
    """The suite."""
    task: str
    """The user task."""
    threat: suites.Threat | None
    """The injection, if there was one."""


def named_task(trajectory: Trajectory) -> NamedTask:
    """Returns the task that a log names.

    Args:
        trajectory: The recorded episode.

    Raises:
        UserError: If the suite, the version, the task or the attack is unknown, or AgentDojo is not installed.
    """
    suite = trajectory.env_id.partition("/")[2]
    # as the reader writes it: user_task_0, user_task_0/attack, or user_task_0/attack/injection_task_1
    name, _, rest = trajectory.task_id.partition("/")
    attack, _, goal = rest.rpartition("/")
    version = _version(trajectory) or suites.VERSION

    try:
        threat = suites.threat_of(version, suite, goal or None, attack or None, _model(trajectory.policy))
        if name not in suites.user_tasks(version, suite):
            raise ValueError(f"Unknown user task {name!r} of {suite} in {version}.")
        return NamedTask(version, suite, name, threat)
    except ValueError as error:
        raise UserError(f"{trajectory.env_id} {trajectory.task_id}: {error}") from None


def _version(trajectory: Trajectory) -> str:
    return str(trajectory.settings.get("benchmark_version") or "")


def _model(pipeline: str) -> str:
    """The model that a pipeline is named after, found as AgentDojo does; attacks address it by name."""
    # the first match, in AgentDojo's order, even where a later name would fit better
    for name in module("models").MODEL_NAMES:
        if name in pipeline:
            return str(name)
    return _LOCAL


def _revisions(trajectory: Trajectory) -> tuple[str, ...]:
    if _version(trajectory):
        return ()
    return (f"the log does not name its version of the benchmark; {suites.VERSION} was taken",)
