"""Grading tau2-bench and tau-bench v1 logs again, with the installed benchmark's tools, tasks and rules."""

from __future__ import annotations

import math
from typing import Any

from trace_gym.env.types import ToolCall
from trace_gym.errors import UserError
from trace_gym.targets.tau2 import domains
from trace_gym.targets.tau2.world import Tau2World, changes_of, communicated
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.regrade import Grade, conversation, other_result

_ENDS = ("###STOP###", "###TRANSFER###", "###OUT-OF-SCOPE###")
_HANDED_OVER = "transfer_to_human_agents"


def regrade(trajectory: Trajectory) -> Grade:
    """Makes a log's calls again and scores them.

    A tau2 log is scored by the installed task of its name. A v1 log is scored by the reference actions and outputs it
    carries itself, as v1's tasks are not installed.

    Args:
        trajectory: The record.

    Raises:
        UserError: If the domain is unknown, or the benchmark is not installed.
    """
    domain = _domain(trajectory)
    if trajectory.env_id.startswith("tau1/"):
        return _by_own_reference(domain, trajectory)
    return _by_installed_task(domain, trajectory)


def _by_installed_task(domain: str, trajectory: Trajectory) -> Grade:
    try:
        world = Tau2World(domain, trajectory.task_id)
    except UserError:
        return Grade(trajectory, 0.0, revisions=(f"the installed benchmark has no task {trajectory.task_id!r}",))

    said, calls = conversation(trajectory)
    results = []
    for name, arguments, requestor in calls:
        call = ToolCall(name, arguments)
        results.append((world.call if requestor == "assistant" else world.user_call)(call)[0])

    terms = world.score(said)
    terms["in_time"] = float(_ended(trajectory))
    revisions = _revisions(world.task, trajectory)
    other = other_result(trajectory, results)
    return Grade(trajectory, math.prod(terms.values()), terms, revisions, other)


def _by_own_reference(domain: str, trajectory: Trajectory) -> Grade:
    said, calls = conversation(trajectory)
    env, gold = domains.environment(domain), domains.environment(domain)
    results = [_made(env, ToolCall(name, arguments)) for name, arguments, _ in calls]
    for call in trajectory.gold or []:
        _made(gold, call)
    # which ends an episode of v1
    handed_over = any(name == _HANDED_OVER for name, _, _ in calls)
    terms = {
        "db": float(changes_of(env) == changes_of(gold)),
        "communicate": communicated(said, [fact.value for fact in trajectory.facts]),
        "in_time": float(handed_over or _ended(trajectory)),
    }

    return Grade(trajectory, math.prod(terms.values()), terms, other_result=other_result(trajectory, results))


def _ended(trajectory: Trajectory) -> bool:
    """Whether somebody ended it; what ran into a limit or an error scores nothing, whatever its state."""
    last = next((m for m in reversed(trajectory.messages) if str(m.get("content") or "").strip()), None)
    return last is not None and any(token in str(last["content"]) for token in _ENDS)


def _made(env: Any, call: ToolCall) -> str:
    """Makes one call as the benchmark does and returns what it answers."""
    try:
        return str(env.to_json_str(env.make_tool_call(call.name, requestor="assistant", **call.arguments)))
    except Exception as error:
        return f"Error: {error}"


def _revisions(task: Any, trajectory: Trajectory) -> tuple[str, ...]:
    """How the installed task differs from the one the log was graded by."""
    criteria = task.evaluation_criteria
    found = []
    if criteria is None:
        return ()

    now = [(a.name, a.arguments) for a in criteria.actions or [] if a.requestor == "assistant"]
    then = [(call.name, dict(call.arguments)) for call in trajectory.gold or []]
    if trajectory.gold is not None and now != then:
        found.append("the task's reference actions were revised")
    told = [str(info) for info in criteria.communicate_info or []]

    if told != [fact.value for fact in trajectory.facts]:
        found.append("what has to be communicated was revised")
    return tuple(found)


def _domain(trajectory: Trajectory) -> str:
    for domain in domains.DOMAINS:
        if domain in trajectory.env_id:
            return domain
    raise UserError(
        f"{trajectory.env_id!r} names no domain of tau2-bench; known are {', '.join(domains.DOMAINS)}. Rename the file "
        "or its env_id."
    )
