"""Observations as UTF-8 bytes, cut and padded to a fixed length."""

from __future__ import annotations

from typing import Literal

import gymnasium as gym
import numpy as np
from gymnasium.spaces import Box
from gymnasium.utils import RecordConstructorArgs


class ByteText(gym.ObservationWrapper[np.ndarray, str, str], RecordConstructorArgs):
    """The observation is a uint8 vector of shape `(length,)`: the text's UTF-8 bytes, padded on the right with 0.

    Example:
        >>> from trace_gym import make_env
        >>> env = ByteText(make_env("trace/ServiceDesk-v0"), length=8, keep="start")
        >>> env.observation("né").tolist()
        [110, 195, 169, 0, 0, 0, 0, 0]
        >>> observation, info = env.reset(seed=0)
        >>> observation in env.observation_space
        True
    """

    def __init__(self, env: gym.Env[str, str], length: int = 1024, keep: Literal["start", "end"] = "end") -> None:
        """Wraps an environment whose observation is text.

        Args:
            env: An environment with text observations.
            length: Size of the vector in bytes, >= 1.
            keep: Which part of a longer text to keep, `"start"` or `"end"`.

        Raises:
            ValueError: If an argument is out of range.
        """
        if length < 1 or keep not in ("start", "end"):
            raise ValueError(f"length must be >= 1 and keep 'start' or 'end', got {length} and {keep!r}.")

        RecordConstructorArgs.__init__(self, length=length, keep=keep)
        gym.ObservationWrapper.__init__(self, env)
        self.observation_space = Box(0, 255, (length,), np.uint8)
        self._length = length
        self._keep = keep

    def observation(self, observation: str) -> np.ndarray:
        """Returns a text as bytes.

        Args:
            observation: The environment's own observation.
        """
        data = observation.encode()
        # a cut may fall inside a character: the vector is for networks over bytes, and is never decoded
        if self._keep == "start":
            data = data[: self._length]
        else:
            data = data[-self._length :]

        vector = np.zeros(self._length, dtype=np.uint8)
        vector[: len(data)] = np.frombuffer(data, dtype=np.uint8)
        return vector
