"""Text as a fixed vector, by stateless hashing of its words."""

from __future__ import annotations

import re
import zlib

import gymnasium as gym
import numpy as np
from gymnasium.spaces import Box
from gymnasium.utils import RecordConstructorArgs

_TOKEN = re.compile(r"\w+|[^\w\s]")


class HashedText(gym.ObservationWrapper[np.ndarray, str, str], RecordConstructorArgs):
    """The observation is a float32 vector of unit length: signed counts of word n-grams at hashed places.

    The hashing trick of Weinberger et al., "Feature Hashing for Large Scale Multitask Learning" (2009), with CRC-32.
    Nothing is learnt or kept, so the same text gives the same vector in any process.
    """

    def __init__(self, env: gym.Env[str, str], size: int = 1024, ngrams: int = 2) -> None:
        """Wraps an environment whose observation is text.

        Args:
            env: The environment.
            size: Length of the vector, >= 1.
            ngrams: The longest word n-gram counted, >= 1.

        Raises:
            ValueError: If an argument is below 1.
        """
        if min(size, ngrams) < 1:
            raise ValueError(f"size and ngrams must be >= 1, got {size} and {ngrams}.")
        RecordConstructorArgs.__init__(self, size=size, ngrams=ngrams)
        gym.ObservationWrapper.__init__(self, env)
        self.observation_space = Box(-1.0, 1.0, (size,), np.float32)
        self._size = size
        self._ngrams = ngrams

    def observation(self, observation: str) -> np.ndarray:
        """Hashes a text; the empty one is all zeros.

        Args:
            observation: The text to show.
        """
        tokens = _TOKEN.findall(observation.lower())
        vector = np.zeros(self._size, dtype=np.float32)
        for n in range(1, self._ngrams + 1):
            for i in range(len(tokens) - n + 1):
                code = zlib.crc32(" ".join(tokens[i : i + n]).encode("utf-8", "surrogatepass"))
                vector[(code >> 1) % self._size] += 1.0 if code & 1 else -1.0

        length = float(np.linalg.norm(vector))
        if length:
            return vector / np.float32(length)
        return vector
