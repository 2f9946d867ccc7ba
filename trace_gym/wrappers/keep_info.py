"""Infos cut down to a few keys, for libraries that cannot store lists that grow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import gymnasium as gym
from gymnasium.utils import RecordConstructorArgs


class KeepInfo(gym.Wrapper[Any, Any, Any, Any], RecordConstructorArgs):
    """`info` holds the named keys only.

    Tianshou, for one, stacks infos into arrays of one shape, and a conversation is longer at every step.

    Example:
        >>> from trace_gym import make_env
        >>> env = KeepInfo(make_env("trace/ServiceDesk-v0"), keys=["split"])
        >>> _, info = env.reset(seed=0)
        >>> info
        {'split': 'train'}
    """

    def __init__(self, env: gym.Env[Any, Any], keys: Iterable[str] = ("action_mask",)) -> None:
        """Wraps an environment.

        Args:
            env: Any environment.
            keys: The keys to keep; one that is missing from an `info` is skipped.
        """
        self._keys = tuple(keys)
        # a list, because an EnvSpec is stored as JSON, which has no tuples
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
            action: An action of the wrapped environment.
        """
        observation, reward, terminated, truncated, info = self.env.step(action)
        return observation, reward, terminated, truncated, self._kept(info)

    def _kept(self, info: dict[str, Any]) -> dict[str, Any]:
        return {key: info[key] for key in self._keys if key in info}
