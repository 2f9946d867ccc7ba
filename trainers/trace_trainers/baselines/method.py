"""What a comparison knows of a method."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from trace_gym.rollouts.sampling_params import SamplingParams
from trace_trainers.baselines.lab import Lab, Settings
from trace_trainers.evaluation.agent import Agent

MakeAgent = Callable[[Lab, Settings, int, SamplingParams], Agent]
"""Makes a method's agent from the settings, within a share of the budget in percent, sampling as told."""


@dataclass(frozen=True)
class Method:
    """A way to make an agent within a budget of rollouts.

    `make_agent` does whatever work its files do not hold yet, spends no more than the share, and returns the same agent
    whenever it is called with the same arguments. Where the share does not suffice it returns `lab.base_as(...)`.

    Example:
        >>> method = Method("base", "as it is", lambda lab, settings, share, params: lab.base_as("base", {}, ""))
        >>> method.needs_mining, method.settings
        (False, {})
    """

    name: str
    """Its name in configurations and tables."""
    title: str
    """What it does, in a few words."""
    make_agent: MakeAgent
    """Makes its agent."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Its settings and their defaults."""
    needs_mining: bool = False
    """Whether it uses what the pool gave."""
    needs_adapters: bool = False
    """Whether it uses the adapter of each capability."""
    reads_prompts: bool = False
    """Whether it is for agents only that read their system message."""
    tuned_on: str = "pool"
    """Where its settings are chosen: on the `pool`'s validation tasks, or on the `emitted` environments."""
