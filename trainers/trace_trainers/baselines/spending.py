"""Counting what was played, from the files that record it."""

from __future__ import annotations

from pathlib import Path

from trace_trainers.evaluation.budget import Budget
from trace_trainers.grpo.snapshots import steps_within
from trace_trainers.grpo.training_log import TrainingLog


class Spending:
    r"""Counts episodes in a run's files, and remembers which file says so for each stage.

    Example:
        >>> import tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> path = Path(folder.name) / "mined.jsonl"
        >>> _ = path.write_text("one\ntwo\n")
        >>> spending = Spending(Path(folder.name))
        >>> spending.episodes("mine", path).total, spending.files
        (2, {'mine': 'mined.jsonl'})
        >>> folder.cleanup()
    """

    def __init__(self, root: Path) -> None:
        """Begins with nothing counted.

        Args:
            root: The run folder, which the files' names are relative to.
        """
        self._root = root
        self.files: dict[str, str] = {}
        """The file by stage."""

    def episodes(self, stage: str, path: Path, most: int | None = None) -> Budget:
        """Counts the lines of a file, one an episode.

        Args:
            stage: What they were played for.
            path: A JSONL file; one that is missing has none.
            most: Count the first ones only.
        """
        lines = 0
        if path.exists():
            lines = path.read_bytes().count(b"\n")
        if most is not None:
            lines = min(lines, most)
        return self._counted(stage, path, lines)

    def training(self, stage: str, adapter: Path, mark: int) -> Budget:
        """Counts the rollouts of the training steps within a mark.

        Args:
            stage: What was trained.
            adapter: The adapter folder.
            mark: The most rollouts.
        """
        path = adapter / "train_log.jsonl"
        rollouts = [step.rollouts for step in TrainingLog(path).steps]
        return self._counted(stage, path, sum(rollouts[: steps_within(rollouts, mark)]))

    def _counted(self, stage: str, path: Path, rollouts: int) -> Budget:
        self.files[stage] = path.relative_to(self._root).as_posix()
        return Budget({stage: rollouts})
