"""The ceiling of routing one adapter per conversation: the choice is made from what the task privately needs."""

from __future__ import annotations

from collections.abc import Sequence

from trace_gym.rollouts.policy import TurnRequest
from trace_trainers.baselines.contest import Contest
from trace_trainers.baselines.routed import choosing_agent
from trace_trainers.evaluation.agent import Agent
from trace_trainers.policies.adapters import BASE, Chooser

NAME = "oracle-routed"


def agents(contest: Contest) -> list[Agent]:
    """Returns the oracle-routed agent, if there is an adapter.

    Args:
        contest: Gives the adapters.
    """
    if not contest.adapters:
        return []
    return [choosing_agent(contest, NAME, choose_by_need(contest.adapters))]


def choose_by_need(adapters: Sequence[str]) -> Chooser:
    """Returns a chooser of the adapter for the first needed capability that has one, else of the base.

    Args:
        adapters: The available adapters, each named after its capability.
    """

    def choose(requests: Sequence[TurnRequest]) -> list[str]:
        return [_first_needed(request.env.episode.task.needs, adapters) for request in requests]

    return choose


def _first_needed(needs: Sequence[str], adapters: Sequence[str]) -> str:
    # in the task's own order: the service desk lists needs in the order of its `CAPABILITIES`
    for need in needs:
        if need in adapters:
            return need
    return BASE
