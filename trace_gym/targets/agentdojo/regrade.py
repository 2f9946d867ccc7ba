"""Grading AgentDojo's run files again, with the installed benchmark's tools, tasks and checks."""

from __future__ import annotations

from trace_gym.env.types import ToolCall
from trace_gym.errors import UserError
from trace_gym.targets.agentdojo import suites
from trace_gym.targets.agentdojo.upstream import module
from trace_gym.targets.agentdojo.world import AgentDojoWorld
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.regrade import Grade, other_result

_LOCAL = "local"


def regrade(trajectory: Trajectory) -> Grade:
    """Makes a log's calls again, in the environment with its injection if it had one; the reward is the utility.

    Args:
        trajectory: The record.

    Raises:
        UserError: If the suite, the version, the task or the attack is unknown, or AgentDojo is not installed.
    """
    world = _world(trajectory)
    answered = {message.get("tool_call_id") for message in trajectory.messages if message["role"] == "tool"}
    said = ""
    results = []

    for message in trajectory.messages:
        if message["role"] != "assistant":
            continue
        said = str(message.get("content") or "")
        for row in message.get("tool_calls") or []:
            call = ToolCall(str(row["function"]["name"]), dict(row["function"]["arguments"]))
            if row["id"] in answered:
                results.append(world.call(call)[0])
            else:
                # asked for when the rounds were used up
                world.note(call)

    terms = world.score(said)
    return Grade(trajectory, terms["utility"], terms, _revisions(trajectory), other_result(trajectory, results))


def _world(trajectory: Trajectory) -> AgentDojoWorld:
    suite = trajectory.env_id.partition("/")[2]
    name, _, rest = trajectory.task_id.partition("/")
    attack, _, goal = rest.rpartition("/")
    version = _version(trajectory) or suites.VERSION

    try:
        threat = suites.threat_of(version, suite, goal or None, attack or None, _model(trajectory.policy))
        if name not in suites.user_tasks(version, suite):
            raise ValueError(f"Unknown user task {name!r} of {suite} in {version}.")
        return AgentDojoWorld(version, suite, name, threat=threat)
    except ValueError as error:
        raise UserError(f"{trajectory.env_id} {trajectory.task_id}: {error}") from None


def _version(trajectory: Trajectory) -> str:
    return str(trajectory.settings.get("benchmark_version") or "")


def _model(pipeline: str) -> str:
    """The model in a pipeline's name, as AgentDojo finds it; attacks address it by name."""
    return next((name for name in module("models").MODEL_NAMES if name in pipeline), _LOCAL)


def _revisions(trajectory: Trajectory) -> tuple[str, ...]:
    if _version(trajectory):
        return ()
    return (f"the log does not name its version of the benchmark; {suites.VERSION} was taken",)
