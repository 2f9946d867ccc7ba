"""One adapter in place of several: the adapters added up, or one that was trained on the mixture."""

from __future__ import annotations

from trace_trainers.baselines.contest import Contest
from trace_trainers.evaluation.agent import Agent, Played
from trace_trainers.policies.adapters import AdapterPolicy, fixed

ADDED_UP = "added-up"
"""The adapter that adds up what each of the others adds."""
MIXTURE = "mixture"
"""The adapter that was trained on all emitted environments in turn."""


def agents(contest: Contest) -> list[Agent]:
    """Returns an agent for each adapter that stands for all capabilities.

    Args:
        contest: Provides the adapters and what they cost.
    """
    return [_agent(contest, name) for name in contest.joined]


def _agent(contest: Contest, name: str) -> Agent:
    def make_policy(played: Played) -> AdapterPolicy:
        return AdapterPolicy(contest.bank, fixed(name), contest.params, policy_id=name)

    return Agent(name, make_policy, contest.joined[name])
