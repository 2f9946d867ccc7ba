"""Faults of tasks and splits."""

from __future__ import annotations

from typing import Any

import numpy as np

from trace_gym import Task, ToolCall, ToolEnv
from trace_gym.env.episode import Episode

from .sound import Sound


class TupleState(Sound):
    """Keeps a tuple in the state."""

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        task = super().make_task(rng, split, difficulty)
        task.state["order"] = (1, 2)
        return task


class SplitIgnored(Sound):
    """Draws the identifiers of every split from the same numbers."""

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        return super().make_task(rng, "train", difficulty)


class SameTasks(Sound):
    """Has the same tasks in every split."""

    def reset(self, **kwargs: Any) -> Any:
        split, self.split = self.split, "train"
        try:
            return super().reset(**kwargs)
        finally:
            self.split = split


class Unsolvable(Sound):
    """Asks for a fact that no gold message states."""

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        task = super().make_task(rng, split, difficulty)
        return Task(task.request, task.state, (*task.gold[:-1], "Done."), task.facts)


class TooLong(Sound):
    """Leaves fewer turns than its own solution takes."""

    max_turns = 5


class OnlyTheFirstLevel(Sound):
    """Cannot be solved beyond the first level."""

    def terms(self, episode: Episode) -> dict[str, float]:
        return {**super().terms(episode), "easy": float(len(episode.task.facts) == 1)}


class MisspeltGold(Sound):
    """A gold call with an argument that its tool does not have."""

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        task = super().make_task(rng, split, difficulty)
        return Task(task.request, task.state, (ToolCall("count", {"shelf": "F1"}), *task.gold), task.facts)


class UnknownGold(Sound):
    """A gold call of a tool that does not exist."""

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        task = super().make_task(rng, split, difficulty)
        return Task(task.request, task.state, (ToolCall("cuont", {}), *task.gold), task.facts)


class FailingTask(Sound):
    """Cannot draw tasks of the last level."""

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        if difficulty == 3:
            raise IndexError("no shelf left")
        return super().make_task(rng, split, difficulty)


class LostGold(Sound):
    """Looks something up that is not there."""

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        task = super().make_task(rng, split, difficulty)
        return Task(task.request, task.state, (ToolCall("count", {"shelf_id": "F"}), *task.gold), task.facts)


FAULTS: dict[type[ToolEnv], str] = {
    TupleState: "tasks.json",
    SplitIgnored: "splits.disjoint",
    SameTasks: "splits.disjoint",
    Unsolvable: "solution.oracle",
    TooLong: "solution.oracle",
    MisspeltGold: "solution.gold",
    UnknownGold: "solution.gold",
    FailingTask: "solution.gold",
    LostGold: "solution.gold",
    OnlyTheFirstLevel: "solution.oracle",
}
"""The check that must name each fault."""
