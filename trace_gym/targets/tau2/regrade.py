"""Grades logs of tau2-bench and tau-bench v1 again, with the installed benchmark's tools, tasks and rules."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping
from typing import Any

from trace_gym.env.types import Json, ToolCall
from trace_gym.errors import UserError
from trace_gym.targets.tau2 import domains
from trace_gym.targets.tau2.world import Tau2World, changes_of, communicated
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.regrade import Grade, conversation, other_result

_ENDS = ("###STOP###", "###TRANSFER###", "###OUT-OF-SCOPE###")
_HANDED_OVER = "transfer_to_human_agents"


def regrade(trajectory: Trajectory) -> Grade:
    """Makes a log's calls again and scores them.

    A tau2 log is scored by the installed task of its name. A v1 log is scored by the reference actions and outputs that
    it carries itself, since v1's tasks are not installed.

    Args:
        trajectory: The recorded episode.

    Raises:
        UserError: If the domain is unknown, or the benchmark is not installed.
    """
    domain = domain_of(trajectory)
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
        if requestor == "assistant":
            result, _ = world.call(call)
        else:
            result, _ = world.user_call(call)
        results.append(result)

    terms = world.score(said)
    terms["in_time"] = float(_ended(trajectory))
    revisions = _revisions(world.task, trajectory)
    other = other_result(trajectory, results)
    return Grade(trajectory, math.prod(terms.values()), terms, revisions, other)


def _by_own_reference(domain: str, trajectory: Trajectory) -> Grade:
    said, calls = conversation(trajectory)
    env = domains.environment(domain)
    results = []
    was_handed_over = False
    for name, arguments, _ in calls:
        results.append(_made(env, ToolCall(name, arguments)))
        # this call ends an episode of v1, whose user then says nothing more
        was_handed_over = was_handed_over or name == _HANDED_OVER

    reference = json.dumps([call.to_json() for call in trajectory.gold or []])
    terms = {
        "db": float(changes_of(env) == _changes_of_reference(domain, reference)),
        "communicate": communicated(said, [fact.value for fact in trajectory.facts]),
        "in_time": float(was_handed_over or _ended(trajectory)),
    }
    return Grade(trajectory, math.prod(terms.values()), terms, other_result=other_result(trajectory, results))


@functools.lru_cache(maxsize=256)
def _changes_of_reference(domain: str, calls: str) -> Mapping[str, Json]:
    """What a reference, as JSON, changes; the attempts at a task share it."""
    env = domains.environment(domain)
    for call in json.loads(calls):
        _made(env, ToolCall(call["name"], call["arguments"]))
    return changes_of(env)


def _ended(trajectory: Trajectory) -> bool:
    """Whether somebody ended it; an episode that ran into a limit or an error scores 0, whatever its state."""
    for message in reversed(trajectory.messages):
        text = str(message.get("content") or "")
        # a log may end with empty messages
        if text.strip():
            return any(token in text for token in _ENDS)
    return False


def _made(env: Any, call: ToolCall) -> str:
    """Makes one call and returns the answer, as the benchmark writes it."""
    try:
        return str(env.to_json_str(env.make_tool_call(call.name, requestor="assistant", **call.arguments)))
    except Exception as error:
        return f"Error: {error}"


def _revisions(task: Any, trajectory: Trajectory) -> tuple[str, ...]:
    """How the installed task differs from the one the log was graded by."""
    criteria = task.evaluation_criteria
    if criteria is None:
        return ()

    revisions = []
    # a log without reference actions does not say by which ones it was graded
    if trajectory.gold is not None:
        actions_now = []
        for action in criteria.actions or []:
            if action.requestor == "assistant":
                actions_now.append((action.name, action.arguments))
        actions_then = [(call.name, dict(call.arguments)) for call in trajectory.gold]
        if actions_now != actions_then:
            revisions.append("the task's reference actions were revised")

    information_now = [str(info) for info in criteria.communicate_info or []]
    if information_now != [fact.value for fact in trajectory.facts]:
        revisions.append("what has to be communicated was revised")
    return tuple(revisions)


def domain_of(trajectory: Trajectory) -> str:
    """Returns the domain that a log is of.

    Args:
        trajectory: An episode of it.

    Raises:
        UserError: If its `env_id` names none.
    """
    for domain in domains.DOMAINS:
        if domain in trajectory.env_id:
            return domain
    raise UserError(
        f"{trajectory.env_id!r} names no domain of tau2-bench; rename the file, or its env_id, after one of "
        f"{', '.join(domains.DOMAINS)}."
    )
