"""What is compared: a name, a policy, and what the policy cost to make."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from trace_gym.rollouts.policy import Policy
from trace_gym.trajectories.record import Trajectory
from trace_trainers.evaluation.budget import Budget

Played = Mapping[str, Sequence[Trajectory]]
"""The episodes of the agents that have already played, by agent, on tasks 0, 1, ..."""


@dataclass(frozen=True)
class Agent:
    """An agent to compare with others.

    Example:
        >>> from trace_gym.rollouts.scripted import SilentPolicy
        >>> agent = Agent("silent", lambda played: SilentPolicy())
        >>> agent.name, agent.budget.total
        ('silent', 0)
    """

    name: str
    """Shown in tables; also names its file of episodes."""
    make_policy: Callable[[Played], Policy]
    """Makes the policy from the episodes played so far, which it may repeat."""
    budget: Budget = field(default_factory=Budget)
    """The rollouts it took to make the agent."""
    note: str = ""
    """Why it is no other than the base; empty if it is another."""
