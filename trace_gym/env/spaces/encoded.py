"""The base of our spaces: members of no fixed shape that have a UTF-8 encoding of bounded length."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, TypeVar

import gymnasium as gym
import numpy as np

T = TypeVar("T")
Seed = int | np.random.Generator | None
"""What a space takes as its seed; None leaves it open."""

PADDING = 0xFF
"""Pads flattened members; no UTF-8 text contains this byte."""


class EncodedSpace(gym.Space[T]):
    """A space whose members are stored, flattened and shared between processes as UTF-8 bytes.

    Example:
        >>> from trace_gym.env.spaces import Utf8Text
        >>> space = Utf8Text(max_chars=8)
        >>> space.decode(space.encode("naïve"))
        'naïve'
    """

    def __init__(self, max_bytes: int, seed: Seed = None) -> None:
        """Makes the space.

        Args:
            max_bytes: Longest encoding of a member, >= 1.
            seed: Seeds `sample`.
        """
        # the dtype is that of a flattened member, which Dict and Tuple spaces ask for
        super().__init__(shape=None, dtype=np.uint8, seed=seed)
        self.max_bytes = max_bytes

    @abstractmethod
    def encode(self, x: T) -> bytes:
        """Writes a member as UTF-8.

        Args:
            x: A member.
        """
        raise NotImplementedError

    @abstractmethod
    def decode(self, data: bytes) -> T:
        """Reads what `encode` wrote.

        Args:
            data: What `encode` returned for a member.
        """
        raise NotImplementedError

    @property
    @abstractmethod
    def empty(self) -> T:
        """What stands for "nothing yet" before the first `reset`."""
        raise NotImplementedError

    @property
    def is_np_flattenable(self) -> bool:
        """True: to `max_bytes` bytes."""
        return True

    def encoded(self, x: T) -> bytes:
        """Writes a member as UTF-8, and makes sure that it fits.

        Args:
            x: A member.

        Raises:
            ValueError: If it is longer than `max_bytes`.
        """
        data = self.encode(x)
        if len(data) > self.max_bytes:
            raise ValueError(f"A member of {self} takes at most {self.max_bytes} bytes, actually: {len(data)}.")
        return data

    def defining(self) -> dict[str, Any]:
        """Returns what two equal spaces have in common: every public attribute but the generator."""
        return {key: value for key, value in vars(self).items() if not key.startswith("_")}

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and isinstance(other, EncodedSpace) and other.defining() == self.defining()

    __hash__ = None  # type: ignore[assignment]


def choose(rng: np.random.Generator, weights: Sequence[float], mask: Any, probability: Any) -> int:
    """Draws a position.

    Args:
        rng: The generator.
        weights: What to draw by when neither of the following is given, >= 0.
        mask: int8 array of 0 and 1, of the length of `weights`; only positions with 1 are drawn.
        probability: float array of the same length that adds up to 1; replaces `weights`.

    Returns:
        A position in `weights`.

    Raises:
        ValueError: If both are given, or one is malformed.

    Example:
        >>> choose(np.random.default_rng(0), [1.0, 1.0, 1.0], np.array([0, 1, 0], np.int8), None)
        1
    """
    if mask is not None and probability is not None:
        raise ValueError("Only one of mask and probability can be given, actually both are.")
    if probability is not None:
        chances = _checked_probability(probability, len(weights))
    else:
        chances = np.asarray(weights, dtype=float)
    if mask is not None:
        chances = chances * _checked_mask(mask, len(weights))
        if not chances.any():
            raise ValueError(f"mask allows nothing, got {mask!r}; set at least one place to 1.")
    return int(rng.choice(len(chances), p=chances / chances.sum()))


def _checked_probability(probability: Any, count: int) -> np.ndarray:
    chances = np.asarray(probability, dtype=float)
    if chances.shape != (count,) or (chances < 0).any() or not np.isclose(chances.sum(), 1.0):
        raise ValueError(f"probability must be {count} numbers >= 0 that add up to 1, got {probability!r}.")
    return chances


def _checked_mask(mask: Any, count: int) -> np.ndarray:
    allowed = np.asarray(mask)
    if allowed.shape != (count,) or not np.isin(allowed, (0, 1)).all():
        raise ValueError(f"mask must be {count} numbers, each 0 or 1, got {mask!r}.")
    return allowed
