"""When a capability counts as lacking."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trace_gym.capabilities.contrast import Contrast
from trace_gym.ranges import require_positive


@dataclass(frozen=True)
class Thresholds:
    """When a capability is selected.

    Coverage, delta and runs are those of TRACE (arXiv 2604.05336, capability identification). The last two are ours:
    with outcomes shuffled, TRACE's alone select something in one of ten logs.

    Example:
        >>> Thresholds().passes(Contrast(30, 10, 2, 18, failures=50))
        True
    """

    coverage: float = 0.10
    """Least share of failures that lack it, in [0, 1]."""
    delta: float = 0.20
    """Least difference of its error rate between failures and passes, in [-1, 1]."""
    runs: int = 10
    """Resamples of the tasks, N, for labellers that label once."""
    needed: int = 8
    """Runs that must pass both, K of N."""
    support: int = 3
    """Least number of failures that lack it."""
    false_discovery: float = 0.05
    """Largest expected share of chance finds among those selected, in [0, 1]; 1 asks for nothing."""

    def __post_init__(self) -> None:
        """Checks the number of runs.

        Raises:
            ValueError: If there are none.
        """
        require_positive(self, "runs")

    def passes(self, run: Contrast) -> bool:
        """Returns whether one run reaches both thresholds; "no contrast" never does.

        Args:
            run: The contrast of one run.
        """
        if run.coverage is None or run.delta is None:
            return False
        return run.coverage >= self.coverage and run.delta >= self.delta

    def needed_of(self, runs: int) -> int:
        """Returns how many of `runs` must pass, by the share K / N.

        Args:
            runs: Number of runs; a labeller's own passes need not be N.

        Example:
            >>> Thresholds().needed_of(5)
            4
        """
        # in floating point 7 / 25 * 100 is a little above 28, which would ask for 29
        return math.ceil(self.needed / self.runs * runs - 1e-9)


def objection(row: Mapping[str, Any], thresholds: Thresholds) -> str:
    """Says why a capability is not selected.

    Args:
        row: Its row, with counts, runs and q.
        thresholds: When it would be.

    Returns:
        A few words; empty if it is selected.

    Example:
        >>> row = {"delta": 0.4, "lacking_failed": 2, "runs": 10, "runs_passed": 9, "q": 0.01}
        >>> objection(row, Thresholds())
        'found in 2 of at least 3 failures'
        >>> objection(row | {"lacking_failed": 9}, Thresholds())
        ''
    """
    if row["delta"] is None:
        return "no contrast"
    if row["lacking_failed"] < thresholds.support:
        return f"found in {row['lacking_failed']} of at least {thresholds.support} failures"
    needed = thresholds.needed_of(row["runs"])
    if row["runs_passed"] < needed:
        return f"too rare or too alike: {row['runs_passed']} of at least {needed} runs"
    if row["q"] > thresholds.false_discovery:
        return f"may be chance: q {row['q']:.3f} of at most {thresholds.false_discovery:g}"
    return ""


def selected(capabilities: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Returns the selected capabilities, in order.

    Args:
        capabilities: The content of `capabilities.json`.
    """
    return [row for row in capabilities["capabilities"] if row["selected"]]
