"""Observations as vectors of a fixed size, by hashing words."""

from __future__ import annotations

import re
import zlib

import gymnasium as gym
import numpy as np
from gymnasium.spaces import Box
from gymnasium.utils import RecordConstructorArgs

_TOKEN = re.compile(r"\w+|[^\w\s]")


class HashedText(gym.ObservationWrapper[np.ndarray, str, str], RecordConstructorArgs):
    """The observation is a float32 vector of shape `(size,)` and unit length: signed counts of hashed word n-grams.

    The hashing trick of Weinberger et al., "Feature Hashing for Large Scale Multitask Learning" (2009), with CRC-32.
    There is no vocabulary and no state, so a text gives the same vector in any process.

    Example:
        >>> from trace_gym import make_env
        >>> env = HashedText(make_env("trace/ServiceDesk-v0"), size=64)
        >>> observation, info = env.reset(seed=0)
        >>> observation.shape, round(float(observation @ observation), 3)
        ((64,), 1.0)
    """

    def __init__(self, env: gym.Env[str, str], size: int = 1024, ngrams: int = 2) -> None:
        """Wraps an environment whose observation is text.

        Args:
            env: An environment with text observations.
            size: Number of entries of the vector, >= 1.
            ngrams: Length of the longest n-gram in words, >= 1; all shorter ones are counted too.

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
        """Returns a text as a vector; the empty text gives zeros.

        Args:
            observation: The environment's own observation.
        """
        tokens = _TOKEN.findall(observation.lower())
        vector = np.zeros(self._size, dtype=np.float32)

        for n in range(1, self._ngrams + 1):
            for start in range(len(tokens) - n + 1):
                ngram = " ".join(tokens[start : start + n])
                # a model may write half of a surrogate pair, which strict UTF-8 refuses
                code = zlib.crc32(ngram.encode("utf-8", "surrogatepass"))
                # the lowest bit is the sign, so that collisions cancel on average instead of adding up
                sign = 2.0 * (code & 1) - 1.0
                vector[(code >> 1) % self._size] += sign

        length = float(np.linalg.norm(vector))
        if length == 0.0:
            return vector
        return vector / np.float32(length)
