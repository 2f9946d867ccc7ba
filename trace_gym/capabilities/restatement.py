"""Labels that say no more than the reward does."""

from __future__ import annotations

from dataclasses import dataclass

from trace_gym.capabilities.contrast import Contrast

_NEARLY_ALL = 0.95
"""Share of labels, on failures and on passes each, from which on they restate the outcome."""
_LEAST = 3
"""Labels on either side without which nothing is said: one and one agree by chance in half of all logs."""


@dataclass(frozen=True)
class Restatement:
    """How many labels equal the outcome: LACKING on a failure, PRESENT on a pass.

    Such labels are of no use as evidence, unless the labeller could not know the outcome: then the capability decides
    it.

    Example:
        >>> Restatement.of(Contrast(33, 0, 0, 11, failures=110))
        Restatement(equal=44, labels=44, flagged=True)
    """

    equal: int
    """Labels that equal the outcome."""
    labels: int
    """Attempts that show an occasion."""
    flagged: bool
    """Whether nearly all failures are LACKING and nearly all passes PRESENT, where there is an occasion."""

    @classmethod
    def of(cls, counts: Contrast) -> Restatement:
        """Counts, and decides.

        Args:
            counts: The counts of labels by outcome.
        """
        failed = counts.needed_failed
        passed = counts.needed_passed
        # each side by itself: where passes are few, the failures alone would carry the share
        flagged = (
            min(failed, passed) >= _LEAST
            and counts.lacking_failed >= _NEARLY_ALL * failed
            and counts.present_passed >= _NEARLY_ALL * passed
        )
        return cls(counts.lacking_failed + counts.present_passed, failed + passed, flagged)
