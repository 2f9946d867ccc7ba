"""From trajectories to `capabilities.json`: label, contrast, resample, select."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from trace_gym.capabilities.attempt import Attempt
from trace_gym.capabilities.contrast import Contrast, contrast, false_discovery, permutation_p, resample_tasks
from trace_gym.capabilities.labellers.rules import LABELLERS
from trace_gym.capabilities.labels import Label, Labeller
from trace_gym.env.types import ToolCall
from trace_gym.trajectories.record import Trajectory

SCHEMA = "trace-gym/capabilities"
VERSION = 1


@dataclass(frozen=True)
class Thresholds:
    """When a capability counts as lacking (defaults: TRACE, arXiv 2604.05336)."""

    coverage: float = 0.10
    """Least share of failures that lack it."""
    delta: float = 0.20
    """Least difference of its error rate between failures and passes."""
    runs: int = 10
    """Resamples of the tasks, N."""
    needed: int = 8
    """Resamples that must pass both, K of N."""


def label_all(trajectories: Sequence[Trajectory], labeller: Labeller) -> list[Label]:
    """Labels every trajectory; a broken rollout is NA."""
    solved: dict[tuple[str, str], list[int]] = {}
    for row, trajectory in enumerate(trajectories):
        if trajectory.success:
            solved.setdefault((trajectory.env_id, trajectory.task_id), []).append(row)
    found = []
    for row, trajectory in enumerate(trajectories):
        if trajectory.error:
            found.append(Label.NA)
            continue
        passed = solved.get((trajectory.env_id, trajectory.task_id), [])
        # with one pass only, that attempt alone would lack a reference and its label would betray the outcome
        peers = [r for r in passed if r != row] if len(passed) >= 2 else []
        reference = (
            trajectory.gold if trajectory.gold is not None else _calls(trajectories[peers[0]]) if peers else None
        )
        found.append(labeller.label(Attempt(trajectory, reference)))
    return found


def identify(
    trajectories: Sequence[Trajectory], thresholds: Thresholds | None = None, *, seed: int = 0
) -> dict[str, Any]:
    """Names the capabilities the agent lacks.

    Args:
        trajectories: the agent's attempts, passed and failed.
        thresholds: when a capability is selected.
        seed: seeds the resampling.

    Returns:
        The content of `capabilities.json`: per capability the counts, Cov, ER-, ER+, delta (None = "no contrast"), a
        95 % interval of delta over tasks, p and q, the runs that passed, and whether it is selected; selected ones
        first, by mean delta.
    """
    thresholds = thresholds or Thresholds()
    successes = [t.success for t in trajectories]
    tasks = [f"{t.env_id} {t.task_id}" for t in trajectories]
    rows = []
    for number, labeller in enumerate(LABELLERS):
        labels = label_all(trajectories, labeller)
        rows.append(_capability(labeller, labels, successes, tasks, thresholds, (seed, number)))
    for row, q in zip(rows, false_discovery([row["p"] for row in rows]), strict=True):
        row["q"] = q
    rows.sort(key=lambda row: (not row["selected"], -(-2.0 if row["mean_delta"] is None else row["mean_delta"])))
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "labeller": "rules",
        "seed": seed,
        "thresholds": asdict(thresholds),
        "trajectories": len(trajectories),
        "tasks": len(set(tasks)),
        "failures": successes.count(False),
        "capabilities": rows,
    }


def _capability(
    labeller: Labeller,
    labels: list[Label],
    successes: list[bool],
    tasks: list[str],
    thresholds: Thresholds,
    key: tuple[int, int],
) -> dict[str, Any]:
    whole = contrast(labels, successes)
    seeds = np.random.SeedSequence(key).spawn(3)
    runs = _resampled(labels, successes, tasks, thresholds.runs, seeds[0])
    passed = [passes(run, thresholds) for run in runs]
    deltas = [run.delta for run in runs if run.delta is not None]
    spread = [r.delta for r in _resampled(labels, successes, tasks, 400, seeds[1]) if r.delta is not None]
    return {
        "name": labeller.NAME,
        "description": labeller.DESCRIPTION,
        "archetype": labeller.ARCHETYPE,
        "selected": sum(passed) >= thresholds.needed,
        "runs_passed": sum(passed),
        **asdict(whole),
        "coverage": whole.coverage,
        "error_rate_failed": whole.error_rate_failed,
        "error_rate_passed": whole.error_rate_passed,
        "delta": whole.delta,
        "mean_delta": float(np.mean(deltas)) if deltas else None,
        "delta_interval": [float(v) for v in np.quantile(spread, [0.025, 0.975])] if spread else None,
        "p": permutation_p(labels, successes, np.random.default_rng(seeds[2])),
        "labels": "".join(label.value for label in labels),
    }


def _resampled(
    labels: Sequence[Label], successes: Sequence[bool], tasks: Sequence[str], runs: int, seed: np.random.SeedSequence
) -> list[Contrast]:
    generators = [np.random.default_rng(child) for child in seed.spawn(runs)]
    return [contrast(labels, successes, resample_tasks(tasks, rng)) for rng in generators]


def passes(run: Contrast, thresholds: Thresholds) -> bool:
    """Whether one run reaches both thresholds; "no contrast" never does."""
    if run.coverage is None or run.delta is None:
        return False
    return run.coverage >= thresholds.coverage and run.delta >= thresholds.delta


def _calls(trajectory: Trajectory) -> list[ToolCall]:
    return [event.call for event in Attempt(trajectory, None).calls if not event.error]


def selected(capabilities: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Returns the selected capabilities of a `capabilities.json`, in order."""
    return [row for row in capabilities["capabilities"] if row["selected"]]
