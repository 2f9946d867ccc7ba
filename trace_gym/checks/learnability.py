"""Whether an environment is worth training on: does a weak policy's reward vary, and is harder harder?"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from trace_gym.checks.finding import Finding
from trace_gym.checks.subject import Subject, play
from trace_gym.env.parsing import render_call
from trace_gym.env.tool_env import ToolEnv

GROUP = 8
_SKILL = 0.7
_MOST_EQUAL = 0.9
_SLACK = 0.1


def report(subject: Subject) -> dict[str, Any]:
    """Plays groups of a weak policy: each turn is the solution's with probability 0.7, else a candidate at random.

    Returns:
        `by_difficulty`: mean reward by level; `equal_groups`: share of groups of 8 attempts at one task whose rewards
        are all equal, which GRPO learns nothing from; `groups`: how many were played per level.
    """
    if not subject.learnability:
        subject.learnability = _report(subject)
    return subject.learnability


def _report(subject: Subject) -> dict[str, Any]:
    rewards: dict[int, np.ndarray] = {}
    for level in subject.levels:
        env = subject.make(difficulty=level)
        rows = [[_weak(env, index, trial) for trial in range(GROUP)] for index in range(subject.tasks)]
        rewards[level] = np.array(rows)
    easiest = next(iter(rewards.values()))
    return {
        "by_difficulty": {str(level): float(values.mean()) for level, values in rewards.items()},
        "equal_groups": float(np.mean(easiest.max(axis=1) == easiest.min(axis=1))),
        "groups": subject.tasks,
    }


def learnable(subject: Subject) -> Iterator[Finding]:
    """learnability.signal, learnability.difficulty: judged from `report`."""
    found = report(subject)
    if found["equal_groups"] > _MOST_EQUAL:
        yield Finding(
            "learnability.signal",
            f"{found['equal_groups']:.0%} of a weak policy's groups have equal rewards, so nothing can be learnt from "
            "them; pay for parts of the task, or make the first level easier.",
            "warning",
        )
    means = list(found["by_difficulty"].values())
    for level, (easier, harder) in enumerate(itertools.pairwise(means), 1):
        if harder > easier + _SLACK:
            yield Finding(
                "learnability.difficulty",
                f"Level {level + 1} is easier for a weak policy than level {level}: {harder:.2f} against {easier:.2f}.",
                "warning",
            )


def _weak(env: ToolEnv, index: int, trial: int) -> float:
    env.reset(options={"index": index})
    rng = np.random.default_rng([index, trial])
    others = [*map(render_call, env.candidate_calls()), *env.candidate_messages()]
    gold = env.oracle()
    turns = [turn if rng.random() < _SKILL else others[int(rng.integers(len(others)))] for turn in gold]
    return play(env, index, turns).reward if turns else 0.0
