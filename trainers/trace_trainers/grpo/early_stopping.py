"""When a training ends before its last step, and why."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trace_trainers.grpo.config import TrainConfig
from trace_trainers.grpo.training_log import StepRecord

MASTERED = "mastered"
STALLED = "stalled"
FALLEN = "fallen"
NOTHING_TO_LEARN = "nothing_to_learn"
BUDGET = "budget"
LOSS = "loss"
GRADIENT = "gradient"
WEIGHTS = "weights"
BROKEN = (LOSS, GRADIENT, WEIGHTS)
"""Ends after which the last step's update is not kept."""
_RISE = 0.05
"""The least change of the mean reward that counts as one."""


def is_mastered(rewards: Sequence[float], config: TrainConfig) -> bool:
    """Returns whether each of the last `stop_window` steps has reached `stop_reward`.

    Args:
        rewards: Mean rewards of the steps so far.
        config: The settings.

    Example:
        >>> is_mastered([0.5, 0.96, 0.97, 0.95], TrainConfig())
        True
    """
    window = config.stop_window
    return len(rewards) >= window and min(rewards[-window:]) >= config.stop_reward


def is_stalled(rewards: Sequence[float], config: TrainConfig) -> bool:
    """Returns whether the mean over `stop_window` steps has not risen for `patience` steps.

    Args:
        rewards: Mean rewards of the steps so far.
        config: The settings; with a `patience` of 0 no training is stalled.

    Example:
        >>> is_stalled([0.2] * 15, TrainConfig())
        True
    """
    if len(rewards) < config.stop_window or config.patience == 0:
        return False

    best, *later = _window_means(rewards, config.stop_window)
    steps_without_rise = 0
    for mean in later:
        # against the best mean, not the last: a slow rise adds up to progress
        if mean >= best + _RISE:
            best = mean
            steps_without_rise = 0
        else:
            steps_without_rise += 1
    return steps_without_rise >= config.patience


def has_fallen(rewards: Sequence[float], config: TrainConfig) -> bool:
    """Returns whether the mean over `stop_window` steps has been below that of the start for `fall_patience` steps.

    A fall within twice the standard error of the difference is none: where rewards are rare, the first steps may have
    had one by luck.

    Args:
        rewards: Mean rewards of the steps so far.
        config: The settings; with a `fall_patience` of 0 no training has fallen.

    Example:
        >>> has_fallen([0.7, 0.7, 0.7] + [0.4] * 8, TrainConfig())
        True
        >>> has_fallen([0.2] + [0.0] * 10, TrainConfig())
        False
    """
    steps = config.stop_window + config.fall_patience - 1
    if len(rewards) < config.stop_window + config.fall_patience or config.fall_patience == 0:
        return False

    start, *later = _window_means(rewards, config.stop_window)
    if max(later[-config.fall_patience :]) > start - _RISE:
        return False
    first, newest = np.array(rewards[: config.stop_window]), np.array(rewards[-steps:])
    error = np.sqrt(first.var() / len(first) + newest.var() / len(newest))
    return bool(first.mean() - newest.mean() > 2 * error)


def has_nothing_to_learn(steps: Sequence[StepRecord], config: TrainConfig) -> bool:
    """Returns whether no group of the last `dead_patience` steps had any variance, not even after resampling.

    Args:
        steps: The steps so far.
        config: The settings; with a `dead_patience` of 0 there is always something to learn.

    Example:
        >>> dead = StepRecord(0, 0.0, 128, zero_variance_groups_after_resampling=8)
        >>> has_nothing_to_learn([dead] * 4, TrainConfig()), has_nothing_to_learn([dead] * 5, TrainConfig())
        (False, True)
    """
    newest = steps[len(steps) - config.dead_patience :]
    if config.dead_patience == 0 or len(steps) < config.dead_patience:
        return False
    return all(step.zero_variance_groups_after_resampling == config.groups for step in newest)


def ending(steps: Sequence[StepRecord], config: TrainConfig) -> str:
    """Returns why a training may end, judged by its steps, or an empty text if it goes on.

    Args:
        steps: The steps so far.
        config: The settings.

    Example:
        >>> ending([StepRecord(step, reward, 64) for step, reward in enumerate([0.1, 0.97, 0.98, 1.0])], TrainConfig())
        'mastered'
    """
    rewards = [step.reward for step in steps]
    # mastered first: a group without variance is then one whose rollouts all succeed
    if is_mastered(rewards, config):
        return MASTERED
    if has_nothing_to_learn(steps, config):
        return NOTHING_TO_LEARN
    if has_fallen(rewards, config):
        return FALLEN
    if is_stalled(rewards, config):
        return STALLED
    return ""


def fault(step: StepRecord, config: TrainConfig) -> str:
    """Returns what of a step is broken, so that its update must not be kept, or an empty text.

    Args:
        step: The newest step.
        config: The settings.

    Example:
        >>> fault(StepRecord(7, 0.5, 64, loss=0.1, grad_norm=2e6), TrainConfig())
        'gradient'
    """
    # None stands for what is no finite number
    if step.loss is None:
        return LOSS
    if step.grad_norm is None or 0 < config.stop_grad_norm < step.grad_norm:
        return GRADIENT
    return ""


def explain(why: str, step: StepRecord, config: TrainConfig) -> str:
    """Returns the sentence about an end, or an empty text if the training took all its steps.

    Args:
        why: What `ending` or `fault` returned, or `BUDGET` or `WEIGHTS`.
        step: The last step.
        config: The settings.

    Example:
        >>> explain("mastered", StepRecord(13, 1.0, 64), TrainConfig(steps=40))
        'ended before step 40, as the environment is mastered (stop_reward)'
    """
    if not why:
        return ""
    norm = "its gradient is not a finite number"
    if step.grad_norm is not None:
        norm = f"its gradient norm {step.grad_norm:.6g} is above stop_grad_norm = {config.stop_grad_norm:g}"
    dead = "no group differed in reward"
    reasons = {
        MASTERED: "the environment is mastered (stop_reward)",
        STALLED: f"the reward had not risen for {config.patience} steps (patience)",
        FALLEN: f"the reward had been below that of the start for {config.fall_patience} steps (fall_patience)",
        NOTHING_TO_LEARN: f"there is nothing to learn here: {dead} for {config.dead_patience} steps (dead_patience)",
        BUDGET: f"another step would exceed max_rollouts = {config.max_rollouts}",
        LOSS: "its loss is not a finite number",
        GRADIENT: norm,
        WEIGHTS: "with its weights the model no longer gives finite numbers",
    }
    if why in BROKEN:
        return f"ended at step {step.step + 1}, as {reasons[why]}; the update of that step is not kept"
    return f"ended before step {config.steps}, as {reasons[why]}"


def _window_means(rewards: Sequence[float], window: int) -> list[float]:
    """Returns the mean of each window, as the rewards of single steps vary too much to judge by."""
    means = []
    for start in range(len(rewards) - window + 1):
        means.append(sum(rewards[start : start + window]) / window)
    return means
