"""The pool: what may be learned from, what is chosen on, and that nothing else is."""

from __future__ import annotations

from typing import Any

import pytest
from trace_trainers.baselines.pool import Pool, draw_pool, on_pool

from trace_gym.env.registration import make_env
from trace_gym.env.task_indices import TaskIndices
from trace_gym.errors import UserError
from trace_gym.rollouts.play import Job

DESK = "trace/ServiceDesk-v0"


class Finite:
    """Stands for a target with so many tasks."""

    def __init__(self, tasks: int | None) -> None:
        self.task_count = tasks


def drawn(tasks: int | None, size: int, seed: int = 0, validation: int = 64) -> Pool:
    env: Any = Finite(tasks)
    return draw_pool(env, size, 0.25, validation, seed)


@pytest.mark.parametrize("tasks", [None, 50])
@pytest.mark.parametrize("size", [8, 32])
def test_a_quarter_is_kept_for_validation_and_never_learned_from(tasks: int | None, size: int) -> None:
    pool = drawn(tasks, size)
    assert (len(pool.training), len(pool.validation)) == (size * 3 // 4, size // 4)
    assert not set(pool.training) & set(pool.validation)


def test_of_one_seed_a_smaller_pool_lies_in_a_larger_one_in_both_parts() -> None:
    small, large = drawn(None, 8), drawn(None, 32)
    assert set(small.training) < set(large.training)
    assert set(small.validation) < set(large.validation)


def test_seeds_draw_different_pools() -> None:
    assert drawn(None, 32, seed=0).training != drawn(None, 32, seed=1).training


def test_a_pool_of_all_takes_every_task_of_a_finite_target() -> None:
    pool = drawn(20, 0)
    assert sorted(pool.training + pool.validation) == list(range(20))
    assert not pool.endless


def test_an_endless_pool_never_reaches_its_validation_tasks_nor_another_seeds() -> None:
    first, second = drawn(None, 0, seed=0), drawn(None, 0, seed=1)
    assert first.count is None
    # as far as training and its resampling go in a thousand steps
    furthest = first.index_of(1_000_000 + 1000 * 16 * 1024 // 20)
    assert furthest < min(first.validation)
    assert max(first.validation) < second.index_of(0)


@pytest.mark.parametrize(
    ("tasks", "size", "words"), [(20, 32, "the target has 20"), (None, 3, "too small"), (2, 0, "too small")]
)
def test_a_pool_that_cannot_be_drawn_is_refused(tasks: int | None, size: int, words: str) -> None:
    with pytest.raises(UserError, match=words):
        drawn(tasks, size)


def test_every_task_comes_once_before_any_comes_twice() -> None:
    pool = Pool((5, 6, 7), (9, 8))
    assert [(job.index, job.trial) for job in pool.jobs(4)] == [(5, 0), (6, 0), (7, 0), (5, 1)]
    assert [(job.index, job.trial) for job in pool.validation_jobs(3)] == [(9, 0), (8, 0), (9, 1)]
    assert Pool((5,), (9,), endless=True).jobs(2) == [Job(5), Job(6)]


def test_a_confined_environment_plays_the_pools_tasks_and_no_others() -> None:
    pool = Pool((40, 7), (3,))
    free = make_env(DESK, split="mine")
    confined = on_pool(make_env(DESK, split="mine"), pool)

    assert confined.task_count == 2
    for place, index in enumerate(pool.training):
        assert confined.reset(options={"index": place})[0] == free.reset(options={"index": index})[0]
    with pytest.raises(ValueError, match="below 2"):
        confined.reset(options={"index": 2})
    draws = TaskIndices.of(confined).training(range(6))
    assert sorted(draw.index for draw in draws) == [0, 0, 0, 1, 1, 1]
    # the class of other environments is left as it was
    assert free.task_count is None
