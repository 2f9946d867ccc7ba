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
    """Counts of labels by outcome, and what follows from them.

    Example:
        >>> counts = Contrast(lacking_failed=6, present_failed=2, lacking_passed=1, present_passed=3, failures=10)
        >>> counts.coverage, counts.delta
        (0.6, 0.5)
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
        return _share(self.lacking_failed, self.failures)

    @property
    def error_rate_failed(self) -> float | None:
        """ER- = n_LF / (n_LF + n_PF); None when no failure shows an occasion."""
        return _share(self.lacking_failed, self.lacking_failed + self.present_failed)

    @property
    def error_rate_passed(self) -> float | None:
        """ER+ = n_LP / (n_LP + n_PP); None when no pass shows an occasion."""
        return _share(self.lacking_passed, self.lacking_passed + self.present_passed)

    @property
    def delta(self) -> float | None:
        """ER- minus ER+, in [-1, 1]; None ("no contrast") when either is undefined."""
        failed = self.error_rate_failed
        passed = self.error_rate_passed
        # one side without an occasion says nothing; 0 would claim that both err alike
        if failed is None or passed is None:
            return None
        return failed - passed


def _share(part: int, whole: int) -> float | None:
    if whole == 0:
        return None
    return part / whole


def contrast(labels: Sequence[Label], successes: Sequence[bool], rows: Sequence[int] | None = None) -> Contrast:
    """Counts labels against outcomes over `rows` (all when None; repeats count again).

    Args:
        labels: Of each attempt.
        successes: Whether each attempt succeeded.
        rows: Which attempts count; all of them when None, repeats count again.
    """
    if rows is None:
        rows = range(len(labels))

    counts: Counter[tuple[Label, bool]] = Counter()
    failures = 0
    for row in rows:
        passed = bool(successes[row])
        counts[labels[row], passed] += 1
        failures += not passed

    return Contrast(
        lacking_failed=counts[Label.LACKING, False],
        present_failed=counts[Label.PRESENT, False],
        lacking_passed=counts[Label.LACKING, True],
        present_passed=counts[Label.PRESENT, True],
        failures=failures,
    )


def resample_tasks(task_ids: Sequence[str], rng: np.random.Generator) -> list[int]:
    """Draws tasks with replacement and returns the rows of their trajectories.

    Args:
        task_ids: The task of each attempt.
        rng: The generator.
    """
    rows: dict[str, list[int]] = {}
    for row, task in enumerate(task_ids):
        rows.setdefault(task, []).append(row)

    # tasks, not attempts, are independent: attempts at one task rise and fall together
    tasks = list(rows.values())
    drawn: list[int] = []
    for number in rng.integers(len(tasks), size=len(tasks)):
        drawn += tasks[int(number)]
    return drawn


def permutation_p(
    labels: Sequence[Label], successes: Sequence[bool], rng: np.random.Generator, rounds: int = 2000
) -> float | None:
    """One-sided permutation p-value of delta among the trajectories that show an occasion.

    Args:
        labels: Of each attempt.
        successes: Whether each attempt succeeded.
        rng: The generator.
        rounds: Shuffles of the outcomes.

    Returns:
        A value in (0, 1], or None when there is no contrast.
    """
    rows = [row for row, label in enumerate(labels) if label is not Label.NA]
    lacking = np.array([labels[row] is Label.LACKING for row in rows], dtype=float)
    passed = np.array([successes[row] for row in rows], dtype=bool)
    if len(rows) == 0 or passed.all() or not passed.any():
        return None

    def delta(outcome: np.ndarray) -> float:
        return float(lacking[~outcome].mean() - lacking[outcome].mean())

    # equal shuffles may differ in the last bit, by the order of the sum
    observed = delta(passed) - 1e-12
    beaten = sum(delta(rng.permutation(passed)) >= observed for _ in range(rounds))
    # the observed outcome is one of the shuffles, so that p is never 0 (Phipson & Smyth 2010)
    return (beaten + 1) / (rounds + 1)


def false_discovery(p_values: Sequence[float | None]) -> list[float | None]:
    """Benjamini-Hochberg adjusted p-values (Benjamini & Hochberg 1995); None stays None.

    Args:
        p_values: One per hypothesis; None where there is none.
    """
    tested = sorted((p, number) for number, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)

    # from the largest down: no hypothesis may look better than one with a smaller p
    smallest = 1.0
    for rank in range(len(tested), 0, -1):
        p, number = tested[rank - 1]
        smallest = min(smallest, p * len(tested) / rank)
        adjusted[number] = smallest

    return adjusted
