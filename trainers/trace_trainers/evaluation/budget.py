"""What an agent cost to make: its rollouts, stage by stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Budget:
    """The episodes that were played to make an agent; those that only evaluate it are counted elsewhere.

    Example:
        >>> budget = Budget({"mine": 640}).plus("train error_recovery", 1464)
        >>> budget.total
        2104
    """

    rollouts: Mapping[str, int] = field(default_factory=dict)
    """Episodes by stage, such as `mine`, `train error_recovery` or `calibrate`."""

    def __post_init__(self) -> None:
        """Checks the counts.

        Raises:
            ValueError: If a count is negative.
        """
        for stage, count in self.rollouts.items():
            if count < 0:
                raise ValueError(f"The stage {stage!r} has {count} rollouts; expected a number >= 0.")

    @property
    def total(self) -> int:
        """Episodes of all stages."""
        return sum(self.rollouts.values())

    def plus(self, stage: str, rollouts: int) -> Budget:
        """Returns a budget with more episodes in one stage.

        Args:
            stage: The stage; episodes it already has are kept.
            rollouts: Episodes to add, >= 0.
        """
        return Budget({**self.rollouts, stage: self.rollouts.get(stage, 0) + rollouts})

    def __add__(self, other: Budget) -> Budget:
        """Returns the sum of two budgets, stage by stage."""
        total = self
        for stage, rollouts in other.rollouts.items():
            total = total.plus(stage, rollouts)
        return total

    def to_json(self) -> dict[str, Any]:
        """Returns the total, and the episodes by stage."""
        return {"total": self.total, "by_stage": dict(self.rollouts)}
