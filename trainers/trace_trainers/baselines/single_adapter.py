"""Each adapter alone, on every task."""

from __future__ import annotations

from trace_trainers.baselines.contest import Contest
from trace_trainers.evaluation.agent import Agent, Played
from trace_trainers.policies.adapters import AdapterPolicy, fixed


def agent_name(adapter: str) -> str:
    """Names the agent that always takes one adapter.

    Args:
        adapter: The adapter.

    Example:
        >>> agent_name("error_recovery")
        'adapter:error_recovery'
    """
    return f"adapter:{adapter}"


def agents(contest: Contest) -> list[Agent]:
    """Returns one agent per adapter.

    Args:
        contest: Provides the adapters.
    """
    return [_agent(contest, adapter) for adapter in contest.adapters]


def _agent(contest: Contest, adapter: str) -> Agent:
    name = agent_name(adapter)

    def make_policy(played: Played) -> AdapterPolicy:
        return AdapterPolicy(contest.bank, fixed(adapter), contest.params, policy_id=name)

    return Agent(name, make_policy, contest.budget_of(adapter))
