"""Where randomness comes from: one independent stream per (split, index, difficulty)."""

from __future__ import annotations

import zlib
from functools import cache

import numpy as np

SPLITS: tuple[str, ...] = ("mine", "train", "evaluate", "demo")
"""The splits of every environment; their order is part of the task seeds and never changes."""

_ROOT = 0x7ACE
"""Keeps our streams apart from those of anybody else who seeds with small numbers."""


def split_number(split: str) -> int:
    """Returns a split's position in `SPLITS`.

    Args:
        split: One of `SPLITS`.

    Raises:
        ValueError: If it is not.

    Example:
        >>> split_number("train")
        1
    """
    if split not in SPLITS:
        raise ValueError(f"Unknown split {split!r}; expected one of {', '.join(SPLITS)}.")
    return SPLITS.index(split)


def task_rng(split: str, index: int, difficulty: int) -> np.random.Generator:
    """Returns the generator that a task is drawn from.

    Args:
        split: One of `SPLITS`.
        index: The task's number in its split, >= 0.
        difficulty: The difficulty level, >= 1.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> task_rng("train", 3, 1).random() == task_rng("train", 3, 1).random()
        True
    """
    if index < 0:
        raise ValueError(f"Task index must be >= 0, got {index}.")
    return np.random.default_rng(np.random.SeedSequence([_ROOT, split_number(split), index, difficulty]))


def episode_rng(seed: int, split: str, index: int, trial: int) -> np.random.Generator:
    """Returns the generator a policy samples from in one episode, the same in any process, batch and order.

    Args:
        seed: Of the whole rollout.
        split: Any split, also those that only a benchmark has.
        index: The task's number in its split.
        trial: The attempt's number.
    """
    if split in SPLITS:
        number = split_number(split)
    else:
        # a checksum, since hash() of a text differs from process to process
        number = len(SPLITS) + zlib.crc32(split.encode())
    return np.random.default_rng(np.random.SeedSequence([_ROOT + 1, seed, number, index, trial]))


@cache
def numbers_of_split(digits: int, split: str) -> np.ndarray:
    """Returns the numbers that only tasks of one split may use in identifiers.

    A number belongs to the split its digit sum leaves modulo `len(SPLITS)`, so that splits share no identifier
    (disjoint by construction) while every digit still occurs in every place.

    Args:
        digits: How many digits, >= 1.
        split: One of `SPLITS`.

    Returns:
        A sorted, read-only int array of numbers in [10**(digits-1), 10**digits).

    Example:
        >>> numbers_of_split(2, "mine")[:4].tolist()
        [13, 17, 22, 26]
    """
    numbers = np.arange(10 ** (digits - 1), 10**digits)
    digit_sums = sum((numbers // 10**place) % 10 for place in range(digits))
    chosen: np.ndarray = numbers[digit_sums % len(SPLITS) == split_number(split)]
    # shared between callers
    chosen.setflags(write=False)
    return chosen
