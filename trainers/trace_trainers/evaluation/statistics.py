"""Confidence intervals and paired tests for success rates, computed by scipy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

_CONFIDENCE = 0.95


def wilson(successes: int, n: int) -> tuple[float, float]:
    """Returns the 95 % Wilson score interval of a rate (Wilson 1927, eq. 7).

    Args:
        successes: Passes, 0 to n.
        n: Trials, >= 1.

    Returns:
        Lower and upper end, in [0, 1].

    Example:
        >>> low, high = wilson(8, 10)
        >>> round(low, 3), round(high, 3)
        (0.49, 0.943)
    """
    interval = stats.binomtest(successes, n).proportion_ci(_CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)


def mcnemar(first: Sequence[bool], second: Sequence[bool]) -> float:
    """Returns the two-sided p-value of the McNemar test (McNemar 1947), in its exact binomial form.

    Args:
        first: Outcomes of one agent, a task each.
        second: Outcomes of the other on the same tasks.

    Returns:
        A value in (0, 1]; 1.0 when the agents never differ.

    Example:
        >>> mcnemar([False] * 5, [True] * 5)
        0.0625
    """
    only_first = sum(a and not b for a, b in zip(first, second, strict=True))
    only_second = sum(b and not a for a, b in zip(first, second, strict=True))

    differing = only_first + only_second
    if differing == 0:
        # scipy refuses a test of no trials
        return 1.0
    return float(stats.binomtest(only_first, differing, 0.5).pvalue)


def paired_interval(
    first: Sequence[bool], second: Sequence[bool], *, seed: int = 0, rounds: int = 4000
) -> tuple[float, float]:
    """Returns a 95 % percentile bootstrap interval (Efron 1979) of the difference of success rates.

    Tasks are resampled, each with both agents' outcomes on it.

    Args:
        first: Outcomes of one agent, a task each.
        second: Outcomes of the other on the same tasks.
        seed: Seeds the resampling.
        rounds: Resamples.

    Returns:
        Lower and upper end of second minus first, in [-1, 1].

    Example:
        >>> paired_interval([False, False], [True, True])
        (1.0, 1.0)
    """
    difference = np.array(second, dtype=float) - np.array(first, dtype=float)
    if np.ptp(difference) == 0:
        # scipy warns of a degenerate distribution; every resample has this mean
        return float(difference[0]), float(difference[0])

    rng = np.random.default_rng(np.random.SeedSequence([seed, len(difference)]))
    result = stats.bootstrap(
        (difference,), np.mean, n_resamples=rounds, confidence_level=_CONFIDENCE, method="percentile", rng=rng
    )
    return float(result.confidence_interval.low), float(result.confidence_interval.high)
