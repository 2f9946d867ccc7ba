"""What happens after each step of a training: progress is shown, an early end is called, a checkpoint is marked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from trace_gym.console.progress import Progress
from trace_trainers.grpo.checkpoints import WHOLE
from trace_trainers.grpo.config import TrainConfig
from trace_trainers.grpo.early_stopping import is_finished
from trace_trainers.grpo.training_log import TrainingLog


class ShowProgress(TrainerCallback):
    """Shows a progress bar with the newest mean reward."""

    def __init__(self, log: TrainingLog, steps: int, name: str) -> None:
        """Prepares the bar; it appears with the first step.

        Args:
            log: Where the rewards stand.
            steps: Steps in all.
            name: What is trained.
        """
        self._log = log
        self._steps = steps
        self._name = name
        self._progress: Progress | None = None

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Advances the bar.

        Args:
            args: Unused.
            state: The trainer's state.
            control: Unused.
        """
        if self._progress is None:
            self._progress = Progress(f"train {self._name}", self._steps)
            # a resumed training does not start at 0
            self._progress.advance(state.global_step - 1)
        self._progress.advance(1, f"reward {self._log.rewards[-1]:.2f}")


class StopEarly(TrainerCallback):
    """Ends a training that has mastered its environment, or whose reward no longer rises."""

    def __init__(self, log: TrainingLog, config: TrainConfig) -> None:
        """Watches a training.

        Args:
            log: Where the rewards stand.
            config: When to end.
        """
        self._log = log
        self._config = config

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Asks the trainer to stop.

        Args:
            args: Unused.
            state: Unused.
            control: The trainer's control.
        """
        if is_finished(self._log.rewards, self._config):
            control.should_training_stop = True


class MarkWhole(TrainerCallback):
    """Marks each checkpoint once it is written to its end, so that a kill within the writing is noticed."""

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Marks the newest checkpoint.

        Args:
            args: The trainer's arguments; `output_dir` holds the checkpoints.
            state: The trainer's state.
            control: Unused.
        """
        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        (folder / WHOLE).touch()
