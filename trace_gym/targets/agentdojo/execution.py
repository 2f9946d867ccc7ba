"""Executing AgentDojo's run files again, edited or not."""

from __future__ import annotations

from trace_gym.targets.agentdojo import suites
from trace_gym.targets.agentdojo.kinds import WRITES
from trace_gym.targets.agentdojo.regrade import named_task, regrade
from trace_gym.trajectories.execution import Execution
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.solution import Solution


def execution(trajectory: Trajectory) -> Execution:
    """Returns how a log is executed.

    Args:
        trajectory: An episode of it.

    Raises:
        UserError: If AgentDojo is not installed, or has no such suite or task.
    """
    writes = WRITES[named_task(trajectory).suite]
    return Execution(regrade, _solution, lambda name, requestor: name in writes)


def _solution(trajectory: Trajectory) -> Solution:
    named = named_task(trajectory)
    injected: suites.Injections = ()
    if named.threat is not None:
        injected = suites.injections(named.version, named.suite, named.task, named.threat)
    calls = suites.gold_calls(named.version, named.suite, named.task, injected)
    answer = suites.user_tasks(named.version, named.suite)[named.task].GROUND_TRUTH_OUTPUT
    return Solution.of_turns([*calls, str(answer or "Done.")])
