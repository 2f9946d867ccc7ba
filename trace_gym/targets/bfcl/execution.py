"""Executing BFCL's multi-turn results again, edited or not."""

from __future__ import annotations

from trace_gym.env.types import ToolCall
from trace_gym.targets.bfcl.kinds import WRITES
from trace_gym.targets.bfcl.regrade import named_entry, regrade
from trace_gym.trajectories.execution import Execution
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.solution import Solution

_CLOSING = "Done."
"""Only calls count, so what ends a turn may say anything."""


def execution(trajectory: Trajectory) -> Execution:
    """Returns how a result is executed.

    Args:
        trajectory: An episode of it.
    """
    return Execution(regrade, _solution, lambda name, requestor: name in WRITES, fixed_turns=True)


def _solution(trajectory: Trajectory) -> Solution:
    steps: list[ToolCall | str] = []
    for calls in named_entry(trajectory).gold:
        steps += [*calls, _CLOSING]
    return Solution.of_turns(steps)
