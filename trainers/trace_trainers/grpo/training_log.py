"""The log of a training: one JSON line per step, read once and kept in memory from then on.

No clock time is in it, so that a training that was killed and continued leaves the same bytes as one that was not.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from trace_gym.errors import UserError

SCHEMA = "trace-gym/training-step"
"""Names the schema of a line of `train_log.jsonl`."""
VERSION = 1
"""Its version."""
_METRICS = {
    "loss": "loss",
    "grad_norm": "grad_norm",
    "kl": "kl",
    "entropy": "entropy",
    "clip_ratio/region_mean": "clip_ratio",
    # of the loss `cispo`, which has no region
    "cispo_clip_ratio": "clip_ratio",
    "completions/mean_length": "completion_mean_length",
    "completions/max_length": "completion_max_length",
}
"""What TRL measures of a step, and the fields that it goes into."""


@dataclass(frozen=True)
class StepRecord:
    """The results of one step.

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
    reward_sd: float = 0.0
    """Standard deviation of the rewards of those first rollouts."""
    rollouts_total: int = 0
    """Rollouts of the training so far, those of earlier validations included."""
    zero_variance_groups: int = 0
    """Zero-variance groups among the first rollouts."""
    zero_variance_groups_after_resampling: int = 0
    """Zero-variance groups that were left after resampling."""
    zero_variance_share: float = 0.0
    """Their share of the step's groups."""
    tasks: int | None = None
    """How many tasks training draws from; None if the split is endless."""
    repeats: float | None = None
    """How often each task has been drawn so far, on average; None if the split is endless."""
    loss: float | None = None
    """TRL's loss; None if it was no finite number."""
    grad_norm: float | None = None
    """Norm of the gradient before clipping; None if it was no finite number."""
    kl: float | None = None
    """KL divergence from the base; None without a KL penalty."""
    entropy: float | None = None
    """Mean entropy of the sampled tokens; None if no rollout carried a gradient."""
    clip_ratio: float | None = None
    """Share of the sampled tokens whose importance ratio was clipped; None if no rollout carried a gradient."""
    completion_mean_length: float | None = None
    """Mean tokens of the rollouts after the prompt."""
    completion_max_length: float | None = None
    """Most tokens of a rollout after the prompt."""

    def with_metrics(self, metrics: Mapping[str, Any]) -> StepRecord:
        """Returns the record with what TRL measured.

        Args:
            metrics: What TRL logs for the step.

        Example:
            >>> StepRecord(0, 0.5, 64).with_metrics({"loss": 0.123456789, "grad_norm": float("nan")}).to_json()["loss"]
            0.123457
        """
        measured: dict[str, Any] = {}
        for key, name in _METRICS.items():
            value = metrics.get(key)
            # JSON has no NaN
            if value is not None and math.isfinite(value):
                measured[name] = float(f"{value:.6g}")
        return replace(self, **measured)

    def to_json(self) -> dict[str, Any]:
        """Returns the fields of the step's line; those that are None are left out."""
        values = {name: value for name, value in asdict(self).items() if value is not None}
        return {"schema": SCHEMA, "version": VERSION, **values}

    @classmethod
    def from_json(cls, line: Mapping[str, Any]) -> StepRecord:
        """Returns the step of a line.

        Args:
            line: What `to_json` returns.

        Raises:
            UserError: If the line is of another schema or version.
        """
        if (line.get("schema"), line.get("version")) != (SCHEMA, VERSION):
            raise UserError(
                f"A training's log has a line of {line.get('schema')!r}, version {line.get('version')!r}; this program "
                f"continues {SCHEMA!r}, version {VERSION}; choose another --out."
            )
        names = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in line.items() if name in names})


