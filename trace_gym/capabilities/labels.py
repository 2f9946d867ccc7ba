"""Labels of (trajectory, capability), and what a labeller is."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from trace_gym.capabilities.attempt import Attempt


class Label(Enum):
    """Whether a trajectory shows a capability; the value is its letter in files."""

    NA = "-"
    """The capability is not needed, or there was no occasion to show it."""
    PRESENT = "P"
    """Needed and exercised."""
    LACKING = "L"
    """Needed and not exercised."""


class Labeller(Protocol):
    """A module that labels one capability.

    Responsibilities: `label` decides from the action structure alone; it is deterministic, never sees the reward, and
    never raises for a well-formed attempt.
    """

    NAME: str
    DESCRIPTION: str
    ARCHETYPE: str

    def label(self, attempt: Attempt) -> Label:
        """Labels one attempt."""
        ...
