"""What the episodes of several agents say: rates with intervals, paired tests, success by what a task needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trace_gym.env.tool_env import ToolEnv
from trace_gym.trajectories.record import Trajectory
from trace_trainers.evaluation.agent import Agent
from trace_trainers.evaluation.statistics import mcnemar, paired_interval, wilson

BASE_AGENT = "base"
"""The agent that every other is compared with."""
ROUTED_AGENT = "routed"
"""The agent that is compared with every other."""

Outcomes = Mapping[str, Sequence[bool]]
"""Whether each agent solved each task, in the tasks' order."""


def compare(agents: Sequence[Agent], played: Mapping[str, Sequence[Trajectory]], seed: int) -> dict[str, Any]:
    """Summarizes every agent, and compares pairs of them on the same tasks.

    Args:
        agents: Who played.
        played: Their episodes, by agent, all on the same tasks in the same order.
        seed: Seeds the bootstrap.

    Returns:
        `agents` and `pairs` of `evaluation.json`.
    """
    summaries = {agent.name: _summary(agent, played[agent.name]) for agent in agents}
    return {"agents": summaries, "pairs": _pairs(outcomes_of(played), seed)}


def outcomes_of(played: Mapping[str, Sequence[Trajectory]]) -> dict[str, list[bool]]:
    """Returns whether each agent solved each task, in the tasks' order.

    Args:
        played: The agents' episodes, by agent.

    Example:
        >>> outcomes_of({"base": [Trajectory("trace/ServiceDesk-v0", "evaluate/0", [], 1.0, True)]})
        {'base': [True]}
    """
    outcomes = {}
    for name, episodes in played.items():
        outcomes[name] = [trajectory.success for trajectory in episodes]
    return outcomes


def by_need(env: ToolEnv, outcomes: Outcomes, indices: Sequence[int]) -> dict[str, Any]:
    """Breaks success down by the capabilities that a task privately needs.

    Args:
        env: The environment on the held-out split.
        outcomes: Whether each agent solved each task, by agent.
        indices: Index of each task, in the order of the outcomes.

    Returns:
        One row per capability, over the tasks that need only that one; a row `several` for tasks that need more than
        one, and a row `unknown` for tasks whose needs the environment does not record. Each row has `n`, the number
        of tasks, and the success rate of each agent.
    """
    places: dict[str, list[int]] = {}
    for place, index in enumerate(indices):
        # needs are not part of a trajectory: they would tell a labeller the answer
        env.reset(options={"index": index})
        places.setdefault(_need(env.episode.task.needs), []).append(place)

    rows = {}
    for need in sorted(places):
        row: dict[str, Any] = {"n": len(places[need])}
        for name, solved in outcomes.items():
            row[name] = _rate_at(solved, places[need])
        rows[need] = row
    return rows


def _rate_at(solved: Sequence[bool], places: Sequence[int]) -> float:
    """The success rate over the tasks at some places."""
    return sum(solved[place] for place in places) / len(places)


def _need(needs: Sequence[str]) -> str:
    """The row of `by_need` that a task is counted in."""
    if not needs:
        return "unknown"
    if len(needs) > 1:
        # counted once: in a row of each capability it would weigh more than other tasks
        return "several"
    return needs[0]


def _summary(agent: Agent, episodes: Sequence[Trajectory]) -> dict[str, Any]:
    solved = sum(trajectory.success for trajectory in episodes)
    adapters = [trajectory.adapter for trajectory in episodes]

    adapters_used = {}
    for name in sorted(set(adapters)):
        adapters_used[name or "base"] = adapters.count(name)

    return {
        "success_rate": solved / len(episodes),
        "n": len(episodes),
        "successes": solved,
        "interval": list(wilson(solved, len(episodes))),
        "adapters_used": adapters_used,
        "errors": sum(bool(trajectory.error) for trajectory in episodes),
        "rollouts": agent.budget.to_json(),
        # counted separately: every agent has the same, so it says nothing about what an agent costs
        "evaluation_rollouts": len(episodes),
    }


def _pairs(outcomes: Outcomes, seed: int) -> list[dict[str, Any]]:
    """Every other agent against the base, and the routed agent against every other."""
    pairs = []
    if BASE_AGENT in outcomes:
        for name in outcomes:
            if name != BASE_AGENT:
                pairs.append((BASE_AGENT, name))
    if ROUTED_AGENT in outcomes:
        for name in outcomes:
            # base against routed is among the pairs above
            if name not in (BASE_AGENT, ROUTED_AGENT):
                pairs.append((name, ROUTED_AGENT))

    rows = []
    for first, second in pairs:
        gain = sum(outcomes[second]) - sum(outcomes[first])
        row = {
            "first": first,
            "second": second,
            "difference": gain / len(outcomes[first]),
            "interval": list(paired_interval(outcomes[first], outcomes[second], seed=seed)),
            "p": mcnemar(outcomes[first], outcomes[second]),
            "test": "exact McNemar, two-sided",
        }
        rows.append(row)
    return rows
