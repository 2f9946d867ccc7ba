"""Environments not worth training on."""

from __future__ import annotations

import numpy as np

from trace_gym import Task, ToolEnv

from .sound import Sound


class NoSignal(Sound):
    """Asks for so much that whoever errs now and then is never paid."""

    max_turns = 60

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        return super().make_task(rng, split, difficulty + 16)


class EasierWhenHarder(Sound):
    """The levels are upside down."""

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        return super().make_task(rng, split, 4 - difficulty)


FAULTS: dict[type[ToolEnv], str] = {
    NoSignal: "learnability.signal",
    EasierWhenHarder: "learnability.difficulty",
}
"""The check that must name each fault."""
