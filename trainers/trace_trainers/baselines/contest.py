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
    """The base and its adapters, and the rollouts spent on them.

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
    """Chooses an adapter per conversation; None without a router."""
    mining: Budget = field(default_factory=Budget)
    """The rollouts spent on finding the capabilities."""
    training: Mapping[str, Budget] = field(default_factory=dict)
    """The rollouts spent on training, by adapter."""
    joined: Mapping[str, Budget] = field(default_factory=dict)
    """Adapters in the bank that stand for all capabilities, and what each cost."""
    chosen: tuple[str, Budget] | None = None
    """The agent that was chosen on validation tasks, and what it cost to make all and choose; None without a choice."""

    @property
    def adapters(self) -> list[str]:
        """The adapters in the bank that stand for one capability each."""
        return [name for name in self.bank.names if name not in self.joined]

    def budget_of(self, *adapters: str) -> Budget:
        """Returns what an agent made of some adapters cost, mining included.

        Args:
            *adapters: Names of the adapters; an agent without adapters cost nothing.
        """
        if not adapters:
            return Budget()

        # mining is paid once, however many adapters come of it
        budget = self.mining
        for name in adapters:
            budget = budget + self.training.get(name, Budget())
        return budget


Baseline = Callable[[Contest], list[Agent]]
"""Makes the agents of one kind, or none where the contest lacks what they need."""
