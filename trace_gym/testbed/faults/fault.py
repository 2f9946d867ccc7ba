"""What a planted fault is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from trace_gym.testbed.script import Turn
from trace_gym.testbed.solved import Solved

Plans = Callable[[Solved, np.random.Generator], Iterator[list[Turn]]]
"""Yields what an assistant with the fault does at a task, likelier plans first; nothing where it has no occasion."""


@dataclass(frozen=True)
class Fault:
    """Something that an agent does wrong, in one way.

    Example:
        >>> Fault("silent", "result_reporting", lambda solved, rng: iter([])).company
        frozenset()
    """

    name: str
    """A short name."""
    capability: str
    """The capability that it lacks."""
    plans: Plans = field(repr=False)
    """What it does."""
    company: frozenset[str] = frozenset()
    """Capabilities that may be named besides, because the same deed lacks them too."""
    why: str = ""
    """Why they may, in one sentence."""
    is_refused: bool = False
    """Whether the fault is to be refused; others are no faults where the tools refuse them."""
