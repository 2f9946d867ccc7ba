"""The log of a training: one JSON line per step, read once and kept in memory from then on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class StepRecord:
    """The results of one step's rollouts.

    Example:
        >>> StepRecord(step=0, reward=0.25, rollouts=72, zero_variance_groups=1).reward
        0.25
    """

    step: int
    """Number of the step, from 0."""
    reward: float
    """Mean reward of the first rollouts, before any group was replaced."""
    rollouts: int
    """Rollouts played, resampled ones included."""
    zero_variance_groups: int = 0
    """Zero-variance groups among the first rollouts."""
    zero_variance_groups_after_resampling: int = 0
    """Zero-variance groups that were left after resampling."""
    tasks: int | None = None
    """How many tasks the split has; None if it is endless."""
    repeats: float | None = None
    """How often each task has been drawn so far, on average; None if the split is endless."""

    def to_json(self) -> dict[str, Any]:
        """Returns the fields of the step's line; those that are None are left out."""
        return {name: value for name, value in asdict(self).items() if value is not None}


class TrainingLog:
    """The steps of a training, in a JSONL file and in memory.

    Example:
        >>> import tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> log = TrainingLog(Path(folder.name) / "train_log.jsonl")
        >>> log.append(StepRecord(step=0, reward=0.5, rollouts=64))
        >>> TrainingLog(log.path).rewards
        [0.5]
        >>> folder.cleanup()
    """

    def __init__(self, path: Path) -> None:
        """Reads the steps that an interrupted training left.

        Args:
            path: The JSONL file; it need not exist.
        """
        self.path = path
        self._steps: list[StepRecord] = []
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                if line:
                    self._steps.append(StepRecord(**json.loads(line)))

    @property
    def steps(self) -> Sequence[StepRecord]:
        """The steps so far."""
        return self._steps

    @property
    def rewards(self) -> list[float]:
        """The mean reward of each step so far."""
        return [step.reward for step in self._steps]

    def append(self, step: StepRecord) -> None:
        """Adds a step, in memory and in the file.

        Args:
            step: The newest step.
        """
        self._steps.append(step)
        # opened for each line: what is written must survive a kill in the next step
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(step.to_json()) + "\n")

    def trim(self, steps: int) -> None:
        """Drops the steps that a killed training logged after its last complete checkpoint.

        Args:
            steps: How many steps to keep.
        """
        if not self.path.exists():
            return

        self._steps = self._steps[:steps]
        # bytes are kept as they are, so that a resumed training leaves the same file as one that was never killed
        lines = [line for line in self.path.read_bytes().split(b"\n")[:steps] if line]
        self.path.write_bytes(b"".join(line + b"\n" for line in lines))

    def summary(self, groups: int) -> dict[str, Any]:
        """Returns the totals of the training.

        Args:
            groups: Groups per step.

        Returns:
            `steps`, `rollouts`, `zero_variance_groups` (the share that was left after resampling), `first_reward` and
            `last_reward`; for a finite split also `tasks`, and `repeats`, how often each was drawn on average.
        """
        zero_variance_groups = 0
        rollouts = 0
        for step in self._steps:
            zero_variance_groups += step.zero_variance_groups_after_resampling
            rollouts += step.rollouts

        last = self._steps[-1]
        summary: dict[str, Any] = {
            "steps": len(self._steps),
            "rollouts": rollouts,
            "zero_variance_groups": zero_variance_groups / (len(self._steps) * groups),
            "first_reward": self._steps[0].reward,
            "last_reward": last.reward,
        }
        if last.tasks is not None:
            summary |= {"tasks": last.tasks, "repeats": last.repeats}
        return summary
