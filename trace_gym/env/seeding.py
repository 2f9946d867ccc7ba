"""Where randomness comes from: one independent stream per (split, index, difficulty)."""

from __future__ import annotations

import zlib
from functools import cache

import numpy as np

SPLITS: tuple[str, ...] = ("mine", "train", "evaluate", "demo")
"""The splits of every environment; their order is part of the task seeds and never changes."""

_ROOT = 0x7ACE


def split_number(split: str) -> int:
    """Returns the position of `split` in `SPLITS`.

    Raises:
        ValueError: if `split` is not a known split.
    """
    if split not in SPLITS:
        raise ValueError(f"Unknown split {split!r}; expected one of {', '.join(SPLITS)}.")
    return SPLITS.index(split)


def task_rng(split: str, index: int, difficulty: int) -> np.random.Generator:
    """Returns the generator that task `index` of a split is drawn from.

    Args:
        split: one of `SPLITS`.
        index: the task's number in its split, >= 0.
        difficulty: the difficulty level, >= 1.

    Raises:
        ValueError: if an argument is out of range.
    """
    if index < 0:
        raise ValueError(f"Task index must be >= 0, got {index}.")
    return np.random.default_rng(np.random.SeedSequence([_ROOT, split_number(split), index, difficulty]))


def episode_rng(seed: int, split: str, index: int, trial: int) -> np.random.Generator:
    """Returns the generator a policy samples from in one episode, the same in any process, batch and order."""
    named = split_number(split) if split in SPLITS else len(SPLITS) + zlib.crc32(split.encode())
    return np.random.default_rng(np.random.SeedSequence([_ROOT + 1, seed, named, index, trial]))


@cache
def numbers_of_split(digits: int, split: str) -> np.ndarray:
    """Returns the `digits`-digit numbers that only tasks of `split` may use.

    A number belongs to the split its digit sum leaves modulo `len(SPLITS)`, so that splits share no identifier
    (disjoint by construction) while every digit still occurs in every place.

    Returns:
        A sorted, read-only int array of the numbers in [10**(digits-1), 10**digits).
    """
    numbers = np.arange(10 ** (digits - 1), 10**digits)
    sums = sum((numbers // 10**place) % 10 for place in range(digits))
    chosen: np.ndarray = numbers[sums % len(SPLITS) == split_number(split)]
    chosen.setflags(write=False)  # shared between callers
    return chosen
