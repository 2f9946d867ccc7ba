"""Where the seconds of each step went, in a file of their own: clock times may not be in the log (`training_log`)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from trace_trainers.grpo.stopwatch import BACKWARD, ENVIRONMENT, GENERATE, SCORE
from trace_trainers.grpo.training_log import append_line, keep_lines

FILE = "train_times.jsonl"
"""What the file is named in an adapter folder."""
VALIDATION = "validation"
"""The seconds of a validation, its sampling and its environments together."""
_SHORT = {GENERATE: "gen", ENVIRONMENT: "env", SCORE: "score", BACKWARD: "back"}


class StepTimes:
    """Writes a JSON line per step, and says the newest in a few words.

    Example:
        >>> import tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> times = StepTimes(Path(folder.name) / "train_times.jsonl")
        >>> times.append(0, {"generate": 1.0, "environment": 0.25, "score": 0.5, "backward": 0.75}, validation=0.0)
        >>> times.note
        'gen 1.0 env 0.2 score 0.5 back 0.8 s'
        >>> folder.cleanup()
    """

    def __init__(self, path: Path) -> None:
        """Continues a file.

        Args:
            path: The JSONL file; it need not exist.
        """
        self.path = path
        self.note = ""
        """The newest step's seconds, for the progress line."""

    def append(self, step: int, seconds: Mapping[str, float], validation: float) -> None:
        """Adds a step.

        Args:
            step: Number of the step, from 0.
            seconds: Its seconds by phase.
            validation: The seconds of the validation after it; 0.0 if there was none.
        """
        rounded = {phase: round(value, 3) for phase, value in seconds.items()}
        line = {"schema": "trace-gym/step-times", "version": 1, "step": step, **rounded}
        append_line(self.path, {**line, VALIDATION: round(validation, 3)})
        words = [f"{name} {seconds[phase]:.1f}" for phase, name in _SHORT.items()]
        self.note = " ".join(words) + " s"

    def trim(self, steps: int) -> None:
        """Drops the steps after a killed training's last complete checkpoint.

        Args:
            steps: How many steps to keep.
        """
        keep_lines(self.path, steps)
