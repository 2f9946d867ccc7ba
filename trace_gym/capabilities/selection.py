"""When a capability counts as lacking."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
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
        return self.covers(run) and run.delta is not None and run.delta >= self.delta

    def covers(self, run: Contrast) -> bool:
        """Returns whether one run reaches the least coverage, whatever its contrast.

        Args:
            run: The contrast of one run.
        """
        return run.coverage is not None and run.coverage >= self.coverage

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


def lacks_contrast(lacking_failed: int, needed_passed: int, thresholds: Thresholds) -> bool:
    """Returns whether failures lack a capability that hardly any pass had an occasion for.

    A contrast with fewer passes than the least support says nothing, however often failures lack the capability.

    Args:
        lacking_failed: Failures that lack it.
        needed_passed: Passes with an occasion.
        thresholds: What holds the least support.

    Example:
        >>> lacks_contrast(9, 0, Thresholds()), lacks_contrast(9, 2, Thresholds()), lacks_contrast(9, 3, Thresholds())
        (True, True, False)
    """
    return lacking_failed > 0 and needed_passed < max(1, thresholds.support)


def is_shown_by_repair(row: Mapping[str, Any], thresholds: Thresholds) -> bool:
    """Returns whether repair alone speaks for a capability: each failure that lacks it passes once that is repaired.

    Args:
        row: Its row, with counts.
        thresholds: When it would be selected.
    """
    needed_passed = row["lacking_passed"] + row["present_passed"]
    return bool(row.get("verified")) and lacks_contrast(row["lacking_failed"], needed_passed, thresholds)


def objection(row: Mapping[str, Any], thresholds: Thresholds) -> str:
    """Says why a capability is not selected.

    Args:
        row: Its row, with counts, runs, q and the least delta that the data can show.
        thresholds: When it would be.

    Returns:
        A few words; empty if it is selected.

    Example:
        >>> counts = {"lacking_failed": 2, "present_failed": 8, "lacking_passed": 0, "present_passed": 9}
        >>> row = {**counts, "coverage": 0.1, "delta": 0.2, "error_rate_passed": 0.0,
        ...        "runs": 10, "runs_passed": 9, "q": 0.3, "least_delta": 0.7}
        >>> objection(row, Thresholds())
        'found in 2 of at least 3 failures'
        >>> objection(row | {"lacking_failed": 3}, Thresholds())
        'may be chance: q 0.300 of at most 0.05; too few data to see a delta below 0.70'
        >>> objection(row | {"lacking_failed": 3, "q": 0.01}, Thresholds())
        ''
        >>> objection(row | {"present_passed": 0, "delta": None}, Thresholds())
        'no contrast: no pass shows an occasion, 2 failures lack it (Cov 0.10)'
    """
    by_repair = is_shown_by_repair(row, thresholds)
    if row["delta"] is None and not by_repair:
        return _no_contrast(row)
    if row["lacking_failed"] < thresholds.support:
        return f"found in {row['lacking_failed']} of at least {thresholds.support} failures"
    needed = thresholds.needed_of(row["runs"])
    if row["runs_passed"] < needed:
        what = "too rare" if by_repair else "too rare or too alike"
        return f"{what}: {row['runs_passed']} of at least {needed} runs{_unseen(row, thresholds)}"
    # what repair has verified is no chance find, whatever a handful of passes says
    if not by_repair and row["q"] is not None and row["q"] > thresholds.false_discovery:
        return f"may be chance: q {row['q']:.3f} of at most {thresholds.false_discovery:g}{_unseen(row, thresholds)}"
    return ""


def by_gain(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Sorts capabilities by what repairing each alone would gain, those alike by mean delta.

    Args:
        rows: Their rows.

    Example:
        >>> rows = [{"name": name, "alone": alone, "mean_delta": 0.5} for name, alone in (("a", 2), ("b", 7))]
        >>> [row["name"] for row in by_gain(rows)]
        ['b', 'a']
    """
    # sorting is stable, and rows stand in the order of their mean delta
    return sorted(rows, key=lambda row: -row["alone"])


def selected(capabilities: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Returns the selected capabilities, in order.

    Args:
        capabilities: The content of `capabilities.json`.
    """
    return [row for row in capabilities["capabilities"] if row["selected"]]


def _no_contrast(row: Mapping[str, Any]) -> str:
    """Says which side shows no occasion, and what is known all the same."""
    has_failed = row["lacking_failed"] + row["present_failed"] > 0
    has_passed = row["lacking_passed"] + row["present_passed"] > 0
    if not has_failed and not has_passed:
        return "no contrast: no attempt shows an occasion"
    if not has_failed:
        return "no contrast: no failure shows an occasion"
    count = row["lacking_failed"]
    lack = "failure lacks" if count == 1 else "failures lack"
    return f"no contrast: no pass shows an occasion, {count} {lack} it (Cov {row['coverage']:.2f})"


def _unseen(row: Mapping[str, Any], thresholds: Thresholds) -> str:
    """Says that a delta may be there and not be seen, where that is so."""
    if row["delta"] is None or row["coverage"] < thresholds.coverage or row["error_rate_passed"] == 1:
        return ""
    least = row["least_delta"]
    if least is None:
        return "; too few data to see any delta"
    if least > thresholds.delta:
        return f"; too few data to see a delta below {least:.2f}"
    return ""
