"""Contrast of a capability between failed and passed trajectories.

Formulas: TRACE (arXiv 2604.05336), section on capability identification.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

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
    """All failed trajectories, NA included; those set apart are not."""

    @property
    def coverage(self) -> float | None:
        """Cov = n_LF / failures, in [0, 1]; None without failures."""
        return _ratio(self.lacking_failed, self.failures)

    @property
    def error_rate_failed(self) -> float | None:
        """ER- = n_LF / (n_LF + n_PF); None when no failure shows an occasion."""
        return _ratio(self.lacking_failed, self.needed_failed)

    @property
    def error_rate_passed(self) -> float | None:
        """ER+ = n_LP / (n_LP + n_PP); None when no pass shows an occasion."""
        return _ratio(self.lacking_passed, self.needed_passed)

    @property
    def delta(self) -> float | None:
        """ER- minus ER+, in [-1, 1]; None ("no contrast") when either is undefined."""
        failed = self.error_rate_failed
        passed = self.error_rate_passed
        if failed is None or passed is None:
            return None
        return failed - passed

    @property
    def needed_failed(self) -> int:
        """Failures that show an occasion."""
        return self.lacking_failed + self.present_failed

    @property
    def needed_passed(self) -> int:
        """Passes that show an occasion."""
        return self.lacking_passed + self.present_passed


def contrast(labels: Sequence[Label], successes: Sequence[bool]) -> Contrast:
    """Counts labels by outcome.

    Args:
        labels: The label of each attempt.
        successes: Whether each attempt succeeded, in the same order.

    Example:
        >>> contrast([Label.LACKING, Label.NA, Label.PRESENT], [False, False, True]).coverage
        0.5
    """
    counts = Counter(zip(labels, successes, strict=True))
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


def _ratio(count: int, total: int) -> float | None:
    if total == 0:
        return None
    return count / total
