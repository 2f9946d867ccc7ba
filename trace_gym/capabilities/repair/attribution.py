"""What a failure is put down to: whose fault it is, how it would have passed, and what that took."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trace_gym.capabilities.repair.case import Cause
from trace_gym.capabilities.repair.causes import causes_of
from trace_gym.capabilities.repair.edits import Edit
from trace_gym.capabilities.repair.episode import Episode
from trace_gym.capabilities.repair.guidelines import by_guidelines, rulings_on
from trace_gym.capabilities.repair.search import NOT_EXECUTABLE, Verdict, repair
from trace_gym.capabilities.repair.triage import AGENT, Fault, fault_of
from trace_gym.env.types import Json, ToolCall
from trace_gym.errors import UserError
from trace_gym.rollouts.execution import execution_of
from trace_gym.trajectories.execution import Execution
from trace_gym.trajectories.record import Trajectory

SCHEMA = "trace-gym/attribution"
VERSION = 1


@dataclass(frozen=True)
class Attribution:
    """One failed episode.

    Example:
        >>> record = Trajectory("shop", "7", [], 0.0, False)
        >>> Attribution(record, Verdict(NOT_EXECUTABLE), Fault("unknown"), []).capabilities
        ()
    """

    trajectory: Trajectory
    """The record."""
    verdict: Verdict
    """How it would have passed."""
    fault: Fault
    """Whose fault it is."""
    causes: list[Cause]
    """The capabilities whose lack the repair shows, the earliest first; none where it is not the agent's fault."""

    @property
    def capabilities(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(cause.capability for cause in self.causes)

    def to_json(self) -> dict[str, Json]:
        """Returns the record of one line."""
        trajectory = self.trajectory
        return {
            "schema": SCHEMA,
            "version": VERSION,
            "env_id": trajectory.env_id,
            "task_id": trajectory.task_id,
            "trial": trajectory.trial,
            "status": self.verdict.status,
            "reason": self.verdict.reason,
            "fault": dataclasses.asdict(self.fault),
            "capabilities": [{"name": cause.capability, **vars(cause.evidence)} for cause in self.causes],
            "edits": [edit_to_json(edit) for edit in self.verdict.edits],
            "evaluations": self.verdict.evaluations,
        }


def attribute(trajectory: Trajectory, execution: Execution | None = None) -> Attribution:
    """Puts a failure down to what repairs it.

    Args:
        trajectory: A failed episode of a target that can be executed; one that cannot is said to be so.
        execution: How it is executed; None finds that out.
    """
    try:
        if execution is None:
            execution = execution_of(trajectory)
    except (UserError, ValueError) as error:
        return Attribution(trajectory, Verdict(NOT_EXECUTABLE, reason=str(error)), Fault("unknown", str(error)), [])
    verdict = repair(trajectory, execution)
    episode = Episode(trajectory, execution.is_write, fixed_turns=execution.fixed_turns)
    rulings = rulings_on(episode, execution) if verdict.edits else {}
    fault = by_guidelines(fault_of(episode, verdict), episode, verdict, execution, rulings)
    causes = []
    if fault.side == AGENT and verdict.reference is not None:
        causes = causes_of(episode, verdict.edits, verdict.reference, rulings)
    return Attribution(trajectory, verdict, fault, causes)


def edit_to_json(edit: Edit) -> dict[str, Json]:
    """Returns an edit as JSON, with its kind.

    Args:
        edit: The edit.

    Example:
        >>> from trace_gym.capabilities.repair.edits import Drop
        >>> from trace_gym.trajectories.places import Place
        >>> edit_to_json(Drop(Place(4, 1)))
        {'edit': 'drop', 'place': {'message': 4, 'call': 1}}
    """
    fields: dict[str, Any] = {}
    for name, value in vars(edit).items():
        fields[name] = _plain(value)
    kind = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in type(edit).__name__)
    return {"edit": kind.removeprefix("_"), **fields}


def _plain(value: Any) -> Json:
    if isinstance(value, ToolCall):
        return value.to_json()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, Mapping):
        return dict(value)
    return value
