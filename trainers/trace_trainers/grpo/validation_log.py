"""The validations of a training: one JSON line each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from trace_trainers.grpo.training_log import append_line, keep_lines, read_lines


@dataclass(frozen=True)
class ValidationRecord:
    """The result of one validation.

    Example:
        >>> ValidationRecord(step=5, reward=0.75, rollouts=32).to_json()["step"]
        5
    """

    step: int
    """After how many steps; 0: the untrained adapter, which is the base itself."""
    reward: float
    """Mean reward."""
    rollouts: int
    """Episodes played."""

    def to_json(self) -> dict[str, Any]:
        """Returns the fields of its line."""
        return {"schema": "trace-gym/validation", "version": 1, **asdict(self)}


class ValidationLog:
    """The validations of a training, in a JSONL file and in memory.

    Example:
        >>> import tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> log = ValidationLog(Path(folder.name) / "validation.jsonl")
        >>> for step, reward in ((0, 0.1), (5, 0.72), (10, 0.41)):
        ...     log.append(ValidationRecord(step, reward, rollouts=32))
        >>> log.best.step, log.rollouts
        (5, 96)
        >>> folder.cleanup()
    """

    def __init__(self, path: Path) -> None:
        """Reads the validations that an interrupted training left.

        Args:
            path: The JSONL file; it need not exist.
        """
        self.path = path
        self._records: list[ValidationRecord] = []
        for line in read_lines(path):
            self._records.append(ValidationRecord(line["step"], line["reward"], line["rollouts"]))

    @property
    def records(self) -> Sequence[ValidationRecord]:
        """The validations so far."""
        return self._records

    @property
    def rollouts(self) -> int:
        """The episodes of all validations."""
        return sum(record.rollouts for record in self._records)

    @property
    def best(self) -> ValidationRecord | None:
        """The validation with the highest reward, the later one of equals; None if there is none.

        Of two adapters that do equally well on the validation tasks, the later one has learned from more of the others.
        """
        best = None
        for record in self._records:
            if best is None or record.reward >= best.reward:
                best = record
        return best

    def append(self, record: ValidationRecord) -> None:
        """Adds a validation, in memory and in the file.

        Args:
            record: The newest.
        """
        self._records.append(record)
        append_line(self.path, record.to_json())

    def trim(self, steps: int) -> None:
        """Drops the validations that a killed training made after its last complete checkpoint.

        Args:
            steps: The checkpoint's step; at 0 none is kept, as the training starts over.
        """
        self._records = [record for record in self._records if steps > 0 and record.step <= steps]
        keep_lines(self.path, len(self._records))

    def summary(self) -> dict[str, Any]:
        """Returns what the training's record says about its validations.

        Returns:
            `validations`, and, if there are any, `validation_rollouts`, `best_step`, `best_reward`, `untrained_reward`
            and `last_validation_reward`.
        """
        best = self.best
        if best is None:
            return {"validations": 0}
        return {
            "validations": len(self._records),
            "validation_rollouts": self.rollouts,
            "best_step": best.step,
            "best_reward": best.reward,
            "untrained_reward": self._records[0].reward,
            "last_validation_reward": self._records[-1].reward,
        }
