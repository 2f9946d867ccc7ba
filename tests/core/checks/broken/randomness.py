"""Faults of determinism."""

from __future__ import annotations

import itertools
import random
import time
from typing import Any

import numpy as np

from trace_gym import Task, ToolEnv, ToolError, tool
from trace_gym.env.seeding import task_rng

from .sound import Sound, State


class GlobalRandom(Sound):
    """Draws from Python's global generator."""

    def reset(self, **kwargs: Any) -> Any:
        observation, info = super().reset(**kwargs)
        return observation, {**info, "mood": random.random()}


class GlobalNumpy(Sound):
    """Draws from NumPy's global generator."""

    def reset(self, **kwargs: Any) -> Any:
        observation, info = super().reset(**kwargs)
        return observation, {**info, "mood": float(np.random.rand())}


class Clock(Sound):
    """Shows the time."""

    def reset(self, **kwargs: Any) -> Any:
        observation, info = super().reset(**kwargs)
        return observation, {**info, "at": time.time()}


class Counter(Sound):
    """Counts its episodes."""

    _numbers = itertools.count()

    def reset(self, **kwargs: Any) -> Any:
        observation, info = super().reset(**kwargs)
        return observation, {**info, "episode": next(self._numbers)}


class SetOrder(Sound):
    """Shows the members of a set in its own order, which changes with the process."""

    def reset(self, **kwargs: Any) -> Any:
        observation, info = super().reset(**kwargs)
        return observation, {**info, "shelves": list({f"a{k}" for k in range(20)})}


class TextHash(Sound):
    """Shows hash() of a text."""

    def reset(self, **kwargs: Any) -> Any:
        observation, info = super().reset(**kwargs)
        return observation, {**info, "key": hash(observation) % 1000}


class SeedIgnored(Sound):
    """Always the same task."""

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        return super().make_task(task_rng(split, 0, difficulty), split, difficulty)


class SeedUnused(Sound):
    """reset does not hand its seed on."""

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        return super().reset(options=options)


class SharedState(Sound):
    """Keeps what happens in the class."""

    _seen: State = {}  # noqa: RUF012

    @tool(kind="read")
    def count(self, state: State, shelf_id: str) -> Any:
        """Count the boxes on a shelf.

        Args:
            shelf_id: like F123
        """
        if shelf_id not in state["shelves"]:
            raise ToolError(f"no shelf {shelf_id}, the last one was {self._seen.get('shelf', 'none')}.")
        return super().count(state, shelf_id)

    def step(self, action: str) -> Any:
        observation, reward, terminated, truncated, info = super().step(action)
        type(self)._seen["steps"] = type(self)._seen.get("steps", 0) + 1
        if self.episode.turns > 1:
            info["steps"] = type(self)._seen.pop("steps")
        return observation, reward, terminated, truncated, info


class StaleInstance(Sound):
    """Carries the last episode's prompt into the next."""

    _last = ""

    def reset(self, **kwargs: Any) -> Any:
        observation, info = super().reset(**kwargs)
        before, self._last = self._last, observation
        return observation, {**info, "before": before}


FAULTS: dict[type[ToolEnv], str] = {
    GlobalRandom: "determinism.global_rng",
    GlobalNumpy: "determinism.global_rng",
    Clock: "determinism.clock",
    Counter: "determinism.same_seed",
    SetOrder: "determinism.process",
    TextHash: "determinism.process",
    SeedIgnored: "determinism.seed",
    SeedUnused: "determinism.seed",
    SharedState: "determinism.instances",
    StaleInstance: "determinism.same_seed",
}
"""The check that must name each fault."""
