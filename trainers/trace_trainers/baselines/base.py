"""The base model as it is."""

from __future__ import annotations

from trace_trainers.baselines.contest import Contest
from trace_trainers.evaluation.agent import Agent, Played
from trace_trainers.evaluation.comparison import BASE_AGENT
from trace_trainers.policies.adapters import BASE, AdapterPolicy, fixed


def agents(contest: Contest) -> list[Agent]:
    """Returns the base agent, which cost no rollouts.

    Args:
        contest: Provides the model.
    """

    def make_policy(played: Played) -> AdapterPolicy:
        return AdapterPolicy(contest.bank, fixed(BASE), contest.params, policy_id=BASE_AGENT)

    return [Agent(BASE_AGENT, make_policy, contest.budget_of())]