class TrainingLog:
    """The steps of a training, in a JSONL file and in memory.

    A step is opened with what its rollouts gave, and closed, and written, once TRL has measured its update.

    Example:
        >>> import tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> log = TrainingLog(Path(folder.name) / "train_log.jsonl")
        >>> log.open_step(StepRecord(step=0, reward=0.5, rollouts=64))
        >>> log.close_step({"loss": 0.1, "grad_norm": 0.7}).grad_norm
        0.7
        >>> TrainingLog(log.path).rewards
        [0.5]
        >>> folder.cleanup()
    """

    def __init__(self, path: Path) -> None:
        """Reads the steps that an interrupted training left.

        Args:
            path: The JSONL file; it need not exist.

        Raises:
            UserError: If a line is of another version.
        """
        self.path = path
        self.open: StepRecord | None = None
        """The step whose rollouts have been played and whose update has not been measured yet."""
        self._steps: list[StepRecord] = [StepRecord.from_json(line) for line in read_lines(path)]

    @property
    def steps(self) -> Sequence[StepRecord]:
        """The closed steps."""
        return self._steps

    @property
    def rewards(self) -> list[float]:
        """The mean reward of each closed step."""
        return [step.reward for step in self._steps]

    @property
    def rollouts(self) -> int:
        """The rollouts of the closed steps."""
        return sum(step.rollouts for step in self._steps)

    def open_step(self, step: StepRecord) -> None:
        """Begins a step; nothing is written yet.

        Args:
            step: What its rollouts gave.
        """
        self.open = step

    def close_step(self, metrics: Mapping[str, Any]) -> StepRecord:
        """Adds what TRL measured, and the step to the file.

        Args:
            metrics: What TRL logs for the step.

        Returns:
            The whole record.
        """
        assert self.open is not None
        step = self.open.with_metrics(metrics)
        self.open = None
        self.append(step)
        return step

    def append(self, step: StepRecord) -> None:
        """Adds a whole step, in memory and in the file.

        Args:
            step: The newest step.
        """
        self._steps.append(step)
        append_line(self.path, step.to_json())

    def trim(self, steps: int) -> None:
        """Drops the steps that a killed training logged after its last complete checkpoint.

        Args:
            steps: How many steps to keep.
        """
        self._steps = self._steps[:steps]
        keep_lines(self.path, steps)

    def summary(self, groups: int) -> dict[str, Any]:
        """Returns the totals of the training.

        Args:
            groups: Groups per step.

        Returns:
            `steps`, `rollouts`, `zero_variance_groups` (the share that was left after resampling), `first_reward` and
            `last_reward`; for a finite split also `tasks`, and `repeats`, how often each was drawn on average.
        """
        zero_variance_groups = sum(step.zero_variance_groups_after_resampling for step in self._steps)
        last = self._steps[-1]
        summary: dict[str, Any] = {
            "steps": len(self._steps),
            "rollouts": self.rollouts,
            "zero_variance_groups": zero_variance_groups / (len(self._steps) * groups),
            "first_reward": self._steps[0].reward,
            "last_reward": last.reward,
        }
        if last.tasks is not None:
            summary |= {"tasks": last.tasks, "repeats": last.repeats}
        return summary


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Returns the whole lines of a JSONL file; what a kill cut off at its end is left out.

    Args:
        path: The file; it need not exist.

    Example:
        >>> read_lines(Path("missing.jsonl"))
        []
    """
    if not path.exists():
        return []
    *whole, _ = path.read_bytes().split(b"\n")
    return [json.loads(line) for line in whole if line]


def append_line(path: Path, value: Mapping[str, Any]) -> None:
    """Appends a line to a JSONL file.

    Args:
        path: The file; it and its folder need not exist.
        value: The line.
    """
    # opened for each line: what is written must survive a kill in the next step
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(value) + "\n")


def keep_lines(path: Path, count: int) -> None:
    """Drops all lines of a JSONL file but the first ones, and what a kill cut off.

    Args:
        path: The file; it need not exist.
        count: How many lines to keep.
    """
    if not path.exists():
        return
    # bytes are kept as they are, so that a resumed training leaves the same file as one that was never killed
    *whole, _ = path.read_bytes().split(b"\n")
    path.write_bytes(b"".join(line + b"\n" for line in whole[:count]))
