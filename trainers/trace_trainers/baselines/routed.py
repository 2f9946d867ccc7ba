"""The router's choice of one adapter per conversation."""

from __future__ import annotations

from collections.abc import Sequence

from trace_gym.trajectories.record import Trajectory
from trace_trainers.baselines.contest import Contest
from trace_trainers.baselines.single_adapter import agent_name
from trace_trainers.evaluation.agent import Agent, Played
from trace_trainers.evaluation.comparison import BASE_AGENT, ROUTED_AGENT
from trace_trainers.evaluation.recorded import RecordedPolicy
from trace_trainers.policies.adapters import BASE, Chooser


def agents(contest: Contest) -> list[Agent]:
    """Returns the routed agent, if there is a router.

    Args:
        contest: Provides the router and the adapters.
    """
    if contest.routed is None:
        return []
    return [choosing_agent(contest, ROUTED_AGENT, contest.routed)]


def choosing_agent(contest: Contest, name: str, choose: Chooser) -> Agent:
    """Returns an agent that chooses an adapter per conversation and repeats what that adapter's agent played.

    Args:
        contest: Provides the adapters; the agent's budget includes the training of all of them.
        name: The agent's name.
        choose: Names an adapter for each conversation.
    """
    adapters = contest.bank.names

    def make_policy(played: Played) -> RecordedPolicy:
        recorded: dict[str, Sequence[Trajectory]] = {BASE: played[BASE_AGENT]}
        for adapter in adapters:
            # single adapters play before any agent that chooses, by the order of BASELINES
            recorded[adapter] = played[agent_name(adapter)]
        return RecordedPolicy(choose, recorded, policy_id=name)

    return Agent(name, make_policy, contest.budget_of(*adapters))
