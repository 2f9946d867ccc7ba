"""From label tables to `capabilities.json`: contrast, resample, select."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from trace_gym.capabilities.contrast import Contrast, contrast, false_discovery, permutation_p, resample_tasks
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.label_table import LabelTable, evidence_to_json, to_letters
from trace_gym.capabilities.labeller import Labeller
from trace_gym.capabilities.labellers import LABELLERS
from trace_gym.capabilities.labels import Label
from trace_gym.capabilities.selection import Thresholds, objection

SCHEMA = "trace-gym/capabilities"
VERSION = 2
_INTERVAL_RESAMPLES = 400
"""Resamples behind the interval of delta; more move its ends by less than the second decimal."""


def label_corpus(corpus: Corpus, labellers: Sequence[Labeller] = LABELLERS) -> list[LabelTable]:
    """Has every labeller label the corpus.

    Args:
        corpus: The attempts.
        labellers: The labellers to run.

    Returns:
        The tables of all labellers, in their order, each complete.

    Raises:
        UserError: If a labeller cannot work, or leaves an attempt out.
    """
    tables = []
    for labeller in labellers:
        tables += labeller.label(corpus)

    # labellers can be anyone's code, or a file written by hand
    for table in tables:
        table.check(corpus)
    return tables


def identify(
    corpus: Corpus, tables: Sequence[LabelTable], thresholds: Thresholds | None = None, *, seed: int = 0
) -> dict[str, Any]:
    """Names the capabilities the agent lacks.

    Args:
        corpus: The agent's attempts, passed and failed.
        tables: The labels of each capability, as `label_corpus` returns them.
        thresholds: When a capability is selected.
        seed: Seeds the resampling.

    Returns:
        The content of `capabilities.json`: per capability the counts, Cov, ER-, ER+, delta (None = "no contrast"), a
        95 % interval of delta over tasks, p and q, the runs that passed, and whether it is selected; selected ones
        first, by mean delta.

    Example:
        >>> from trace_gym.trajectories.record import Trajectory
        >>> talk = [{"role": "user", "content": "Hello"}]
        >>> corpus = Corpus.from_trajectories([Trajectory("shop", "7", talk, r, r == 1) for r in (0.0, 1.0)])
        >>> found = identify(corpus, label_corpus(corpus))
        >>> found["failures"], [row["selected"] for row in found["capabilities"]]
        (1, [False, False, False, False, False, False])
    """
    if thresholds is None:
        thresholds = Thresholds()

    rows = []
    for number, table in enumerate(tables):
        # a seed of its own, so that a labeller added at the end changes no number of the others
        rows.append(_capability(corpus, table, thresholds, (seed, number)))

    # q depends on how many capabilities were tried, so it comes when all are there
    q_values = false_discovery([row["p"] for row in rows])
    for row, q in zip(rows, q_values, strict=True):
        row["q"] = q
        row["objection"] = objection(row, thresholds)
        row["selected"] = row["objection"] == ""

    rows.sort(key=_place_in_report)
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "trajectories_sha256": corpus.sha256,
        "seed": seed,
        "thresholds": asdict(thresholds),
        "trajectories": len(corpus),
        "tasks": len(set(corpus.task_names)),
        "failures": list(corpus.outcomes.values()).count(False),
        "attempts": [key.to_json() for key in corpus.keys],
        "capabilities": rows,
    }


def _capability(corpus: Corpus, table: LabelTable, thresholds: Thresholds, key: tuple[int, int]) -> dict[str, Any]:
    """Returns the row of one capability, all but its q and whether it is selected."""
    consensus = table.consensus()
    labels = [consensus[attempt] for attempt in corpus.keys]
    successes = [corpus.outcomes[attempt] for attempt in corpus.keys]
    tasks = corpus.task_names
    whole = contrast(labels, successes)

    run_seed, interval_seed, permutation_seed = np.random.SeedSequence(key).spawn(3)
    if len(table.runs) > 1:
        runs = _independent_runs(corpus, table, successes)
    else:
        runs = _resampled(labels, successes, tasks, thresholds.runs, run_seed)

    passed = list(map(thresholds.passes, runs)).count(True)

    resamples = _resampled(labels, successes, tasks, _INTERVAL_RESAMPLES, interval_seed)
    row = {
        "name": table.capability.name,
        "description": table.capability.description,
        "archetype": table.capability.archetype,
        "labeller": table.labeller,
        "runs": len(runs),
        "runs_passed": passed,
        **asdict(whole),
        "coverage": whole.coverage,
        "error_rate_failed": whole.error_rate_failed,
        "error_rate_passed": whole.error_rate_passed,
        "delta": whole.delta,
        "mean_delta": _mean(_deltas(runs)),
        "delta_interval": _interval(_deltas(resamples)),
        "p": permutation_p(labels, successes, np.random.default_rng(permutation_seed)),
        "labels": to_letters(consensus, corpus.keys),
        "evidence": evidence_to_json(table.evidence, corpus.keys),
    }

    if len(table.runs) > 1:
        row["labels_by_run"] = [to_letters(run, corpus.keys) for run in table.runs]
    return row


def _independent_runs(corpus: Corpus, table: LabelTable, successes: Sequence[bool]) -> list[Contrast]:
    """Returns the contrast of each of the labeller's own runs, on all attempts."""
    contrasts = []
    for run in table.runs:
        labels = [run[key] for key in corpus.keys]
        contrasts.append(contrast(labels, successes))
    return contrasts


def _resampled(
    labels: Sequence[Label], successes: Sequence[bool], tasks: Sequence[str], runs: int, seed: np.random.SeedSequence
) -> list[Contrast]:
    """Returns the contrast on each of `runs` resamples of the tasks."""
    contrasts = []
    for child in seed.spawn(runs):
        attempts = resample_tasks(tasks, np.random.default_rng(child))
        contrasts.append(contrast(labels, successes, attempts))
    return contrasts


def _deltas(contrasts: Sequence[Contrast]) -> list[float]:
    """Returns the deltas of those that have one."""
    deltas = []
    for run in contrasts:
        if run.delta is not None:
            deltas.append(run.delta)
    return deltas


def _mean(deltas: Sequence[float]) -> float | None:
    if not deltas:
        return None
    return float(np.mean(deltas))


def _interval(deltas: Sequence[float]) -> list[float] | None:
    """Returns the ends of the 95 % percentile bootstrap interval (Efron & Tibshirani 1993, section 13.3)."""
    if not deltas:
        return None
    low, high = np.quantile(deltas, [0.025, 0.975])
    return [float(low), float(high)]


def _place_in_report(row: dict[str, Any]) -> tuple[bool, float]:
    """Sorts selected capabilities first, then by mean delta; those without contrast last."""
    mean_delta = row["mean_delta"]
    if mean_delta is None:
        # below every delta, which is at least -1
        mean_delta = -2.0
    return not row["selected"], -mean_delta
