"""Which contrasts so many attempts could show at all."""

from __future__ import annotations

import numpy as np

from trace_gym.capabilities.significance import log_factorials, shuffles_reaching

_POWER = 0.80
"""How often a delta must be found to count as one that the data can show (Cohen 1988)."""
_STEPS = 1000
"""Deltas are multiples of one part in so many."""
_NEGLIGIBLE = 1e-9


def least_delta(failed: int, passed: int, error_rate_passed: float, level: float) -> float | None:
    """Returns the least delta that so many attempts show in four of five logs.

    It is the power of the exact test, summed over what two binomials may bring, and not approximated.

    Args:
        failed: Failures that show an occasion.
        passed: Passes that show an occasion.
        error_rate_passed: ER+, from which delta is counted.
        level: The one-sided p-value that must be reached.

    Returns:
        A value in (0, 1], or None where no delta is shown as often as that.

    Example:
        >>> least_delta(20, 20, 0.1, level=0.05), least_delta(200, 200, 0.1, level=0.05)
        (0.379, 0.092)
        >>> least_delta(3, 3, 0.1, level=0.05) is None
        True
    """
    factorials = log_factorials(failed + passed)
    chances = _binomial(passed, error_rate_passed, factorials)
    likely = np.flatnonzero(chances > _NEGLIGIBLE)
    needed = _needed(failed, passed, likely, level, factorials)

    def power(step: int) -> float:
        chances_failed = _binomial(failed, min(1.0, error_rate_passed + step / _STEPS), factorials)
        at_least = np.append(np.cumsum(chances_failed[::-1])[::-1], 0.0)
        return float(chances[likely] @ at_least[needed])

    # a larger delta is found more often, so halving finds the least
    low = 0
    high = int(round((1 - error_rate_passed) * _STEPS, 6))
    if power(high) < _POWER:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if power(middle) < _POWER:
            low = middle
        else:
            high = middle
    return high / _STEPS


def _needed(failed: int, passed: int, lacking_passed: np.ndarray, level: float, factorials: np.ndarray) -> np.ndarray:
    """Returns, for each number of passes that lack it, how many failures must for p to reach the level.

    One more than there are where no number does.
    """
    needed = []
    least = 0
    for count in map(int, lacking_passed):
        # with more passes that lack it, no fewer failures do; and those of the same rate are never enough
        least = max(least, failed * count // max(passed, 1))
        while least <= failed and shuffles_reaching(least, least + count, failed, factorials) > level:
            least += 1
        needed.append(least)
    return np.array(needed, dtype=int)


def _binomial(trials: int, rate: float, factorials: np.ndarray) -> np.ndarray:
    """Returns the chances of 0, 1, ... successes."""
    counts = np.arange(trials + 1)
    if rate in (0.0, 1.0):
        return np.asarray(counts == trials * rate, dtype=float)
    logs = factorials[trials] - factorials[counts] - factorials[trials - counts]
    return np.asarray(np.exp(logs + counts * np.log(rate) + (trials - counts) * np.log(1 - rate)))
