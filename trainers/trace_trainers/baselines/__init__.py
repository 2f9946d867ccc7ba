"""The agents that an evaluation compares; adding one is adding a file and a line here."""

from __future__ import annotations

from trace_trainers.baselines import base, chosen, joined, oracle_routed, routed, single_adapter
from trace_trainers.baselines.contest import Baseline, Contest
from trace_trainers.evaluation.agent import Agent

BASELINES: tuple[Baseline, ...] = (
    # agents that replay recorded episodes come after those they replay
    base.agents,
    single_adapter.agents,
    routed.agents,
    joined.agents,
    chosen.agents,
    oracle_routed.agents,
)
"""The kinds of agents that take part, in the order of the table."""


def agents_of(contest: Contest) -> list[Agent]:
    """Returns every agent that takes part in a contest.

    Args:
        contest: Provides models, router and budgets.
    """
    agents = []
    for baseline in BASELINES:
        agents += baseline(contest)
    return agents
