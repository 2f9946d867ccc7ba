"""Whether a contrast may be chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trace_gym.capabilities.contrast import Contrast


def exact_p(counts: Contrast) -> float | None:
    """Returns the one-sided p-value of delta among the attempts that show an occasion.

    It is the share of all shuffles of the outcomes that reach the observed delta: Fisher's exact test (Fisher 1935,
    section 21). The observed order is one of the shuffles, so it is never 0.

    Args:
        counts: The counts of labels by outcome.

    Returns:
        A value in (0, 1], or None when there is no contrast.

    Example:
        >>> round(exact_p(Contrast(3, 0, 0, 3, failures=3)), 6)
        0.05
    """
    if counts.needed_failed == 0 or counts.needed_passed == 0:
        return None

    lacking = counts.lacking_failed + counts.lacking_passed
    factorials = log_factorials(counts.needed_failed + counts.needed_passed)
    return shuffles_reaching(counts.lacking_failed, lacking, counts.needed_failed, factorials)


def shuffles_reaching(least: int, lacking: int, failed: int, factorials: np.ndarray) -> float:
    """Returns the share of shuffles of the outcomes with which at least so many of the failures lack the capability.

    Shuffling leaves both totals, so this number follows the hypergeometric distribution.

    Args:
        least: Failures that must lack it.
        lacking: Attempts that lack it, passes included.
        failed: Attempts that failed.
        factorials: `log_factorials` of all attempts.

    Example:
        >>> round(shuffles_reaching(3, 3, 3, log_factorials(6)), 6)
        0.05
    """
    attempts = len(factorials) - 1

    def ways(among: int, chosen: np.ndarray | int) -> np.ndarray:
        """Logarithms of binomial coefficients."""
        return np.asarray(factorials[among] - factorials[chosen] - factorials[among - chosen])

    # fewer than this no shuffle has, as not all that lack it fit among the passes
    fewest = max(0, lacking - (attempts - failed))
    if least <= fewest:
        return 1.0
    reached = np.arange(least, min(lacking, failed) + 1)
    logs = ways(lacking, reached) + ways(attempts - lacking, failed - reached) - ways(attempts, failed)
    return min(1.0, float(np.exp(logs).sum()))


def log_factorials(most: int) -> np.ndarray:
    """Returns the logarithms of 0!, 1!, ... up to that of a number.

    Args:
        most: The number.

    Example:
        >>> np.exp(log_factorials(4)).round().tolist()
        [1.0, 1.0, 2.0, 6.0, 24.0]
    """
    return np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, most + 1)))))


def false_discovery(p_values: Sequence[float | None]) -> list[float | None]:
    """Returns Benjamini-Hochberg adjusted p-values (Benjamini & Hochberg 1995); None stays None.

    Args:
        p_values: One per hypothesis; None where there is none.

    Example:
        >>> false_discovery([0.25, None, 0.125])
        [0.25, None, 0.25]
    """
    ascending = sorted((p, position) for position, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)

    # from the largest down: an adjusted value is never above that of a larger p
    smallest = 1.0
    for rank in range(len(ascending), 0, -1):
        p, position = ascending[rank - 1]
        smallest = min(smallest, p * len(ascending) / rank)
        adjusted[position] = smallest

    return adjusted
