"""Whether an environment is worth training on: a weak policy's reward varies, and harder levels are harder."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from trace_gym.checks.finding import Finding
from trace_gym.checks.playing import play
from trace_gym.checks.subject import Subject
from trace_gym.env.parsing import render_call
from trace_gym.env.tool_env import ToolEnv

GROUP = 8
"""Attempts at one task, as GRPO plays a group."""
_SKILL = 0.7
_MOST_EQUAL = 0.9
_SLACK = 0.1


def report(subject: Subject) -> dict[str, Any]:
    """Plays groups of a weak policy: each turn is the solution's with probability 0.7, else a random candidate.

    Args:
        subject: The environment under test, which keeps the report so that it is made once.

    Returns:
        `by_difficulty`: mean reward by level; `zero_variance_groups`: share, at the first level, of groups (8 attempts
        at one task) whose rewards are all equal, whose group-relative advantages are 0 (DeepSeekMath, section 4.1), so
        that GRPO learns nothing from them; `groups`: how many were played per level.
    """
    if not subject.learnability:
        rewards_by_level = {level: _group_rewards(subject, level) for level in subject.levels}
        subject.learnability = _summary(rewards_by_level)
    return subject.learnability


def learnable(subject: Subject) -> Iterator[Finding]:
    """Judges `report`. Both findings are warnings, as they concern training value and not the contract.

    Yields:
        `learnability.signal`, `learnability.difficulty`.
    """
    summary = report(subject)
    equal = summary["zero_variance_groups"]
    if equal > _MOST_EQUAL:
        yield Finding(
            "learnability.signal",
            f"{equal:.0%} of a weak policy's groups have equal rewards, expected at most {_MOST_EQUAL:.0%}, as they "
            "give no gradient; pay for parts of the task, or make the first level easier.",
            "warning",
        )

    means = list(summary["by_difficulty"].values())
    for level, (easier, harder) in enumerate(itertools.pairwise(means), 1):
        if harder > easier + _SLACK:
            yield Finding(
                "learnability.difficulty",
                f"Level {level + 1} is easier for a weak policy than level {level} (mean reward {harder:.2f} against "
                f"{easier:.2f}); make it ask for more.",
                "warning",
            )


def _group_rewards(subject: Subject, level: int) -> np.ndarray:
    """Rewards of the weak policy at one level, shape (tasks, GROUP)."""
    env = subject.make(difficulty=level)
    rewards = np.zeros((subject.tasks, GROUP))
    for index in range(subject.tasks):
        for trial in range(GROUP):
            rewards[index, trial] = _weak_reward(env, index, trial)
    return rewards


def _summary(rewards_by_level: dict[int, np.ndarray]) -> dict[str, Any]:
    first_level = next(iter(rewards_by_level.values()))
    is_equal = first_level.max(axis=1) == first_level.min(axis=1)
    return {
        "by_difficulty": {str(level): float(rewards.mean()) for level, rewards in rewards_by_level.items()},
        "zero_variance_groups": float(np.mean(is_equal)),
        "groups": len(first_level),
    }


def _weak_reward(env: ToolEnv, index: int, trial: int) -> float:
    """The reward of one attempt, whose mistakes depend on `index` and `trial` alone."""
    env.reset(options={"index": index})
    rng = np.random.default_rng([index, trial])
    # mistakes make sense for the task: turns sampled at random would mostly be refused and cost little
    mistakes = [*map(render_call, env.candidate_calls()), *env.candidate_messages()]

    turns = []
    for turn in env.oracle():
        if rng.random() < _SKILL:
            turns.append(turn)
        else:
            turns.append(mistakes[int(rng.integers(len(mistakes)))])
    return play(env, index, turns).reward
