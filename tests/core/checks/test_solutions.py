"""Gold solutions can be made and score 1."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from trace_gym import Task, ToolCall, ToolEnv, UserError
from trace_gym.checks.solutions import gold, oracles

from .broken import Sound, tasks
from .helpers import sentences, subject_of


class RecoversFirst(Sound):
    """Opens its solution with a write that is refused, as recovery tasks do."""

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        task = super().make_task(rng, split, difficulty)
        refused = ToolCall("clear", {"shelf_id": "F", "how": "all"})
        return Task(task.request, task.state, (refused, *task.gold), task.facts)


class FailsSilently(Sound):
    """Fails without a message."""

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        raise AssertionError


class LacksFile(Sound):
    """Explains what its user has to do."""

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        raise UserError("shelves.json is missing; download it first.")


class HalfSolved(Sound):
    """Cannot solve its later tasks."""

    def oracle(self) -> list[str]:
        return super().oracle() if self.index < 5 else ["Done."]


class Unfinished(Sound):
    """Stops its solution before the last message."""

    def oracle(self) -> list[str]:
        return super().oracle()[:-1]


@pytest.mark.parametrize("cls", [Sound, RecoversFirst])
@pytest.mark.parametrize("check", [gold, oracles])
def test_sound_solutions_pass(check: Any, cls: type[ToolEnv]) -> None:
    assert sentences(check, cls) == []


def test_a_lookup_that_finds_nothing_is_a_warning() -> None:
    (finding,) = gold(subject_of(tasks.LostGold))
    assert finding.severity == "warning"
    assert finding.sentence == (
        "The gold call count({'shelf_id': 'F'}) of task 0 ('mine', level 1) is refused: no shelf F. Correct `gold`."
    )


def test_a_task_that_cannot_be_made_is_placed_in_its_file() -> None:
    (sentence,) = sentences(gold, tasks.FailingTask)
    assert sentence.startswith("task 0 ('mine', level 3) cannot be made: IndexError: no shelf left (tasks.py, line ")
    assert "cannot be made: AssertionError: no message (test_solutions.py, line " in sentences(gold, FailsSilently)[0]


def test_an_error_for_the_user_is_passed_on_without_its_type() -> None:
    (sentence,) = sentences(gold, LacksFile)
    assert "cannot be made: shelves.json is missing; download it first. (test_solutions.py" in sentence


@pytest.mark.parametrize(
    ("cls", "sentence"),
    [
        (tasks.Unsolvable, "The solution of task 0 ('mine', level 1) scores 0, expected 1 (terms: {"),
        (tasks.OnlyTheFirstLevel, "The solution of task 0 ('mine', level 2) scores"),
        (Unfinished, "scores 0, expected 1 (terms: none, as the episode did not end)."),
    ],
)
def test_a_solution_that_does_not_score_1_is_named_once(cls: type[ToolEnv], sentence: str) -> None:
    (found,) = sentences(oracles, cls)
    assert sentence in found


def test_a_quarter_of_the_tasks_is_solved_and_at_least_four() -> None:
    assert sentences(oracles, HalfSolved, tasks=16) == []
    assert "The solution of task 5" in sentences(oracles, HalfSolved, tasks=24)[0]
