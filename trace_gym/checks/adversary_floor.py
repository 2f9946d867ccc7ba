"""The floor that every adversarial policy must stay below."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trace_gym.checks.adversaries import ADVERSARIES, Adversary
from trace_gym.checks.finding import Finding
from trace_gym.checks.playing import play
from trace_gym.checks.subject import Subject
from trace_gym.env.tool_env import ToolEnv

FLOOR = 0.2
"""The mean reward an adversary must stay below."""


def adversaries(subject: Subject) -> Iterator[Finding]:
    """Checks the mean reward of each adversary.

    Yields:
        `adversary.<name>` for each one at or above `FLOOR`.
    """
    env = subject.make()
    for name, adversary in ADVERSARIES.items():
        mean = _mean_reward(adversary, env, subject.tasks)
        if mean >= FLOOR:
            summary = (adversary.__doc__ or name).splitlines()[0].rstrip(".")
            yield Finding(
                f"adversary.{name}",
                f"The adversary {name!r} ({summary[0].lower()}{summary[1:]}) earns {mean:.2f} on average over "
                f"{subject.tasks} tasks, expected less than {FLOOR}; reward what it skips.",
            )


def _mean_reward(adversary: Adversary, env: ToolEnv, tasks: int) -> float:
    rewards = []
    for index in range(tasks):
        # the adversary reads the task, and playing its turns starts the task over
        env.reset(options={"index": index})
        turns = adversary(env, index)
        rewards.append(play(env, index, turns).reward)
    return float(np.mean(rewards))
