"""`comparison.json`: what the finished cells say, with intervals, paired tests, and a sentence for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from trace_gym.files import write_json
from trace_trainers.baselines.methods import METHODS
from trace_trainers.compare.cells import DONE, NOT_APPLICABLE
from trace_trainers.compare.config import CompareConfig
from trace_trainers.compare.results import MethodResult, read_results
from trace_trainers.compare.shared import read_needs
from trace_trainers.compare.signal import mined_by_k
from trace_trainers.compare.statistics import ROUNDS, crossed_interval, holm, sign_flip_p, success_interval
from trace_trainers.evaluation.comparison import BASE_AGENT, ROUTED_AGENT

SCHEMA = "trace-gym/comparison"
VERSION = 2
FILE = "comparison.json"
_RIVAL = "target_grpo"
"""The method that the others are compared with, base and router apart."""
_ALPHA = 0.05


def write_comparison(config: CompareConfig, root: Path) -> dict[str, Any]:
    """Summarizes the finished cells, writes `comparison.json` and returns it.

    Args:
        config: The comparison's configuration.
        root: The run folder.

    Raises:
        UserError: If a record is damaged.
    """
    needs = read_needs(root)
    groups = []
    for model in config.models:
        for pool in config.pools:
            results = read_results(config, root, model, pool)
            mined = mined_by_k(config, root, model, pool)
            groups.append({"model": model, "pool": pool, "mined_by_k": mined, **_group(config, results, needs)})

    comparison = {
        "schema": SCHEMA,
        "version": VERSION,
        "target": config.target,
        "budget": config.budget,
        "checkpoints": list(config.checkpoints),
        "seeds": list(config.seeds),
        "held_out": len(needs),
        "split": config.evaluate.split,
        "models": {name: config.model_path(name) for name in config.models},
        "interval": _interval_words(config),
        "test": f"two-sided paired sign-flip permutation test over tasks, {ROUNDS:,} flips; Holm's correction",
        "groups": groups,
    }
    write_json(root / FILE, comparison)
    return comparison


def _interval_words(config: CompareConfig) -> str:
    words = f"95 % percentile interval of a crossed bootstrap over tasks and seeds (pigeonhole, {ROUNDS:,} resamples)"
    if len(config.seeds) == 1:
        words = f"95 % percentile bootstrap interval over tasks ({ROUNDS:,} resamples); one seed, so not over seeds"
    return words


def _group(
    config: CompareConfig, results: Mapping[str, MethodResult], needs: Sequence[Sequence[str]]
) -> dict[str, Any]:
    methods = {}
    for name, result in results.items():
        row: dict[str, Any] = {"title": METHODS[name].title, "status": result.status, "reason": result.reason}
        if result.status == DONE:
            row |= _summary(config, result)
            row["by_k"] = _by(result, [str(len(each)) for each in needs])
            # tasks that need one capability alone, as others would say little of it
            row["by_need"] = _by(result, [each[0] if len(each) == 1 else "" for each in needs])
        methods[name] = row
    return {"methods": methods, "pairs": _pairs(results)}


def _summary(config: CompareConfig, result: MethodResult) -> dict[str, Any]:
    curve = []
    for number, share in enumerate(config.checkpoints):
        outcomes = result.outcomes(number)
        points = [record["curve"][number] for record in result.records]
        curve.append(
            {
                "share": share,
                "rollouts": [point["rollouts"] for point in points],
                "success": float(outcomes.mean()),
                "interval": list(success_interval(outcomes)),
                "by_seed": [float(row.mean()) for row in outcomes],
                "notes": [point["note"] for point in points],
            }
        )
    return {
        "settings": [record["settings"] for record in result.records],
        "candidates": result.records[0]["candidates"],
        "sweep": [record["sweep"] for record in result.records],
        "sweep_rollouts": [record["sweep_rollouts"] for record in result.records],
        "curve": curve,
    }


def _by(result: MethodResult, labels: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The success rate over the tasks of each label; tasks without one are left out."""
    per_task = result.outcomes(-1).mean(axis=0)
    rows = {}
    for label in sorted(set(labels) - {""}):
        places = [place for place, own in enumerate(labels) if own == label]
        rows[label] = {"n": len(places), "success": float(per_task[places].mean())}
    return rows


