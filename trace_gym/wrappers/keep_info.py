"""Drops what some libraries cannot store: infos whose lists grow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import gymnasium as gym
from gymnasium.utils import RecordConstructorArgs


class KeepInfo(gym.Wrapper[Any, Any, Any, Any], RecordConstructorArgs):
    """`info` keeps the named keys only, for libraries that stack infos into arrays of one shape (Tianshou does)."""

    def __init__(self, env: gym.Env[Any, Any], keys: Iterable[str] = ("action_mask",)) -> None:
        """Wraps an environment.

        Args:
            env: Any environment.
            keys: What to keep; a key that an `info` lacks is no error.
        """
        self._keys = tuple(keys)
        RecordConstructorArgs.__init__(self, keys=list(self._keys))
        gym.Wrapper.__init__(self, env)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Starts an episode.

        Args:
            seed: As in `Env.reset`.
            options: As in `Env.reset`.
        """
        observation, info = self.env.reset(seed=seed, options=options)
        return observation, self._kept(info)

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Takes one turn.

        Args:
            action: As the environment takes it.
        """
        observation, reward, terminated, truncated, info = self.env.step(action)
        return observation, reward, terminated, truncated, self._kept(info)

    def _kept(self, info: dict[str, Any]) -> dict[str, Any]:
        return {key: info[key] for key in self._keys if key in info}
