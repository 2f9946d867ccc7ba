"""Finding the smallest repair of a failed episode, verified by the target's own evaluator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trace_gym.capabilities.repair.apply import apply
from trace_gym.capabilities.repair.candidates import candidates, unasked
from trace_gym.capabilities.repair.edits import Edit
from trace_gym.capabilities.repair.episode import Episode
from trace_gym.errors import UserError
from trace_gym.trajectories.execution import Execution
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.regrade import TOLERANCE
from trace_gym.trajectories.solution import Solution

REPAIRED = "repaired"
"""With these edits, each of them necessary, the evaluator passes the episode."""
PASSES = "passes"
"""The evaluator passes the episode as it is today."""
REFERENCE_FAILS = "reference_fails"
"""The evaluator does not pass the reference itself."""
NO_REFERENCE = "no_reference"
"""Nothing says what would have been right."""
NOT_EXECUTABLE = "not_executable"
"""The episode cannot be played again."""
_MOST = 200
"""Evaluations of one episode."""


@dataclass(frozen=True)
class Verdict:
    """What became of a failed episode.

    Example:
        >>> Verdict(PASSES).edits
        ()
    """

    status: str
    """One of the constants of this module."""
    reference: Solution | None = None
    """What it was compared with, where that was needed."""
    edits: tuple[Edit, ...] = ()
    """The repair; without any one of these edits the evaluator does not pass."""
    evaluations: int = 0
    """How often the evaluator was asked."""
    reason: str = ""
    """Why there is no repair, or why it may hold more than is necessary, in words."""


def repair(trajectory: Trajectory, execution: Execution) -> Verdict:
    """Finds a repair of an episode that nothing can be left out of.

    The reference's writes are put in place of the episode's, and if that is not enough, its look-ups as well; of these
    edits, those without which it passes as well are left out, one after the other.

    Args:
        trajectory: A failed episode.
        execution: How it is executed.
    """
    evaluator = _Evaluator(trajectory, execution)
    try:
        return _repair(trajectory, execution, evaluator)
    except UserError as error:
        return Verdict(NOT_EXECUTABLE, evaluations=evaluator.count, reason=str(error))


def _repair(trajectory: Trajectory, execution: Execution, evaluator: _Evaluator) -> Verdict:
    if evaluator.passes([]):
        return Verdict(PASSES, evaluations=evaluator.count)
    whole = execution.solution(trajectory)
    if whole is None:
        return Verdict(NO_REFERENCE, None, (), evaluator.count, "nothing says what would have been right")

    episode = Episode(trajectory, execution.is_write, fixed_turns=execution.fixed_turns)
    reference = whole if execution.fixed_turns else whole.in_one_turn()
    asked = [] if execution.fixed_turns else unasked(episode, whole)
    for edits in candidates(episode, reference, execution, asked):
        if evaluator.passes(edits):
            smallest, reason = _smallest(edits, evaluator)
            return Verdict(REPAIRED, reference, tuple(smallest), evaluator.count, reason)

    # the last candidate is the reference alone
    return Verdict(REFERENCE_FAILS, reference, (), evaluator.count, "the reference itself does not pass")


def _smallest(edits: Sequence[Edit], evaluator: _Evaluator) -> tuple[list[Edit], str]:
    """Leaves out what can be, until nothing can be left out alone; says so where the bound comes first."""
    left = list(edits)
    was_shortened = True
    while was_shortened and evaluator.count < _MOST:
        was_shortened = False
        for edit in list(left):
            shorter = [one for one in left if one is not edit]
            if evaluator.passes(shorter):
                left = shorter
                was_shortened = True
    if was_shortened:
        return left, f"after {_MOST} evaluations not every edit has been shown to be necessary"
    return left, ""


class _Evaluator:
    """Asks the target, and counts."""

    def __init__(self, trajectory: Trajectory, execution: Execution) -> None:
        self._trajectory = trajectory
        self._execution = execution
        self.count = 0

    def passes(self, edits: Sequence[Edit]) -> bool:
        self.count += 1
        grade = self._execution.grade(apply(self._trajectory, edits))
        return grade.reward >= 1 - TOLERANCE
