"""Intervals and paired tests for success rates."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

_Z = 1.959963984540054


def wilson(successes: int, n: int) -> tuple[float, float]:
    """95 % Wilson score interval of a rate (Wilson 1927).

    Args:
        successes: passes, 0 to n.
        n: trials, >= 1.

    Returns:
        Lower and upper end, in [0, 1].
    """
    rate = successes / n
    centre = rate + _Z**2 / (2 * n)
    half = _Z * math.sqrt(rate * (1 - rate) / n + _Z**2 / (4 * n**2))
    scale = 1 + _Z**2 / n
    return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)


def mcnemar(first: Sequence[bool], second: Sequence[bool]) -> float:
    """Two-sided exact McNemar test on paired outcomes (McNemar 1947; exact binomial form).

    Returns:
        The p-value in (0, 1]; 1.0 when the pairs never differ.
    """
    only_first = sum(a and not b for a, b in zip(first, second, strict=True))
    only_second = sum(b and not a for a, b in zip(first, second, strict=True))
    n, k = only_first + only_second, min(only_first, only_second)
    if n == 0:
        return 1.0
    tail = sum(math.comb(n, i) for i in range(k + 1)) / 2**n
    return min(1.0, 2 * tail)


def paired_interval(
    first: Sequence[bool], second: Sequence[bool], *, seed: int = 0, rounds: int = 4000
) -> tuple[float, float]:
    """95 % bootstrap interval, over tasks, of the difference of success rates second - first."""
    difference = np.array(second, dtype=float) - np.array(first, dtype=float)
    rng = np.random.default_rng(np.random.SeedSequence([seed, len(difference)]))
    means = difference[rng.integers(len(difference), size=(rounds, len(difference)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
