"""One environment whose tasks are those of several, in turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from trace_gym.env.episode import Episode
from trace_gym.env.task import Task
from trace_gym.env.tool_env import ToolEnv


class MixtureEnv(ToolEnv):
    """Task `i` is task `i // n` of environment `i % n`.

    Example:
        >>> from trace_gym import make_env
        >>> envs = [make_env("trace/ServiceDesk-v0"), make_env("trace/ServiceDesk-v0", split="train", difficulty=2)]
        >>> env = MixtureEnv(envs)
        >>> _ = env.reset(options={"index": 3})
        >>> env.index, envs[1].index
        (3, 1)
    """

    def __init__(self, envs: Sequence[ToolEnv]) -> None:
        """Takes turns among environments.

        Args:
            envs: At least one, all on one split.
        """
        super().__init__(split=envs[0].split)
        self._envs = list(envs)
        self._current = envs[0]

    @property
    def task_count(self) -> int | None:
        """As many tasks as the smallest environment has, times their number; None if none has an end."""
        counts = [env.task_count for env in self._envs if env.task_count is not None]
        if not counts:
            return None
        return min(counts) * len(self._envs)

    @property
    def episode(self) -> Episode:
        """The episode of the environment whose turn it is."""
        return self._current.episode

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        """Draws a task of the environment whose turn it is.

        Args:
            rng: The task's generator.
            split: The split.
            difficulty: The difficulty.
        """
        return self._current.make_task(rng, split, difficulty)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Starts an episode; see `ToolEnv.reset`.

        Args:
            seed: Seeds the index, where `options` names none.
            options: As in `ToolEnv.reset`.
        """
        options = dict(options or {})
        if "index" not in options:
            self.reset_index(seed)
            options["index"] = self._drawn_index()
        index = self._checked_index(options["index"])
        place, number = index % len(self._envs), index // len(self._envs)
        self._current = self._envs[place]
        self.tools = self._current.tools
        self._index = index
        return self._current.reset(options={**options, "index": number})

    def reset_index(self, seed: int | None) -> None:
        """Seeds the draw of indices.

        Args:
            seed: The seed; None leaves the generator as it is.
        """
        if seed is not None:
            self._np_random, self._np_random_seed = np.random.default_rng(np.random.SeedSequence(seed)), seed

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Takes a turn in the environment whose turn it is.

        Args:
            action: The whole turn.
        """
        return self._current.step(action)
