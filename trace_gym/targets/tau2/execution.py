"""Executing logs of tau2-bench and tau-bench v1 again, edited or not."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from trace_gym.env.types import ToolCall
from trace_gym.errors import UserError
from trace_gym.targets.tau2 import airline_rules, domains
from trace_gym.targets.tau2.regrade import domain_of, regrade
from trace_gym.targets.tau2.upstream import module
from trace_gym.targets.tau2.world import Tau2World
from trace_gym.trajectories.execution import Execution, Ruling, no_rulings, without_refused
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.regrade import Grade
from trace_gym.trajectories.solution import Solution, Wanted

_THINKING = frozenset({"think", "calculate"})
_ENDING = "###STOP###"


def execution(trajectory: Trajectory) -> Execution:
    """Returns how a log is executed.

    Args:
        trajectory: An episode of it.

    Raises:
        UserError: If the domain is unknown, or the benchmark is not installed.
    """
    domain = domain_of(trajectory)
    solution = functools.partial(_solution, domain)
    rulings = no_rulings
    # retail's tools refuse what its guidelines forbid, and telecom's guidelines are about what to try
    if domain == "airline":
        rulings = functools.partial(_rulings, domain)
    return Execution(_grade, solution, _is_write(domain), ending=_ENDING, rulings=rulings)


def _grade(trajectory: Trajectory) -> Grade:
    # v1 refused what the tools of tau2 allow
    return regrade(without_refused(trajectory))


def _solution(domain: str, trajectory: Trajectory) -> Solution | None:
    if trajectory.env_id.startswith("tau1/"):
        if trajectory.gold is None:
            return None
        return _without_refused(domains.environment(domain), [Wanted(call) for call in trajectory.gold])

    try:
        world = Tau2World(domain, trajectory.task_id)
    except UserError:
        return None
    criteria = world.task.evaluation_criteria
    wanted = []
    for action in (criteria.actions if criteria is not None else None) or []:
        wanted.append(Wanted(ToolCall(action.name, dict(action.arguments)), action.requestor))
    return _without_refused(world.env, wanted)


def _without_refused(env: Any, wanted: Sequence[Wanted]) -> Solution:
    """Leaves out what the tools refuse: some references make calls that come to nothing."""
    message = module("data_model.message")
    made = []
    for one in wanted:
        call = message.ToolCall(name=one.call.name, arguments=dict(one.call.arguments), requestor=one.requestor)
        if not env.get_response(call).error:
            made.append(one)
    return Solution(tuple(made))


def _rulings(domain: str, wanted: Sequence[Wanted]) -> list[Ruling]:
    """Makes calls in the domain's initial state, and rules on each that the tools do not refuse."""
    message = module("data_model.message")
    initial = domains.environment(domain).tools.db
    env = domains.environment(domain)
    earlier: list[ToolCall] = []
    rulings = []
    for one in wanted:
        call = message.ToolCall(name=one.call.name, arguments=dict(one.call.arguments), requestor=one.requestor)
        try:
            ruling = airline_rules.ruling(initial, env.tools.db, one.call, earlier)
        except (KeyError, TypeError, ValueError, AttributeError):
            # a record that does not exist, or an argument of a shape that no rule knows
            ruling = Ruling()
        try:
            is_refused = bool(env.get_response(call).error)
        except Exception:
            # get_response catches what a tool raises, but not a result that cannot be written down
            is_refused = True
        rulings.append(Ruling() if is_refused else ruling)
        if not is_refused:
            earlier.append(one.call)
    return rulings


@functools.cache
def _is_write(domain: str) -> Callable[[str, str], bool]:
    """Writes, and tools of no kind, such as handing over, which an evaluator may ask for."""
    env = domains.environment(domain)
    writes = set()
    for requestor, toolkit in (("assistant", env.tools), ("user", env.user_tools)):
        if toolkit is not None:
            for name in toolkit.get_tools():
                if str(toolkit.tool_type(name).value) in ("write", "generic") and name not in _THINKING:
                    writes.add((name, requestor))
    return lambda name, requestor: (name, requestor) in writes
