"""Decides which tasks serve which purpose, for endless splits and for finite ones; nothing else picks task indices."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from trace_gym.env.tool_env import ToolEnv
from trace_gym.errors import UserError

_RESAMPLING_START = 1_000_000
_HOLD_OUT_START = 500_000
# below resampling, whose range grows with the steps
_VALIDATION_START = 750_000
_CALIBRATION_START = 2_000_000
_MOST_ROUNDS = 16
_MOST_PLACES = 1024
"""Most rounds per step and most places per round, so that no two rounds of resampling share a task."""

_LARGEST_VALIDATION = 4
"""A finite split sets aside at most one in so many of its tasks for validation; the others are for training."""

_TRAINING, _RESAMPLING, _ROUTER, _CALIBRATION, _VALIDATION = range(5)
"""Parts of the seeds of a finite split's orders; changing a number would change every training."""


@dataclass(frozen=True)
class TaskDraw:
    """A task drawn for training.

    Example:
        >>> TaskDraw(index=3, repeat=1)
        TaskDraw(index=3, repeat=1)
    """

    index: int
    """The task's index in its split."""
    repeat: int = 0
    """Distinguishes several draws of one task, so that each samples from its own streams; 0 in endless splits."""


class TaskIndices:
    """Assigns a split's tasks to mining, training, resampling, validation, routing, calibration and evaluation.

    In an endless split, resampling, validation, router hold-out and calibration have ranges of indices apart from
    training's. A finite split is walked in seeded orders, epoch by epoch, and no index is past its end; what is set
    aside for validation is left out of training, resampling and calibration.

    Example:
        >>> endless = TaskIndices(None)
        >>> [draw.index for draw in endless.training([0, 1, 2])]
        [0, 1, 2]
        >>> nine = TaskIndices(9)
        >>> sorted(draw.index for draw in nine.training(range(9)))
        [0, 1, 2, 3, 4, 5, 6, 7, 8]
        >>> nine.repeats(36)
        4.0
        >>> len(TaskIndices(9, validation=2).validation)
        2
    """

    def __init__(self, count: int | None, *, split: str = "train", seed: int = 0, validation: int = 0) -> None:
        """Describes a split.

        Args:
            count: How many tasks the split has; None if it is endless.
            split: The split's name, for messages.
            seed: Seeds the orders of a finite split.
            validation: How many tasks are wanted for validation. A finite split gives at most a quarter of its tasks,
                rounded down, so that fewer than 4 give none.

        Raises:
            UserError: If the split has no task.
        """
        if count is not None and count < 1:
            raise UserError(f"The split {split!r} has {count} tasks; expected at least one.")
        self.count = count
        self._split = split
        self._seed = seed
        self.validation = self._set_aside(validation)
        """The indices of the tasks on which checkpoints of a training are compared; nothing else draws them."""
        self._is_set_aside = frozenset(self.validation)

    @classmethod
    def of(cls, env: ToolEnv, *, seed: int = 0, validation: int = 0) -> TaskIndices:
        """Describes the split of an environment.

        Args:
            env: The environment; its `task_count` and `split` are read.
            seed: Seeds the orders of a finite split.
            validation: How many tasks are wanted for validation.
        """
        return cls(env.task_count, split=env.split, seed=seed, validation=validation)

    @property
    def training_count(self) -> int | None:
        """How many tasks training draws from; None if the split is endless."""
        if self.count is None:
            return None
        return self.count - len(self.validation)

    def mining(self, tasks: int) -> list[int]:
        """Returns the indices of the first `tasks` tasks, from which capabilities are identified.

        Args:
            tasks: How many, >= 1.

        Raises:
            UserError: If the split has fewer.
        """
        return self._first(tasks)

    def unmined(self, mined: int, tasks: int) -> list[int]:
        """Returns the indices of tasks behind the mined ones, on which agents are chosen.

        Args:
            mined: How many tasks were mined.
            tasks: How many are wanted; a finite split gives those that are left.

        Example:
            >>> TaskIndices(10).unmined(8, 4)
            [8, 9]
        """
        end = mined + tasks
        if self.count is not None:
            end = min(end, self.count)
        return list(range(mined, end))

    def evaluation(self, tasks: int) -> list[int]:
        """Returns the indices of the first `tasks` tasks, on which agents are compared.

        Args:
            tasks: How many each agent plays, >= 1.

        Raises:
            UserError: If the split has fewer.
        """
        return self._first(tasks)

    def training(self, places: Sequence[int]) -> list[TaskDraw]:
        """Returns the tasks of a training's groups.

        Args:
            places: Numbers of the groups, counted from the start of the training, >= 0.

        Returns:
            One draw per place. In an endless split its index is the place itself; in a finite one every task is drawn
            once per epoch, in an order that differs from epoch to epoch.
        """
        draws = []
        for place in places:
            if self.count is None:
                draws.append(TaskDraw(place))
            else:
                draws.append(self._drawn_at(place, self.count))
        return draws

    def resampling(self, step: int, number: int, places: Sequence[int], taken: Collection[int]) -> list[TaskDraw]:
        """Returns the tasks that replace a step's zero-variance groups.

        The draws depend on the arguments alone, so a resumed training draws the same.

        Args:
            step: The optimizer step, >= 0.
            number: The round of resampling within the step, in [0, 16).
            places: Places of the groups within the step, in [0, 1024).
            taken: Indices that are in the step already; a finite split draws them only if it has no others.

        Returns:
            One draw per place.
        """
        round_number = step * _MOST_ROUNDS + number
        if self.count is None:
            start = _RESAMPLING_START + round_number * _MOST_PLACES
            return [TaskDraw(start + place) for place in places]

        order = self._training_order(self.count, _RESAMPLING, round_number)
        candidates = [index for index in order if index not in taken]
        # a small split may be in the step as a whole; a repeated task still samples from streams of its own
        if not candidates:
            candidates = order

        draws = []
        for draw_number in range(len(places)):
            lap, position = divmod(draw_number, len(candidates))
            # far above any epoch of the training, and different in every round and lap
            repeat = _RESAMPLING_START + round_number * _MOST_PLACES + lap
            draws.append(TaskDraw(candidates[position], repeat))
        return draws

    def router_training(self, tasks: int) -> list[int]:
        """Returns the indices of tasks whose prompts routers are trained on.

        Args:
            tasks: How many are wanted. A finite split gives at most half of its tasks, rounded up.
        """
        if self.count is None:
            return list(range(tasks))
        return self._router_halves(self.count)[0][:tasks]

    def router_hold_out(self, tasks: int) -> list[int]:
        """Returns the indices of tasks whose prompts routers are compared on; `router_training` returns none of them.

        Args:
            tasks: How many are wanted. A finite split gives at most half of its tasks, rounded down.

        Raises:
            UserError: If the split has a single task, which cannot serve both.
        """
        if self.count is None:
            return list(range(_HOLD_OUT_START, _HOLD_OUT_START + tasks))
        if self.count < 2:
            raise UserError(
                f"The split {self._split!r} has one task, and a router needs at least two: one to learn from, and one "
                "to be compared on."
            )
        return self._router_halves(self.count)[1][:tasks]

    def calibration(self, tasks: int) -> list[int]:
        """Returns the indices of tasks on which an agent's mean reward is measured before training.

        Args:
            tasks: How many are wanted. A finite split gives at most all that are not set aside for validation.
        """
        if self.count is None:
            return list(range(_CALIBRATION_START, _CALIBRATION_START + tasks))
        return self._training_order(self.count, _CALIBRATION, 0)[:tasks]

    def repeats(self, drawn: int) -> float:
        """Returns how often each task has been drawn on average.

        Args:
            drawn: How many groups have been drawn in all.

        Returns:
            1.0 in an endless split, where no task is drawn twice.
        """
        if self.training_count is None:
            return 1.0
        return drawn / self.training_count

    def _first(self, tasks: int) -> list[int]:
        # refused, not cut short: a comparison on fewer tasks than were asked for would go unnoticed
        if self.count is not None and tasks > self.count:
            raise UserError(
                f"The split {self._split!r} has {self.count} tasks, and {tasks} were asked for; ask for {self.count} "
                "or fewer, or for more trials of each."
            )
        return list(range(tasks))

    def _drawn_at(self, place: int, count: int) -> TaskDraw:
        epoch, position = divmod(place, count - len(self.validation))
        return TaskDraw(self._training_order(count, _TRAINING, epoch)[position], repeat=epoch)

    def _router_halves(self, count: int) -> tuple[list[int], list[int]]:
        order = self._order(count, _ROUTER, 0)
        # the larger half is for training, which a split of one task can still serve
        middle = (count + 1) // 2
        return order[:middle], order[middle:]

    def _set_aside(self, tasks: int) -> list[int]:
        if self.count is None:
            return list(range(_VALIDATION_START, _VALIDATION_START + tasks))
        most = self.count // _LARGEST_VALIDATION
        return self._order(self.count, _VALIDATION, 0)[: min(tasks, most)]

    def _training_order(self, count: int, purpose: int, number: int) -> list[int]:
        """Returns the indices that are not set aside for validation, shuffled for one purpose and one epoch."""
        return [index for index in self._order(count, purpose, number) if index not in self._is_set_aside]

    def _order(self, count: int, purpose: int, number: int) -> list[int]:
        """Returns all indices of a finite split, shuffled for one purpose and one epoch."""
        seed = np.random.SeedSequence([self._seed, purpose, number, count])
        order: list[int] = np.random.default_rng(seed).permutation(count).tolist()
        return order
