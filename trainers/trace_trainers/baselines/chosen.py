"""The agent that a run chose on validation tasks; it repeats what that agent played."""

from __future__ import annotations

from dataclasses import replace

from trace_trainers.baselines.contest import Contest
from trace_trainers.baselines.routed import choosing_agent
from trace_trainers.evaluation.agent import Agent, Played
from trace_trainers.evaluation.comparison import ROUTED_AGENT
from trace_trainers.evaluation.recorded import RecordedPolicy
from trace_trainers.policies.adapters import fixed


def agent_name(chosen: str) -> str:
    """Names the row of what was chosen.

    Args:
        chosen: The agent that was chosen.

    Example:
        >>> agent_name("routed")
        'chosen:routed'
    """
    return f"chosen:{chosen}"


def agents(contest: Contest) -> list[Agent]:
    """Returns the chosen agent, if there was a choice.

    Args:
        contest: Names it, and what all candidates and the choice cost.
    """
    if contest.chosen is None:
        return []
    name, budget = contest.chosen
    if name == ROUTED_AGENT and contest.routed is not None:
        return [replace(choosing_agent(contest, agent_name(name), contest.routed), budget=budget)]

    def make_policy(played: Played) -> RecordedPolicy:
        return RecordedPolicy(fixed(name), {name: played[name]}, policy_id=agent_name(name))

    return [Agent(agent_name(name), make_policy, budget)]
