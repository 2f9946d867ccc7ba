"""When a training may end before its last step."""

from __future__ import annotations

from collections.abc import Sequence

from trace_trainers.grpo.config import TrainConfig

_RISE = 0.05
"""The least rise of the mean reward that counts as progress."""


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
    window = config.stop_window
    if len(rewards) < window or config.patience == 0:
        return False

    # the mean of a window, as the rewards of single steps vary too much to judge by
    best = sum(rewards[:window]) / window
    steps_without_rise = 0
    for start in range(1, len(rewards) - window + 1):
        mean = sum(rewards[start : start + window]) / window
        # against the best mean, not the last: a slow rise adds up to progress
        if mean >= best + _RISE:
            best = mean
            steps_without_rise = 0
        else:
            steps_without_rise += 1
    return steps_without_rise >= config.patience


def is_finished(rewards: Sequence[float], config: TrainConfig) -> bool:
    """Returns whether training may end: the environment is mastered, or the reward has stopped rising.

    Args:
        rewards: Mean rewards of the steps so far.
        config: The settings.

    Example:
        >>> is_finished([0.1, 0.2, 0.3], TrainConfig())
        False
    """
    return is_mastered(rewards, config) or is_stalled(rewards, config)


def reason(steps: int, last_reward: float, config: TrainConfig) -> str:
    """Returns why a training ended before its last step, or an empty text if it did not.

    Args:
        steps: How many steps it took.
        last_reward: The mean reward of its last step.
        config: The settings.

    Example:
        >>> reason(14, 1.0, TrainConfig(steps=40))
        'ended before step 40, as the environment is mastered (stop_reward)'
    """
    if steps >= config.steps:
        return ""
    if last_reward >= config.stop_reward:
        return f"ended before step {config.steps}, as the environment is mastered (stop_reward)"
    return f"ended before step {config.steps}, as the reward had not risen for {config.patience} steps (patience)"