def _pairs(results: Mapping[str, MethodResult]) -> list[dict[str, Any]]:
    """The router against every other, and every other against the base and GRPO on the target, at the whole budget."""
    done = [name for name, result in results.items() if result.status == DONE]
    pairs = []
    if ROUTED_AGENT in done:
        pairs += [(name, ROUTED_AGENT) for name in done if name != ROUTED_AGENT]
    if BASE_AGENT in done:
        pairs += [(BASE_AGENT, name) for name in done if name not in (BASE_AGENT, ROUTED_AGENT)]
    if _RIVAL in done:
        pairs += [(_RIVAL, name) for name in done if name not in (BASE_AGENT, ROUTED_AGENT, _RIVAL)]

    rows: list[dict[str, Any]] = []
    for first, second in pairs:
        differences = results[second].outcomes(-1) - results[first].outcomes(-1)
        rows.append(
            {
                "first": first,
                "second": second,
                "difference": float(differences.mean()),
                "interval": list(crossed_interval(differences)),
                "by_seed": [float(row.mean()) for row in differences],
                "p": sign_flip_p(np.asarray(differences.mean(axis=0))),
            }
        )
    for row, adjusted in zip(rows, holm([row["p"] for row in rows]), strict=True):
        row["p_holm"] = adjusted
        row["decisive"] = _is_decisive(row)
        row["sentence"] = sentence(row, len(rows))
    return rows


def _is_decisive(pair: Mapping[str, Any]) -> bool:
    """Whether the test says so, the interval says so, and every seed says so."""
    low, high = pair["interval"]
    one_sided = low > 0 or high < 0
    signs = {np.sign(value) for value in pair["by_seed"]}
    return bool(pair["p_holm"] < _ALPHA and one_sided and len(signs) == 1)


def sentence(pair: Mapping[str, Any], tests: int) -> str:
    """Says in words whether a difference is decisive.

    Args:
        pair: A row of `pairs`.
        tests: How many tests its p-value is corrected for.

    Example:
        >>> pair = {"first": "base", "second": "sft", "difference": 0.1, "interval": [0.02, 0.2], "p_holm": 0.2,
        ...         "decisive": False, "by_seed": [0.1]}
        >>> sentence(pair, 3)
        'sft against base: +10.0 points [+2.0, +20.0], p = 0.2000 after Holm over 3 tests: not decisive, by the test.'
    """
    low, high = pair["interval"]
    head = (
        f"{pair['second']} against {pair['first']}: {100 * pair['difference']:+.1f} points [{100 * low:+.1f}, "
        f"{100 * high:+.1f}], p = {pair['p_holm']:.4f} after Holm over {tests} tests"
    )
    if pair["decisive"]:
        winner = pair["second"] if pair["difference"] > 0 else pair["first"]
        return f"{head}: decisive, {winner} is better."
    against = []
    if pair["p_holm"] >= _ALPHA:
        against.append("the test")
    if low <= 0 <= high:
        against.append("the interval, which has 0 in it")
    if len({np.sign(value) for value in pair["by_seed"]}) > 1:
        against.append("the seeds, which disagree")
    return f"{head}: not decisive, by {' and by '.join(against)}."


def map_of(comparison: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Returns, for each base, pool and method, the method against GRPO on the target.

    Args:
        comparison: The content of `comparison.json`.

    Returns:
        Rows with `model`, `pool` and `method`; the success of the `base`, of the method and of its `rival`, GRPO on the
        target, None where it is not finished; and the `pair` of the last two, None where one is not finished. Methods
        that are not applicable have no row.
    """
    rows = []
    for group in comparison["groups"]:
        methods = group["methods"]
        for name, method in methods.items():
            if name in (BASE_AGENT, _RIVAL) or method["status"] == NOT_APPLICABLE:
                continue
            pair = next((p for p in group["pairs"] if (p["first"], p["second"]) == (_RIVAL, name)), None)
            row = {"model": group["model"], "pool": group["pool"], "method": name, "pair": pair}
            row["base"] = _last_success(methods.get(BASE_AGENT))
            row["success"] = _last_success(method)
            row["rival"] = _last_success(methods.get(_RIVAL))
            rows.append(row)
    return rows


def _last_success(method: Mapping[str, Any] | None) -> float | None:
    if method is None or method["status"] != DONE:
        return None
    return float(method["curve"][-1]["success"])
