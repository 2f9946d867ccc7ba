"""The numbers that the viewer shows of a whole log."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from trace_gym.capabilities.labels import Judgement, Label
from trace_gym.env.types import Json
from trace_gym.report.inspect_log.scores import HEADLINE, REWARD, SUCCESS, score_name


def results(
    samples: Sequence[str],
    records: Sequence[Mapping[str, Any]],
    labels: Sequence[Mapping[str, Judgement]],
    capabilities: Sequence[Mapping[str, Any]],
) -> dict[str, Json]:
    """Returns the JSON of Inspect's `EvalResults`.

    Args:
        samples: The id of each attempt's sample; attempts at one task share it.
        records: Their records.
        labels: Their labels by capability.
        capabilities: The rows of `capabilities.json`, whose statistics become metadata of the scores.
    """
    everyone = range(len(samples))
    rewards = [float(record["reward"]) for record in records]
    successes = [float(record["success"]) for record in records]
    found = [
        _score(REWARD, "mean", samples, dict(zip(everyone, rewards, strict=True))),
        _score(SUCCESS, "accuracy", samples, dict(zip(everyone, successes, strict=True))),
    ]

    for row in capabilities:
        name = row["name"]
        lacking = {}
        for position in everyone:
            label = labels[position][name].label
            if label is not Label.NA:
                lacking[position] = float(label is Label.LACKING)

        score = _score(score_name(name), "lacking", samples, lacking)
        score["metadata"] = _statistics(row)
        found.append(score)

    broken = sum(bool(record.get("error")) for record in records)
    return {
        "total_samples": len(samples),
        "completed_samples": len(samples) - broken,
        "scores": found,
        "headline": HEADLINE,
    }


def mean_over_tasks(values: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Returns the mean and its standard error as Inspect computes them: over tasks, each the mean of its attempts.

    Args:
        values: The values of each task's attempts.

    Returns:
        `mean` unless there is no task, and `stderr` if there are two or more.

    Example:
        >>> mean_over_tasks({"7": [1.0, 0.0], "8": [1.0]})
        {'mean': 0.75, 'stderr': 0.25}
    """
    means = [float(np.mean(attempts)) for attempts in values.values()]
    if not means:
        return {}
    if len(means) == 1:
        return {"mean": means[0]}
    return {"mean": float(np.mean(means)), "stderr": float(np.std(means, ddof=1)) / math.sqrt(len(means))}


def _score(name: str, metric: str, samples: Sequence[str], values: Mapping[int, float]) -> dict[str, Json]:
    """Summarizes one score, of which `values` has those attempts that it applies to, by position."""
    by_task: defaultdict[str, list[float]] = defaultdict(list)
    for position, value in values.items():
        by_task[samples[position]].append(value)

    metrics = {}
    for key, value in mean_over_tasks(by_task).items():
        called = metric if key == "mean" else key
        metrics[called] = {"name": called, "value": value}
    return {
        "name": name,
        "scorer": name,
        "reducer": "mean",
        "scored_samples": len(values),
        "unscored_samples": len(samples) - len(values),
        "metrics": metrics,
    }


def _statistics(row: Mapping[str, Any]) -> dict[str, Json]:
    """Returns what `identify` says of a capability over all attempts, without what is said attempt by attempt."""
    single = ("labels", "labels_by_run", "evidence")
    return {name: value for name, value in row.items() if name not in single}
