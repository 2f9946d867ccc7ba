"""Adapters as they were after a given number of rollouts, kept while a longer training goes on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from trace_trainers.grpo.checkpoints import settle
from trace_trainers.grpo.training_log import TrainingLog

_FOLDER = "snapshots"


class KeepSnapshots(TrainerCallback):
    """Keeps the adapter of the last step within each mark.

    Example:
        >>> keep = KeepSnapshots(Path("missing"), TrainingLog(Path("missing.jsonl")), (128,), "tiny")
        >>> keep.keep()
    """

    def __init__(self, out: Path, log: TrainingLog, marks: Sequence[int], base: str) -> None:
        """Prepares the callback.

        Args:
            out: The adapter folder.
            log: The training's log, for the rollouts of each step.
            marks: Numbers of rollouts.
            base: The base model, as the user named it.
        """
        self._out = out
        self._log = log
        self._marks = marks
        self._base = base

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Keeps what a step that has passed a mark leaves behind.

        Args:
            args: Unused.
            state: Unused.
            control: Unused.
        """
        self.keep()

    def keep(self) -> None:
        """Keeps every snapshot that can be told by now; doing it again changes nothing."""
        rollouts = [step.rollouts for step in self._log.steps]
        for mark in self._marks:
            step = steps_within(rollouts, mark)
            # the last step so far may not be the last within the mark; at the end it is the adapter itself
            if step in (0, len(rollouts)):
                continue
            checkpoint = self._out / "checkpoints" / f"checkpoint-{step}"
            place = snapshot_folder(self._out, step)
            if checkpoint.exists() and not place.exists():
                _copy(checkpoint, place, self._base)


def snapshot_folder(out: Path, step: int) -> Path:
    """Returns where the snapshot after a step is kept.

    Args:
        out: The adapter folder.
        step: The number of steps.
    """
    return out / _FOLDER / f"step-{step}"


def snapshot_at(out: Path, mark: int) -> tuple[Path | None, int]:
    """Returns the adapter as it was within a number of rollouts, and how many it had taken.

    Args:
        out: The folder of a finished training that was given this mark.
        mark: The number of rollouts.

    Returns:
        Its folder, None if the first step took more; and the rollouts of its steps.
    """
    rollouts = [step.rollouts for step in TrainingLog(out / "train_log.jsonl").steps]
    step = steps_within(rollouts, mark)
    spent = sum(rollouts[:step])
    if step == 0:
        return None, 0
    if step == len(rollouts):
        return out, spent
    return snapshot_folder(out, step), spent


def steps_within(rollouts: Sequence[int], mark: int) -> int:
    """Returns how many steps stay within a number of rollouts.

    Args:
        rollouts: Rollouts of each step.
        mark: The number.

    Example:
        >>> steps_within([64, 96, 64], 160)
        2
    """
    total = 0
    for step, count in enumerate(rollouts):
        total += count
        if total > mark:
            return step
    return len(rollouts)


def _copy(checkpoint: Path, place: Path, base: str) -> None:
    # renamed when complete, so that a kill leaves none that is half copied
    part = place.parent / f".{place.name}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    settle(checkpoint, part, base)
    os.replace(part, place)
