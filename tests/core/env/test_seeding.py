"""Where randomness comes from."""

from __future__ import annotations

import numpy as np
import pytest

from trace_gym.env.seeding import SPLITS, episode_rng, numbers_of_split, split_number, task_rng


def test_the_order_of_splits_is_part_of_every_seed() -> None:
    assert SPLITS == ("mine", "train", "evaluate", "demo")


@pytest.mark.parametrize("digits", [2, 3, 4])
def test_the_splits_partition_the_numbers(digits: int) -> None:
    parts = [numbers_of_split(digits, split) for split in SPLITS]
    together = np.concatenate(parts)
    assert sorted(together) == list(range(10 ** (digits - 1), 10**digits))
    assert min(map(len, parts)) > 0.2 * len(together)


@pytest.mark.parametrize("split", SPLITS)
def test_every_digit_stands_in_every_place(split: str) -> None:
    texts = [str(number) for number in numbers_of_split(4, split)]
    assert [{text[place] for text in texts} for place in range(4)] == [set("123456789"), *[set("0123456789")] * 3]


def test_numbers_of_a_split_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        numbers_of_split(3, "mine")[0] = 1


def draws(rng: np.random.Generator) -> tuple[int, ...]:
    return tuple(int(value) for value in rng.integers(2**31, size=4))


def test_neighbouring_tasks_share_nothing() -> None:
    keys = [(split, index, level) for split in SPLITS for index in range(50) for level in (1, 2, 3)]
    found = [draws(task_rng(*key)) for key in keys]
    assert len({value for row in found for value in row}) == 4 * len(keys)


def test_the_same_task_is_the_same_stream() -> None:
    assert draws(task_rng("train", 7, 2)) == draws(task_rng("train", 7, 2))


def test_episode_streams_differ_in_every_part() -> None:
    keys = [(0, "mine", 0, 0), (1, "mine", 0, 0), (0, "train", 0, 0), (0, "mine", 1, 0), (0, "mine", 0, 1)]
    assert len({draws(episode_rng(*key)) for key in keys}) == len(keys)
    assert draws(episode_rng(*keys[0])) == draws(episode_rng(*keys[0]))
    assert draws(episode_rng(0, "mine", 1, 0)) != draws(task_rng("mine", 1, 1))


def test_a_negative_index_is_refused() -> None:
    with pytest.raises(ValueError, match="must be >= 0, got -1"):
        task_rng("train", -1, 1)


def test_an_unknown_split_is_refused() -> None:
    with pytest.raises(ValueError, match="Unknown split 'test'; expected one of mine, train"):
        split_number("test")
