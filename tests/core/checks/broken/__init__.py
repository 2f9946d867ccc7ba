"""Environments with one fault each, by the kind of fault, and the sound one they are made from."""

from __future__ import annotations

from trace_gym import ToolEnv

from . import gymnasium_api, leaks, learnability, randomness, rewards, robustness, tasks, tools
from .sound import Sound

__all__ = ["BROKEN", "Sound"]

BROKEN: dict[type[ToolEnv], str] = {
    **gymnasium_api.FAULTS,
    **leaks.FAULTS,
    **learnability.FAULTS,
    **randomness.FAULTS,
    **rewards.FAULTS,
    **robustness.FAULTS,
    **tasks.FAULTS,
    **tools.FAULTS,
}
"""The check that must name each fault."""
