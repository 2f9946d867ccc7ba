"""Tasks are plain data, and splits share nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from trace_gym import Task, ToolEnv
from trace_gym.checks.tasks import data, splits

from .broken import Sound, tasks
from .helpers import sentences


class Extended(Sound):
    """Adds something to each task's state."""

    def extra(self, rng: np.random.Generator) -> dict[Any, Any]:
        return {}

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        task = super().make_task(rng, split, difficulty)
        return Task(task.request, {**task.state, **self.extra(rng)}, task.gold, task.facts)


class NumericKey(Extended):
    def extra(self, rng: np.random.Generator) -> dict[Any, Any]:
        return {"by_number": {1: "one"}}


class NanState(Extended):
    def extra(self, rng: np.random.Generator) -> dict[Any, Any]:
        return {"weight": float("nan")}


class Timestamped(Extended):
    def extra(self, rng: np.random.Generator) -> dict[Any, Any]:
        return {"at": f"2024-05-{int(rng.integers(1, 3)):02}T{int(rng.integers(1, 3)):02}:00:00"}


class SharedField(Extended):
    def extra(self, rng: np.random.Generator) -> dict[Any, Any]:
        return {"address1": "High Street"}


class SharedRecord(Extended):
    """Names one of two common records in each task."""

    def extra(self, rng: np.random.Generator) -> dict[Any, Any]:
        return {"depot": f"D{1000 + int(rng.integers(8))}"}


@pytest.mark.parametrize("check", [data, splits])
def test_the_tasks_of_a_sound_environment_are_sound(check: Any) -> None:
    assert sentences(check, Sound) == []


@pytest.mark.parametrize(
    ("cls", "reason"),
    [
        (tasks.TupleState, "it reads back as something else, such as a tuple or a number as key"),
        (NumericKey, "it reads back as something else, such as a tuple or a number as key"),
        (NanState, "Out of range float values are not JSON compliant"),
    ],
)
def test_a_state_that_is_not_json_is_named_once(cls: type[ToolEnv], reason: str) -> None:
    (sentence,) = sentences(data, cls)
    assert sentence.startswith(f"The state of a task is not JSON: {reason}")


def test_tasks_in_two_splits_are_counted() -> None:
    (sentence,) = sentences(splits, tasks.SameTasks)
    assert sentence.startswith("4 of the first 4 tasks occur in both 'mine' and 'train'; make_task must use")


def test_an_identifier_in_two_splits_is_named() -> None:
    (sentence,) = sentences(splits, tasks.SplitIgnored, tasks=48)
    assert sentence.startswith("The identifier 'F")
    assert "draw identifiers from numbers_of_split(digits, split)" in sentence
    assert "The identifier 'D100" in sentences(splits, SharedRecord, tasks=16)[0]


@pytest.mark.parametrize("cls", [Timestamped, SharedField])
def test_times_and_names_of_fields_are_not_identifiers(cls: type[ToolEnv]) -> None:
    assert sentences(splits, cls, tasks=8) == []
