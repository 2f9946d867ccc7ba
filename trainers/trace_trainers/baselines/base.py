"""The base model as it is."""

from __future__ import annotations

from trace_gym.rollouts.sampling_params import SamplingParams
from trace_trainers.baselines.contest import Contest
from trace_trainers.baselines.lab import Lab, Settings
from trace_trainers.baselines.method import Method
from trace_trainers.evaluation.agent import Agent, Played
from trace_trainers.evaluation.budget import Budget
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


def make_agent(lab: Lab, settings: Settings, share: int, params: SamplingParams) -> Agent:
    """Returns the base, at whatever share of the budget.

    Args:
        lab: The place of work.
        settings: None.
        share: Not used.
        params: Not used.
    """
    return lab.base_as(BASE_AGENT, Budget(), "it is the base")


METHOD = Method(BASE_AGENT, "the agent as it is", make_agent)
