"""Which task serves which purpose, in endless splits and in finite ones."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym import UserError
from trace_gym.env.task_indices import TaskDraw, TaskIndices

from ..helpers import desk

COUNTS = st.integers(1, 40)
SEEDS = st.integers(0, 5)


def test_an_endless_split_gives_every_purpose_a_range_of_its_own() -> None:
    indices = TaskIndices(None, validation=256)
    ranges = [
        {draw.index for draw in indices.training(range(40 * 8))},
        {draw.index for draw in indices.resampling(39, 15, range(1024), ())},
        set(indices.router_hold_out(64)),
        set(indices.calibration(64)),
        set(indices.validation),
    ]

    for number, first in enumerate(ranges):
        for second in ranges[number + 1 :]:
            assert not first & second


def test_endless_numbers_are_those_of_earlier_versions() -> None:
    indices = TaskIndices(None)

    assert indices.training([0, 9]) == [TaskDraw(0), TaskDraw(9)]
    assert indices.resampling(3, 1, [0, 5], ()) == [
        TaskDraw(1_000_000 + 49 * 1024),
        TaskDraw(1_000_000 + 49 * 1024 + 5),
    ]
    assert indices.router_training(2) == [0, 1]
    assert indices.router_hold_out(2) == [500_000, 500_001]
    assert indices.mining(3) == indices.evaluation(3) == [0, 1, 2]


def test_rounds_of_an_endless_split_never_meet() -> None:
    indices = TaskIndices(None)
    drawn = []
    for step in range(20):
        for number in range(16):
            drawn += indices.resampling(step, number, range(16), ())

    assert len(set(drawn)) == len(drawn)


@given(COUNTS, SEEDS, st.integers(0, 500))
def test_no_index_goes_past_the_end(count: int, seed: int, place: int) -> None:
    indices = TaskIndices(count, seed=seed)
    drawn = [draw.index for draw in indices.training([place])]
    drawn += [draw.index for draw in indices.resampling(place, 0, range(8), {0, 1})]
    drawn += indices.router_training(64) + indices.calibration(64)

    assert set(drawn) <= set(range(count))


@given(COUNTS, SEEDS, st.integers(0, 6))
def test_an_epoch_draws_every_task_once(count: int, seed: int, epoch: int) -> None:
    draws = TaskIndices(count, seed=seed).training(range(epoch * count, (epoch + 1) * count))

    assert sorted(draw.index for draw in draws) == list(range(count))
    assert {draw.repeat for draw in draws} == {epoch}


def test_epochs_have_orders_of_their_own() -> None:
    indices = TaskIndices(30)
    orders = [tuple(draw.index for draw in indices.training(range(30 * epoch, 30 * epoch + 30))) for epoch in range(4)]

    assert len(set(orders)) == 4


@given(COUNTS, SEEDS)
def test_no_draw_of_a_finite_split_comes_twice(count: int, seed: int) -> None:
    """A task drawn again must sample from other streams, so (index, repeat) never repeats."""
    indices = TaskIndices(count, seed=seed)
    draws: Counter[TaskDraw] = Counter()
    for step in range(6):
        draws.update(indices.training(range(step * 8, step * 8 + 8)))
        for number in range(2):
            draws.update(indices.resampling(step, number, range(8), ()))

    assert max(draws.values()) == 1


def test_resampling_avoids_what_is_in_the_step() -> None:
    draws = TaskIndices(9).resampling(0, 0, range(4), taken={0, 1, 2, 3, 4})

    assert {draw.index for draw in draws} == {5, 6, 7, 8}


def test_resampling_goes_on_when_the_step_holds_every_task() -> None:
    draws = TaskIndices(3).resampling(0, 0, range(4), taken={0, 1, 2})

    assert len(draws) == len(set(draws)) == 4


def test_resampling_depends_on_step_and_round_alone() -> None:
    first, second = TaskIndices(9, seed=1), TaskIndices(9, seed=1)
    second.training(range(100))

    assert first.resampling(4, 1, [2, 3], {0}) == second.resampling(4, 1, [2, 3], {0})
    assert first.resampling(4, 1, range(5), {0}) != first.resampling(5, 1, range(5), {0})


@given(st.integers(2, 40), SEEDS)
def test_router_hold_out_is_disjoint_from_router_training(count: int, seed: int) -> None:
    indices = TaskIndices(count, seed=seed)
    learned, held_out = indices.router_training(64), indices.router_hold_out(64)

    assert learned
    assert held_out
    assert not set(learned) & set(held_out)


def test_a_single_task_cannot_train_and_compare_a_router() -> None:
    with pytest.raises(UserError, match="has one task, and a router needs at least two"):
        TaskIndices(1).router_hold_out(4)


@pytest.mark.parametrize("purpose", ["mining", "evaluation"])
def test_too_many_tasks_are_refused_with_the_number_there_is(purpose: str) -> None:
    indices = TaskIndices(9, split="evaluate")

    assert getattr(indices, purpose)(9) == list(range(9))
    with pytest.raises(UserError, match=r"'evaluate' has 9 tasks, and 10 were asked for; ask for 9 or fewer"):
        getattr(indices, purpose)(10)


def test_an_empty_split_is_refused() -> None:
    with pytest.raises(UserError, match="has 0 tasks"):
        TaskIndices(0)


def test_repeats_are_told() -> None:
    assert TaskIndices(9).repeats(320) == pytest.approx(35.6, abs=0.05)
    assert TaskIndices(None).repeats(320) == 1.0


def test_an_environment_tells_its_own_count() -> None:
    assert TaskIndices.of(desk()).count is None


@given(st.integers(0, 100_000), st.integers(0, 15), st.integers(0, 1023))
def test_no_step_of_an_endless_split_resamples_a_validation_task(step: int, number: int, place: int) -> None:
    indices = TaskIndices(None, validation=1000)

    drawn = indices.resampling(step, number, [place], ())
    assert not {draw.index for draw in drawn} & set(indices.validation)


@given(COUNTS, SEEDS, st.integers(0, 40))
def test_what_a_finite_split_sets_aside_for_validation_nothing_else_draws(count: int, seed: int, wanted: int) -> None:
    indices = TaskIndices(count, seed=seed, validation=wanted)
    aside = set(indices.validation)

    assert len(aside) == len(indices.validation) == min(wanted, count // 4)
    assert indices.training_count == count - len(aside)
    epoch = {draw.index for draw in indices.training(range(count - len(aside)))}
    assert epoch == set(range(count)) - aside
    drawn = {draw.index for number in range(4) for draw in indices.resampling(3, number, range(8), {0, 1})}
    assert not (drawn | set(indices.calibration(64))) & aside


def test_without_validation_a_finite_split_is_drawn_as_before() -> None:
    assert TaskIndices(9, validation=3).validation
    assert TaskIndices(9).validation == TaskIndices(3, validation=3).validation == []
    assert TaskIndices(None, validation=2).validation == [750_000, 750_001]
    assert TaskIndices(9, seed=1).training_count == 9


def test_repeats_are_those_of_the_tasks_that_are_trained_on() -> None:
    assert TaskIndices(8, validation=2).repeats(12) == 2.0
