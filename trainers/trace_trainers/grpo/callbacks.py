"""What happens at each step of a training: it is logged, judged, validated and shown, and checkpoints are marked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback

from trace_gym.console.progress import Progress
from trace_trainers.grpo.checkpoints import WHOLE
from trace_trainers.grpo.config import TrainConfig
from trace_trainers.grpo.early_stopping import BUDGET, WEIGHTS, ending, fault
from trace_trainers.grpo.ledger import Ledger
from trace_trainers.grpo.step_times import StepTimes
from trace_trainers.grpo.stopwatch import Stopwatch
from trace_trainers.grpo.training_log import StepRecord, TrainingLog
from trace_trainers.grpo.validation import Validation

_PROBE_TOKENS = 8
"""Tokens on which a model is tried after each step."""


class Judge:
    """Says whether a training goes on after a step, and if not, why.

    Example:
        >>> log = TrainingLog(Path("missing.jsonl"))
        >>> Judge(TrainConfig(), log, Ledger(TrainConfig(), log)).ending(validations=1)
        ''
    """

    def __init__(self, config: TrainConfig, log: TrainingLog, ledger: Ledger) -> None:
        """Watches a training.

        Args:
            config: The settings.
            log: Its steps.
            ledger: Its rollouts.
        """
        self._config = config
        self._log = log
        self._ledger = ledger

    def ending(self, validations: int) -> str:
        """Returns why the training ends before its last step, or an empty text.

        Args:
            validations: Validations that another step would need: the one after it, and one now, if it is due.
        """
        if len(self._log.steps) >= self._config.steps:
            return ""
        why = ending(self._log.steps, self._config)
        if not why and not self._ledger.has_room(validations):
            return BUDGET
        return why

    def fault(self, step: StepRecord, model: Any) -> str:
        """Returns what of a step is broken, or an empty text.

        Args:
            step: The step.
            model: The model after the step's update.
        """
        why = fault(step, self._config)
        # a finite gradient may still blow the weights up, and the next rollouts would be sampled from nothing
        if not why and not _gives_numbers(model):
            return WEIGHTS
        return why


class CloseSteps(TrainerCallback):
    """Ends each step: writes its line, decides whether another follows, and validates the adapter if it is time.

    TRL logs a step after its update and before its checkpoint. A step that is broken gets no checkpoint, so the
    training falls back on the one before. What is written about a step is there before its checkpoint is whole.

    Example:
        See `tests/trainers/test_trust.py`, where a training is stopped by each of its faults:

        >>> issubclass(CloseSteps, TrainerCallback)
        True
    """

    report: Callable[[dict[str, float]], None] | None = None
    """Passes a validation's reward on to the trackers; TRL's `log`."""

    def __init__(
        self,
        config: TrainConfig,
        log: TrainingLog,
        judge: Judge,
        validation: Validation,
        times: StepTimes,
        stopwatch: Stopwatch,
    ) -> None:
        """Prepares the end of each step.

        Args:
            config: The settings.
            log: Has the running step open.
            judge: Decides whether the training goes on.
            validation: Validates, and keeps the best adapter.
            times: Gets the seconds of each step.
            stopwatch: Measures them.
        """
        self.ended = ""
        """Why the training ended before its last step; empty while it goes on."""
        self._config = config
        self._log = log
        self._judge = judge
        self._validation = validation
        self._times = times
        self._stopwatch = stopwatch

    def on_train_begin(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        """Keeps and validates the untrained adapter.

        Args:
            args: Unused.
            state: The trainer's state; a resumed training has an earlier best adapter.
            control: Unused.
            model: The model with the adapter.
        """
        if state.global_step == 0:
            self._validation.start(model)
            self._validate(0, model)
        # the first step's seconds begin here
        self._stopwatch.lap()

    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, model: Any = None, **_: Any
    ) -> None:
        """Closes the step.

        Args:
            args: Unused.
            state: The trainer's state.
            control: The trainer's control.
            logs: TRL's metrics of the step.
            model: The model with the adapter.
        """
        # TRL also logs the whole training, and we log validations
        if logs is None or "loss" not in logs:
            return
        step = self._log.close_step(logs)
        seconds = self._stopwatch.lap()
        done = step.step + 1

        self.ended = self._judge.fault(step, model)
        if self.ended:
            control.should_save = False
            control.should_training_stop = True
        else:
            is_due = self._config.validation_every > 0 and done % self._config.validation_every == 0
            self.ended = self._judge.ending(validations=1 + is_due)
            is_last = bool(self.ended) or done >= self._config.steps
            control.should_training_stop = control.should_training_stop or is_last
            if is_due or is_last:
                self._validate(done, model)
        self._times.append(step.step, seconds, validation=sum(self._stopwatch.lap().values()))

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Removes adapters that are no longer the best; `MarkWhole` comes before.

        Args:
            args: Unused.
            state: Unused.
            control: Unused.
        """
        self._validation.prune()

    def _validate(self, step: int, model: Any) -> None:
        if self._config.validation_every == 0 or not self._validation.has_tasks:
            return
        record = self._validation.play(step, model)
        if self.report is not None:
            self.report({"validation/reward": record.reward})


class ShowProgress(TrainerCallback):
    """Shows a progress bar with the newest mean reward, and where the newest step's seconds went.

    Example:
        >>> callback = ShowProgress(TrainingLog(Path("missing.jsonl")), steps=40, name="desk")
        >>> isinstance(callback, TrainerCallback)
        True
    """

    def __init__(self, log: TrainingLog, steps: int, name: str, times: StepTimes | None = None) -> None:
        """Prepares the bar; it appears with the first step.

        Args:
            log: The training's log, for the mean rewards.
            steps: Steps of the whole training.
            name: The adapter's name, shown beside the bar.
            times: The seconds of the steps.
        """
        self._log = log
        self._steps = steps
        self._name = name
        self._times = times
        self._progress: Progress | None = None

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        """Advances the bar; `CloseSteps` comes before.

        Args:
            args: Unused.
            state: The trainer's state.
            control: Unused.
            logs: TRL's metrics; those of a step have a loss.
        """
        if logs is None or "loss" not in logs:
            return
        if self._progress is None:
            self._progress = Progress(f"train {self._name}", self._steps)
            # a resumed training starts at its checkpoint's step
            self._progress.advance(state.global_step - 1)
        note = f"reward {self._log.rewards[-1]:.2f}"
        if self._times is not None:
            note += f"  {self._times.note}"
        self._progress.advance(1, note)


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


def _gives_numbers(model: Any) -> bool:
    """Returns whether the trained weights are finite, and the model predicts with finite numbers.

    Weights that are finite may still overflow in the forward pass, so a few tokens are tried; any will do.
    """
    for parameter in model.parameters():
        if parameter.requires_grad and not torch.isfinite(parameter).all():
            return False
    ids = torch.arange(_PROBE_TOKENS, device=model.device)[None]
    with torch.no_grad():
        logits = model(input_ids=ids).logits
    return bool(torch.isfinite(logits).all())
