"""Whether a capability is ever exercised, and what that says about how to fix its lack."""

from __future__ import annotations

from dataclasses import dataclass

from trace_gym.capabilities.contrast import Contrast

PROMPT = "prompt"
"""The agent does it at times, so a prompt may bring it out."""
TRAINING = "training"
"""The agent was never seen to do it."""
_UNCERTAINTY = 0.05


@dataclass(frozen=True)
class Exercise:
    """How often a capability is exercised where there is an occasion.

    Example:
        >>> Exercise.of(Contrast(33, 0, 0, 11, failures=110))
        Exercise(count=11, occasions=44, upper_bound=None)
        >>> never = Exercise.of(Contrast(30, 0, 2, 0, failures=50))
        >>> never.remedy, round(never.upper_bound, 3)
        ('training', 0.089)
    """

    count: int
    """Attempts that exercise it, failed and passed."""
    occasions: int
    """Attempts that show an occasion."""
    upper_bound: float | None
    """Where it is never exercised, the largest rate at which that would still be seen in one of twenty logs."""

    @classmethod
    def of(cls, counts: Contrast) -> Exercise:
        """Counts.

        Args:
            counts: The counts of labels by outcome.
        """
        count = counts.present_failed + counts.present_passed
        occasions = counts.needed_failed + counts.needed_passed
        bound = None
        if occasions > 0 and count == 0:
            # the exact bound (Clopper & Pearson 1934), about 3 / n: the rule of three (Hanley & Lippman-Hand 1983)
            bound = 1 - _UNCERTAINTY ** (1 / occasions)
        return cls(count, occasions, bound)

    @property
    def remedy(self) -> str:
        """`prompt` or `training`; empty without an occasion."""
        if self.occasions == 0:
            return ""
        if self.count == 0:
            return TRAINING
        return PROMPT
