"""Text as its UTF-8 bytes, cut and padded to one length."""

from __future__ import annotations

from typing import Literal

import gymnasium as gym
import numpy as np
from gymnasium.spaces import Box
from gymnasium.utils import RecordConstructorArgs


class ByteText(gym.ObservationWrapper[np.ndarray, str, str], RecordConstructorArgs):
    """The observation is a uint8 vector of UTF-8 bytes, padded right with 0."""

    def __init__(self, env: gym.Env[str, str], length: int = 1024, keep: Literal["start", "end"] = "end") -> None:
        """Wraps an environment whose observation is text.

        Args:
            env: The environment.
            length: Bytes kept, >= 1.
            keep: Which part of a longer text is kept.

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
        """Encodes a text.

        Args:
            observation: The text to show.
        """
        data = observation.encode()
        if self._keep == "start":
            data = data[: self._length]
        else:
            data = data[-self._length :]
        vector = np.zeros(self._length, dtype=np.uint8)
        vector[: len(data)] = np.frombuffer(data, dtype=np.uint8)
        return vector
