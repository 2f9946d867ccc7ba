"""Determinism: what differs is named, and the checker leaves the global generators and clocks as they were."""

from __future__ import annotations

import random
import time
from typing import Any

import numpy as np
import pytest

from trace_gym import Task, ToolEnv
from trace_gym.checks.determinism import interleaves, repeats, seeds
from trace_gym.env.seeding import task_rng

from .broken import Sound, randomness
from .helpers import sentences, subject_of


class FewTasks(Sound):
    """Has three tasks, so that seeds must repeat them."""

    @property
    def task_count(self) -> int:
        return 3


class RaisesOnReset(Sound):
    """Cannot start an episode."""

    def reset(self, **kwargs: Any) -> Any:
        raise RuntimeError("no episode today")


class OneOfFive(Sound):
    """Draws all tasks from five."""

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        return super().make_task(task_rng(split, int(rng.integers(5)), difficulty), split, difficulty)


@pytest.mark.parametrize("check", [repeats, interleaves, seeds])
def test_a_sound_environment_is_deterministic(check: Any) -> None:
    assert sentences(check, Sound) == []


@pytest.mark.parametrize(
    ("cls", "names"),
    [
        (randomness.Counter, ["determinism.same_seed"]),
        (randomness.StaleInstance, ["determinism.same_seed"]),
        (randomness.Clock, ["determinism.clock"]),
        (randomness.GlobalRandom, ["determinism.global_rng"]),
        (randomness.GlobalNumpy, ["determinism.global_rng"]),
        (randomness.SetOrder, []),
    ],
)
def test_repeats_name_the_source_of_the_difference(cls: type[ToolEnv], names: list[str]) -> None:
    assert [finding.check for finding in repeats(subject_of(cls))] == names


def test_shared_state_shows_when_instances_are_interleaved() -> None:
    assert "Two instances played in turns disturb each other" in sentences(interleaves, randomness.SharedState)[0]


def test_an_instance_that_remembers_shows_when_it_is_used_again() -> None:
    assert "A used instance behaves differently" in sentences(interleaves, randomness.StaleInstance)[-1]


def test_a_seed_that_is_not_handed_on_is_named() -> None:
    assert "reset(seed=s) called twice gives two different tasks" in sentences(seeds, randomness.SeedUnused)[0]


def test_seeds_that_give_one_task_are_counted() -> None:
    assert "4 seeds give 1 different tasks" in sentences(seeds, randomness.SeedIgnored)[0]


def test_too_few_different_tasks_are_named_only_where_there_should_be_more() -> None:
    assert "16 seeds give 5 different tasks" in sentences(seeds, OneOfFive, tasks=16)[0]
    assert sentences(seeds, FewTasks, tasks=16) == []


def test_global_generators_and_clocks_are_left_as_they_were() -> None:
    python_state, numpy_state, clock = random.getstate(), np.random.get_state()[1].tolist(), time.time
    list(repeats(subject_of(randomness.GlobalRandom)))
    with pytest.raises(RuntimeError, match="no episode today"):
        list(repeats(subject_of(RaisesOnReset)))
    assert random.getstate() == python_state
    assert np.random.get_state()[1].tolist() == numpy_state
    assert time.time is clock
