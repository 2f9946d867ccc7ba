"""The ceiling of choosing one adapter per conversation: the choice is made by the task's private notes."""

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
    if not contest.bank.names:
        return []
    return [choosing_agent(contest, NAME, choose_by_need(contest.bank.names))]


def choose_by_need(adapters: Sequence[str]) -> Chooser:
    """Returns a chooser that takes the first capability a task privately needs that has an adapter, else the base.

    Args:
        adapters: The adapters at hand, each named as its capability.
    """

    def choose(requests: Sequence[TurnRequest]) -> list[str]:
        chosen = []
        for request in requests:
            needs = request.env.episode.task.needs
            matching = [name for name in needs if name in adapters]
            chosen.append(matching[0] if matching else BASE)
        return chosen

    return choose
