"""What happens after each step of a training: progress is shown, training may stop early, checkpoints are marked."""

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
    """Shows a progress bar with the newest mean reward.

    Example:
        >>> callback = ShowProgress(TrainingLog(Path("missing.jsonl")), steps=40, name="desk")
        >>> isinstance(callback, TrainerCallback)
        True
    """

    def __init__(self, log: TrainingLog, steps: int, name: str) -> None:
        """Prepares the bar; it appears with the first step.

        Args:
            log: The training's log, for the mean rewards.
            steps: Steps of the whole training.
            name: The adapter's name, shown beside the bar.
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
            # a resumed training starts at its checkpoint's step
            self._progress.advance(state.global_step - 1)
        self._progress.advance(1, f"reward {self._log.rewards[-1]:.2f}")


class StopEarly(TrainerCallback):
    """Ends a training that has mastered its environment, or whose reward no longer rises.

    Example:
        >>> from types import SimpleNamespace
        >>> control = SimpleNamespace(should_training_stop=False)
        >>> callback = StopEarly(TrainingLog(Path("missing.jsonl")), TrainConfig())
        >>> callback.on_step_end(None, None, control)
        >>> control.should_training_stop
        False
    """

    def __init__(self, log: TrainingLog, config: TrainConfig) -> None:
        """Watches a training.

        Args:
            log: The training's log, for the mean rewards.
            config: The settings; those of `is_finished` are used.
        """
        self._log = log
        self._config = config

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Asks the trainer to stop if the training is finished.

        Args:
            args: Unused.
            state: Unused.
            control: The trainer's control.
        """
        if is_finished(self._log.rewards, self._config):
            control.should_training_stop = True


class MarkWhole(TrainerCallback):
    """Marks each checkpoint once it is complete, so that one cut off by a kill is recognized.

    Example:
        >>> import tempfile
        >>> from types import SimpleNamespace
        >>> folder = tempfile.TemporaryDirectory()
        >>> (Path(folder.name) / "checkpoint-1").mkdir()
        >>> MarkWhole().on_save(SimpleNamespace(output_dir=folder.name), SimpleNamespace(global_step=1), None)
        >>> (Path(folder.name) / "checkpoint-1" / WHOLE).exists()
        True
        >>> folder.cleanup()
    """

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Marks the newest checkpoint.

        Args:
            args: The trainer's arguments; `output_dir` is the folder of the checkpoints.
            state: The trainer's state.
            control: Unused.
        """
        # transformers calls this after the last file of the checkpoint is written
        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        (folder / WHOLE).touch()
