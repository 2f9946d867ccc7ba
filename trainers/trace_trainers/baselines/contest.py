"""What the agents of an evaluation are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from trace_gym.rollouts.sampling_params import SamplingParams
from trace_trainers.evaluation.agent import Agent
from trace_trainers.evaluation.budget import Budget
from trace_trainers.policies.adapters import AdapterBank, Chooser


@dataclass(frozen=True)
class Contest:
    """The models at hand, and what has been spent on them.

    Example:
        >>> from trace_trainers.policies.loading import load_model, load_tokenizer
        >>> contest = Contest(AdapterBank(load_model("tiny"), load_tokenizer("tiny")), SamplingParams())
        >>> contest.budget_of("error_recovery").total
        0
    """

    bank: AdapterBank
    """The base and its adapters."""
    params: SamplingParams
    """How agents sample."""
    routed: Chooser | None = None
    """The router's choice, if there is a router."""
    mining: Budget = field(default_factory=Budget)
    """What finding the capabilities has cost."""
    training: Mapping[str, Budget] = field(default_factory=dict)
    """What training each adapter has cost."""

    def budget_of(self, *adapters: str) -> Budget:
        """Returns what an agent made of some adapters has cost, mining included.

        Args:
            *adapters: Their names; an agent without adapters has cost nothing.
        """
        if not adapters:
            return Budget()
        budget = self.mining
        for name in adapters:
            budget = budget + self.training.get(name, Budget())
        return budget


Baseline = Callable[[Contest], list[Agent]]
"""Makes the agents of one kind, none where the contest lacks what they need."""
