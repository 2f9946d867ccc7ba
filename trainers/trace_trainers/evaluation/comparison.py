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
    outcomes = {name: [trajectory.success for trajectory in episodes] for name, episodes in played.items()}
    summaries = {agent.name: _summary(agent, played[agent.name]) for agent in agents}
    return {"agents": summaries, "pairs": _pairs(outcomes, seed)}


def by_need(env: ToolEnv, outcomes: Outcomes, indices: Sequence[int]) -> dict[str, Any]:
    """Breaks success down by the capabilities that a task privately needs.

    Args:
        env: The environment on the held-out split.
        outcomes: By agent.
        indices: Index of each task.

    Returns:
        A row per capability, for the tasks that need it alone; `several` for those that need more than one, and
        `unknown` for those whose needs the environment does not record. Each has `n` and a rate per agent.
    """
    places: dict[str, list[int]] = {}
    for place, index in enumerate(indices):
        env.reset(options={"index": index})
        places.setdefault(_need(env.episode.task.needs), []).append(place)

    rows = {}
    for need in sorted(places):
        own = places[need]
        rates = {name: sum(solved[place] for place in own) / len(own) for name, solved in outcomes.items()}
        rows[need] = {"n": len(own), **rates}
    return rows


def _need(needs: Sequence[str]) -> str:
    if not needs:
        return "unknown"
    return needs[0] if len(needs) == 1 else "several"


def _summary(agent: Agent, episodes: Sequence[Trajectory]) -> dict[str, Any]:
    solved = sum(trajectory.success for trajectory in episodes)
    adapters = [trajectory.adapter for trajectory in episodes]
    return {
        "success_rate": solved / len(episodes),
        "n": len(episodes),
        "successes": solved,
        "interval": list(wilson(solved, len(episodes))),
        "adapters_used": {name or "base": adapters.count(name) for name in sorted(set(adapters))},
        "errors": sum(bool(trajectory.error) for trajectory in episodes),
        "rollouts": agent.budget.to_json(),
        "evaluation_rollouts": len(episodes),
    }


def _pairs(outcomes: Outcomes, seed: int) -> list[dict[str, Any]]:
    """Every other agent against the base, and the routed agent against every other."""
    names = list(outcomes)
    pairs = []
    if BASE_AGENT in outcomes:
        pairs += [(BASE_AGENT, name) for name in names if name != BASE_AGENT]
    if ROUTED_AGENT in outcomes:
        pairs += [(name, ROUTED_AGENT) for name in names if name not in (BASE_AGENT, ROUTED_AGENT)]

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
