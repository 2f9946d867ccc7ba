"""When a training may end before its last step."""

from __future__ import annotations

from collections.abc import Sequence

from trace_trainers.grpo.config import TrainConfig

_RISE = 0.05
"""How much the mean reward must rise to count as progress."""


def is_mastered(rewards: Sequence[float], config: TrainConfig) -> bool:
    """Returns whether each of the last steps has reached the reward at which training ends.

    Args:
        rewards: Mean rewards of the steps so far.
        config: `stop_reward` and `stop_window`.

    Example:
        >>> is_mastered([0.5, 0.96, 0.97, 0.95], TrainConfig())
        True
    """
    window = config.stop_window
    return len(rewards) >= window and min(rewards[-window:]) >= config.stop_reward


def is_stalled(rewards: Sequence[float], config: TrainConfig) -> bool:
    """Returns whether the mean over a window of steps has not risen for `patience` steps.

    Args:
        rewards: Mean rewards of the steps so far.
        config: `patience` (0: never) and `stop_window`.

    Example:
        >>> is_stalled([0.2] * 15, TrainConfig())
        True
    """
    window = config.stop_window
    if len(rewards) < window or config.patience == 0:
        return False
    windows = range(len(rewards) - window + 1)
    means = [sum(rewards[start : start + window]) / window for start in windows]

    best = means[0]
    since = 0
    for mean in means[1:]:
        if mean >= best + _RISE:
            best = mean
            since = 0
        else:
            since += 1
    return since >= config.patience


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
    """Says why a training ended before its last step; empty if it did not.

    Args:
        steps: Steps it took.
        last_reward: Its last mean reward.
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
