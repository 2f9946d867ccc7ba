"""Contrast of a capability between failed and passed trajectories, with intervals over tasks.

Formulas: TRACE (arXiv 2604.05336), section on capability identification.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trace_gym.capabilities.labels import Label


@dataclass(frozen=True)
class Contrast:
    """Counts of labels by outcome, and the rates that follow from them.

    Example:
        >>> counts = Contrast(lacking_failed=6, present_failed=2, lacking_passed=1, present_passed=3, failures=12)
        >>> counts.coverage, counts.error_rate_failed, counts.error_rate_passed, counts.delta
        (0.5, 0.75, 0.25, 0.5)
    """

    lacking_failed: int
    """n_LF: LACKING on failures."""
    present_failed: int
    """n_PF: PRESENT on failures."""
    lacking_passed: int
    """n_LP: LACKING on passes."""
    present_passed: int
    """n_PP: PRESENT on passes."""
    failures: int
    """All failed trajectories, NA included."""

    @property
    def coverage(self) -> float | None:
        """Cov = n_LF / failures, in [0, 1]; None without failures."""
        return _ratio(self.lacking_failed, self.failures)

    @property
    def error_rate_failed(self) -> float | None:
        """ER- = n_LF / (n_LF + n_PF); None when no failure shows an occasion."""
        return _ratio(self.lacking_failed, self.lacking_failed + self.present_failed)

    @property
    def error_rate_passed(self) -> float | None:
        """ER+ = n_LP / (n_LP + n_PP); None when no pass shows an occasion."""
        return _ratio(self.lacking_passed, self.lacking_passed + self.present_passed)

    @property
    def delta(self) -> float | None:
        """ER- minus ER+, in [-1, 1]; None ("no contrast") when either is undefined."""
        failed = self.error_rate_failed
        passed = self.error_rate_passed
        if failed is None or passed is None:
            return None
        return failed - passed


def contrast(labels: Sequence[Label], successes: Sequence[bool], rows: Sequence[int] | None = None) -> Contrast:
    """Counts labels by outcome.

    Args:
        labels: The label of each attempt.
        successes: Whether each attempt succeeded, in the same order.
        rows: Positions of the attempts to count, repeats as often as they stand there; None counts each once.

    Example:
        >>> contrast([Label.LACKING, Label.NA, Label.PRESENT], [False, False, True]).coverage
        0.5
    """
    if rows is None:
        rows = range(len(labels))

    # Counter counts in C, and each capability is counted for several hundred resamples
    counts = Counter((labels[row], bool(successes[row])) for row in rows)
    lacking_failed = counts[Label.LACKING, False]
    present_failed = counts[Label.PRESENT, False]
    return Contrast(
        lacking_failed=lacking_failed,
        present_failed=present_failed,
        lacking_passed=counts[Label.LACKING, True],
        present_passed=counts[Label.PRESENT, True],
        # Cov divides by every failure: a capability that few failures call for is not worth an environment
        failures=lacking_failed + present_failed + counts[Label.NA, False],
    )


def resample_tasks(task_ids: Sequence[str], rng: np.random.Generator) -> list[int]:
    """Draws tasks with replacement and returns the positions of their attempts.

    Args:
        task_ids: The task of each attempt.
        rng: The generator; drawn from once.

    Returns:
        Positions, task by task; all attempts at a drawn task are there, as often as it was drawn.
    """
    # attempts at one task are not independent, so the unit that is drawn is the task
    attempts_at: dict[str, list[int]] = {}
    for position, task in enumerate(task_ids):
        attempts_at.setdefault(task, []).append(position)

    tasks = list(attempts_at)
    drawn = []
    for number in rng.integers(len(tasks), size=len(tasks)):
        drawn += attempts_at[tasks[int(number)]]
    return drawn


def permutation_p(
    labels: Sequence[Label], successes: Sequence[bool], rng: np.random.Generator, rounds: int = 2000
) -> float | None:
    """Returns the one-sided permutation p-value of delta among the attempts that show an occasion.

    Args:
        labels: The label of each attempt.
        successes: Whether each attempt succeeded, in the same order.
        rng: The generator; drawn from `rounds` times.
        rounds: Shuffles of the outcomes.

    Returns:
        A value in (0, 1], or None when there is no contrast.
    """
    lacking_flags = []
    passed_flags = []
    for label, success in zip(labels, successes, strict=True):
        if label is not Label.NA:
            lacking_flags.append(label is Label.LACKING)
            passed_flags.append(success)

    lacking = np.array(lacking_flags, dtype=float)
    passed = np.array(passed_flags, dtype=bool)
    if passed.all() or not passed.any():
        return None

    # shuffled deltas that equal the observed one differ from it by rounding, and must count
    threshold = _delta(lacking, passed) - 1e-12
    reached = 0
    for _ in range(rounds):
        if _delta(lacking, rng.permutation(passed)) >= threshold:
            reached += 1

    # the observed order is one of the permutations (Phipson & Smyth 2010): p is never 0
    return (reached + 1) / (rounds + 1)


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


def _ratio(count: int, total: int) -> float | None:
    if total == 0:
        return None
    return count / total


def _delta(lacking: np.ndarray, passed: np.ndarray) -> float:
    """ER- minus ER+ of attempts that all show an occasion."""
    return float(lacking[~passed].mean() - lacking[passed].mean())
