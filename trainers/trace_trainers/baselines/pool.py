"""The pool: the only target tasks that a method may learn from, and the environment over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from trace_gym.env.tool_env import ToolEnv
from trace_gym.env.types import Json
from trace_gym.errors import UserError
from trace_gym.rollouts.play import Job

_STREAM = 0x9001
"""Keeps the draws of pools apart from those of anybody else who seeds with small numbers."""
_DRAWN_BELOW = 2**20
"""Tasks of a finite pool from an endless split are drawn below this index."""
_STRIDE = 2**24
"""How far apart the endless pools of two seeds begin."""
_MOST_VALIDATION = 4096
"""How many tasks at the end of an endless pool are kept for validation."""
_LEAST = 4
"""With fewer tasks there is nothing to choose on, or nothing to learn from."""


@dataclass(frozen=True)
class Pool:
    """Target tasks to learn from, and others to choose on; both are indices of the target's `mine` split.

    Example:
        >>> pool = Pool(training=(4, 9, 7), validation=(2,))
        >>> pool.count, pool.index_of(1)
        (3, 9)
        >>> pool.jobs(4)
        [Job(index=4, trial=0), Job(index=9, trial=0), Job(index=7, trial=0), Job(index=4, trial=1)]
    """

    training: tuple[int, ...]
    """Tasks that are mined and trained on; in an endless pool the first of them is all that is given."""
    validation: tuple[int, ...]
    """Tasks of the pool that methods choose on; none is mined or trained on."""
    endless: bool = False
    """Whether training goes on behind the first task without end."""

    @property
    def count(self) -> int | None:
        """How many tasks there are to learn from; None if they have no end."""
        if self.endless:
            return None
        return len(self.training)

    def index_of(self, place: int) -> int:
        """Returns the index, in the target's split, of a task to learn from.

        Args:
            place: Its place in the pool, >= 0.
        """
        if self.endless:
            return self.training[0] + place
        return self.training[place]

    def jobs(self, rollouts: int) -> list[Job]:
        """Returns episodes on the tasks to learn from, every task once before any is tried again.

        Args:
            rollouts: How many.
        """
        jobs = []
        for number in range(rollouts):
            if self.count is None:
                jobs.append(Job(self.index_of(number)))
            else:
                trial, place = divmod(number, self.count)
                jobs.append(Job(self.index_of(place), trial))
        return jobs

    def validation_jobs(self, rollouts: int) -> list[Job]:
        """Returns episodes on the validation tasks.

        Args:
            rollouts: How many.
        """
        jobs = []
        for number in range(rollouts):
            trial, place = divmod(number, len(self.validation))
            jobs.append(Job(self.validation[place], trial))
        return jobs

    def to_json(self) -> dict[str, Json]:
        """Returns the fields by name."""
        return {"training": list(self.training), "validation": list(self.validation), "endless": self.endless}


def draw_pool(env: ToolEnv, size: int, share: float, validation: int, seed: int) -> Pool:
    """Draws a pool; of one seed, a smaller pool lies within a larger one.

    Args:
        env: The target on its `mine` split.
        size: Number of tasks, those for validation included; 0 takes them all, or tasks without end.
        share: Share of them for validation, rounded up.
        validation: Most tasks for validation.
        seed: Seeds the draw.

    Raises:
        UserError: If the split has fewer tasks than the pool, or the pool fewer than can be divided.
    """
    count = env.task_count
    if count is None and size == 0:
        start = seed * _STRIDE
        last = start + _STRIDE - _MOST_VALIDATION
        return Pool((start,), tuple(range(last, last + min(validation, _MOST_VALIDATION))), endless=True)

    if count is not None and size > count:
        raise UserError(
            f"A pool of {size} tasks was asked for, and the target has {count} to learn from; ask for less."
        )
    if size == 0:
        size = count or 0
    if size < _LEAST:
        raise UserError(
            f"A pool of {size} tasks is too small to keep some for validation; ask for {_LEAST} or more, or for 0, "
            "which is all there are."
        )

    rng = np.random.default_rng(np.random.SeedSequence([seed, _STREAM]))
    drawn = rng.permutation(count or _DRAWN_BELOW)[:size].tolist()
    # taken evenly from the draw, so that of a smaller pool's validation tasks none is learned from in a larger one
    every = max(2, round(1 / share))
    held = drawn[::every]
    learned = [index for index in drawn if index not in held]
    return Pool(tuple(learned), tuple(held[:validation]))


def on_pool(env: ToolEnv, pool: Pool) -> ToolEnv:
    """Confines an environment to the tasks of a pool, by their places in it.

    Args:
        env: The target on its `mine` split; it is changed, and returned.
        pool: The pool.
    """
    base: Any = type(env)

    class PoolEnv(base):
        """The target, confined to a pool."""

        @property
        def task_count(self) -> int | None:
            return pool.count

        def draw_task(self, index: int, difficulty: int) -> Any:
            return super().draw_task(pool.index_of(index), difficulty)

    # the registry makes instances of its own classes only, and every benchmark has an `__init__` of its own
    env.__class__ = PoolEnv
    return env
