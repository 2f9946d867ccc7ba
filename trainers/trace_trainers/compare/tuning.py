"""Choosing a method's settings among its candidates, on tasks that are not held out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trace_gym.env.task_indices import TaskIndices
from trace_gym.rollouts.play import Job
from trace_gym.rollouts.policy import Policy
from trace_gym.trajectories.record import Trajectory
from trace_trainers.baselines.lab import Lab
from trace_trainers.baselines.method import Method
from trace_trainers.baselines.training import label_of
from trace_trainers.compare.config import MethodConfig
from trace_trainers.compare.ledger import Entry, entries_of
from trace_trainers.evaluation.agent import Agent


@dataclass(frozen=True)
class Tuned:
    """The settings that were chosen, and what choosing took.

    Example:
        >>> Tuned({"weight": 1.0}, [], []).settings
        {'weight': 1.0}
    """

    settings: Mapping[str, Any]
    """The settings of the best candidate."""
    table: list[dict[str, Any]]
    """`settings`, `successes`, `episodes` of each candidate; empty where there was no choice."""
    entries: list[Entry]
    """What was played for it, with the candidates' own work."""


def tune(lab: Lab, method: Method, config: MethodConfig) -> Tuned:
    """Plays every candidate at the whole budget on validation tasks, and chooses the best.

    Args:
        lab: The place of work.
        method: The method.
        config: Its settings and sweep.
    """
    candidates = config.candidates()
    if len(candidates) == 1:
        return Tuned(candidates[0], [], [])

    table: list[dict[str, Any]] = []
    entries: list[Entry] = []
    for settings in candidates:
        agent = method.make_agent(lab, settings, 100, lab.rules.choosing)
        entries += entries_of(agent.budget, lab.spending.files)
        swept = {key: settings[key] for key in config.sweep}
        played: list[Trajectory] = []
        # an agent that is the base has nothing to be chosen for
        if not agent.note:
            for path in _validate(lab, method, agent, lab.folder / "validation" / label_of(swept), played):
                stage = f"validate {label_of(swept)} {path.stem}"
                entries += entries_of(lab.spending.episodes(stage, path), lab.spending.files)
        solved = sum(trajectory.success for trajectory in played)
        table.append({"settings": swept, "successes": solved, "episodes": len(played)})

    # of equals the first, which the configuration names first
    best = max(range(len(table)), key=lambda number: int(table[number]["successes"]))
    return Tuned(candidates[best], table, entries)


def _validate(lab: Lab, method: Method, agent: Agent, place: Path, played: list[Trajectory]) -> list[Path]:
    """Plays a candidate, appends its episodes to `played`, and returns their files."""
    policy = agent.make_policy({})
    if method.tuned_on == "emitted":
        return _validate_on_emitted(lab, policy, place, played)
    path = place / "pool.jsonl"
    played += lab.validate(policy, path)
    return [path]


def _validate_on_emitted(lab: Lab, policy: Policy, place: Path, played: list[Trajectory]) -> list[Path]:
    paths = []
    count = max(1, lab.rules.validation // len(lab.mined.envs))
    for name in lab.mined.envs:
        # tasks that no training of this length draws
        indices = TaskIndices.of(lab.make_emitted(name)).calibration(count)
        path = place / f"{name}.jsonl"
        jobs = [Job(index) for index in indices]
        played += lab.play(path, policy, jobs, lambda name=name: lab.make_emitted(name), name, lab.rules.choosing)  # type: ignore[misc]
        paths.append(path)
    return paths
