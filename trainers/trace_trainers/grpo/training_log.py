"""The log of a training: one JSON line per step, read once and then kept in memory."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class StepRecord:
    """What one step's rollouts came to.

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
    """Groups without a gradient, before resampling."""
    zero_variance_groups_after_resampling: int = 0
    """Those that are left."""
    tasks: int | None = None
    """Tasks of a finite split; None where they are endless."""
    repeats: float | None = None
    """How often each of them has been drawn so far, on average; None where they are endless."""

    def to_json(self) -> dict[str, Any]:
        """Returns the line's content, without what is None."""
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
        """Reads what is there.

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
        """Their mean rewards."""
        return [step.reward for step in self._steps]

    def append(self, step: StepRecord) -> None:
        """Adds a step, in memory and in the file.

        Args:
            step: The newest step.
        """
        self._steps.append(step)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(step.to_json()) + "\n")

    def trim(self, steps: int) -> None:
        """Drops every step after the first ones, which a kill may have left behind without a checkpoint.

        Args:
            steps: How many steps have a whole checkpoint.
        """
        if not self.path.exists():
            return
        self._steps = self._steps[:steps]
        # by the bytes: what a kill cut off within a line is dropped too
        lines = [line for line in self.path.read_bytes().split(b"\n")[:steps] if line]
        self.path.write_bytes(b"".join(line + b"\n" for line in lines))

    def summary(self, groups: int) -> dict[str, Any]:
        """Returns what the steps add up to.

        Args:
            groups: Groups per step.

        Returns:
            Steps, rollouts, the share of zero-variance groups left, first and last reward; for a finite split also
            its tasks and how often each was drawn.
        """
        flat = sum(step.zero_variance_groups_after_resampling for step in self._steps)
        last = self._steps[-1]
        summary: dict[str, Any] = {
            "steps": len(self._steps),
            "rollouts": sum(step.rollouts for step in self._steps),
            "zero_variance_groups": flat / (len(self._steps) * groups),
            "first_reward": self._steps[0].reward,
            "last_reward": last.reward,
        }
        if last.tasks is not None:
            summary |= {"tasks": last.tasks, "repeats": last.repeats}
        return summary
