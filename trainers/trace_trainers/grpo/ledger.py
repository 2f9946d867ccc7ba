"""The rollouts that a training may still play."""

from __future__ import annotations

from trace_trainers.grpo.config import TrainConfig
from trace_trainers.grpo.training_log import TrainingLog
from trace_trainers.grpo.validation_log import ValidationLog


class Ledger:
    """Counts a training's rollouts against `max_rollouts`. The last validation has its rollouts set aside.

    Example:
        >>> from pathlib import Path
        >>> config = TrainConfig(groups=2, group_size=4, max_rollouts=20, validation_tasks=4)
        >>> ledger = Ledger(config, TrainingLog(Path("none.jsonl")), ValidationLog(Path("none.jsonl")))
        >>> ledger.spent, ledger.groups_to_replace(8), ledger.has_room(validations=1)
        (0, 2, True)
        >>> Ledger(TrainConfig(), TrainingLog(Path("none.jsonl"))).groups_to_replace(64) is None
        True
    """

    def __init__(self, config: TrainConfig, log: TrainingLog, validations: ValidationLog | None = None) -> None:
        """Starts with what the logs hold, so that a resumed training knows what was spent before.

        Args:
            config: The settings; `max_rollouts` is the limit.
            log: The training's steps.
            validations: Its validations.
        """
        self._config = config
        self._log = log
        self._validations = validations

    @property
    def spent(self) -> int:
        """The rollouts of the closed steps and of the validations."""
        validations = 0
        if self._validations is not None:
            validations = self._validations.rollouts
        return self._log.rollouts + validations

    def groups_to_replace(self, played: int) -> int | None:
        """Returns how many groups the running step may still play; None if there is no limit.

        Args:
            played: Rollouts that the step has played already.
        """
        if self._config.max_rollouts == 0:
            return None
        left = self._config.max_rollouts - self.spent - played - self._config.validation_rollouts
        return max(0, left // self._config.group_size)

    def has_room(self, validations: int) -> bool:
        """Returns whether another step fits, without replaced groups.

        Args:
            validations: Validations that are to be played before and after it.
        """
        if self._config.max_rollouts == 0:
            return True
        wanted = self._config.rollouts_per_step + validations * self._config.validation_rollouts
        return self.spent + wanted <= self._config.max_rollouts
