"""Faults in what is said, and in what is asked for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trace_gym.capabilities.attempt import mentions, normal
from trace_gym.testbed.script import Turn
from trace_gym.testbed.solved import Solved


def not_told(solved: Solved, rng: np.random.Generator) -> Iterator[list[Turn]]:
    """Looks everything up, does everything, and tells nothing.

    Args:
        solved: The task.
        rng: Not used.
    """
    read = normal(" ".join(solved.results))
    # a fact that stands in no result would have to be worked out first
    if solved.facts and all(mentions(read, fact.value) for fact in solved.facts):
        yield [*solved.turns[:-1], "All done. Goodbye."]


def step_not_asked_for(solved: Solved, rng: np.random.Generator) -> Iterator[list[Turn]]:
    """Leaves out a step that only the user can take.

    Args:
        solved: The task.
        rng: Draws which.
    """
    asked = [number for number, turn in enumerate(solved.turns[:-1]) if isinstance(turn, str)]
    for place in rng.permutation(len(asked)):
        yield solved.without([asked[int(place)]])


def answered_unread(solved: Solved, rng: np.random.Generator) -> Iterator[list[Turn]]:
    """Looks nothing up that the answer depends on, where there is nothing to do but to answer.

    Args:
        solved: The task.
        rng: Not used.
    """
    if solved.writes:
        return
    values = [fact.value for fact in solved.facts]
    showing = [read for read in solved.reads if _mentions_any(solved.results[read], values)]
    if showing:
        rest = solved.without([*showing, len(solved.turns) - 1])
        yield [*rest, "I do not know. Goodbye."]


def _mentions_any(text: str, values: list[str]) -> bool:
    return any(mentions(normal(text), value) for value in values)
