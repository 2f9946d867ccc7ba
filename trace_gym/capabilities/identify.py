"""From label tables to `capabilities.json`: set apart, contrast, resample, select."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import compress
from typing import Any

import numpy as np

from trace_gym.capabilities import joint
from trace_gym.capabilities.agreement import Agreement
from trace_gym.capabilities.contrast import Contrast, contrast
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.exercise import Exercise
from trace_gym.capabilities.label_table import LabelTable, evidence_to_json, to_letters
from trace_gym.capabilities.labeller import Labeller
from trace_gym.capabilities.labellers import LABELLERS
from trace_gym.capabilities.labels import Label
from trace_gym.capabilities.power import least_delta
from trace_gym.capabilities.remarks import remarks
from trace_gym.capabilities.restatement import Restatement
from trace_gym.capabilities.selection import Thresholds, is_shown_by_repair, lacks_contrast, objection
from trace_gym.capabilities.set_apart import set_apart_to_json
from trace_gym.capabilities.significance import exact_p, false_discovery
from trace_gym.capabilities.tasks import count_by_task, resampled, within_tasks

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
        The content of `capabilities.json`: per capability the counts, Cov, ER-, ER+, delta (None = "no contrast") and
        the other statistics of docs/statistics.md, and whether it is selected; selected ones first, by mean delta.

    Raises:
        UserError: If a labeller sets other attempts apart for one capability than for another.

    Example:
        >>> from trace_gym.trajectories.record import Trajectory
        >>> talk = [{"role": "user", "content": "Hello"}]
        >>> corpus = Corpus.from_trajectories([Trajectory("shop", "7", talk, r, r == 1) for r in (0.0, 1.0)])
        >>> found = identify(corpus, label_corpus(corpus))
        >>> found["failures"], any(row["selected"] for row in found["capabilities"])
        (1, False)
    """
    if thresholds is None:
        thresholds = Thresholds()

    tables = _believed(corpus, tables)
    rows = []
    labels = []
    for table in tables:
        consensus = table.consensus()
        labels.append([consensus[key] for key in corpus.keys])
        # a seed of its own, so that no capability changes the numbers of another
        rows.append(_capability(corpus, table, labels[-1], thresholds, (seed, _number_of(table.capability.name))))

    _add_significance(rows, thresholds)
    lacking = joint.lacking_failures(labels, [corpus.outcomes[key] for key in corpus.keys])
    for row, count in zip(rows, joint.alone(lacking), strict=True):
        row["alone"] = count
        row["expected_gain"] = count / len(corpus) if len(corpus) else None
        row["objection"] = objection(row, thresholds)
        row["selected"] = row["objection"] == ""
        row["selected_by"] = _grounds(row, thresholds)

    overlaps = joint.overlaps([row["name"] for row in rows], lacking)
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
        "remarks": remarks(corpus),
        "set_apart": set_apart_to_json(tables, corpus.keys),
        "attempts": [key.to_json() for key in corpus.keys],
        "overlaps": [{**asdict(pair), "jaccard": pair.jaccard} for pair in overlaps],
        "capabilities": rows,
    }


def _number_of(name: str) -> int:
    """A number that stands for a name in seeds, the same in every process."""
    return int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:8], "big")


def _believed(corpus: Corpus, tables: Sequence[LabelTable]) -> list[LabelTable]:
    """Takes labels for verified no longer if one of them finds something lacking in an attempt that passed.

    Who knows the outcome never says so: the outcomes are then not those that the labels were made with.
    """
    passed = {key for key in corpus.keys if corpus.outcomes[key]}
    believed = []
    for table in tables:
        for run in table.runs if table.verified else ():
            believed += [run[key] is not Label.LACKING for key in passed]
    return [dataclasses.replace(table, verified=table.verified and all(believed)) for table in tables]


def _capability(
    corpus: Corpus,
    table: LabelTable,
    consensus: Sequence[Label],
    thresholds: Thresholds,
    key: tuple[int, int],
) -> dict[str, Any]:
    """Returns the row of one capability, all but what depends on the others."""
    # what says nothing about the agent is in no denominator
    is_judged = [not table.set_apart or attempt not in table.set_apart for attempt in corpus.keys]
    judged = list(compress(corpus.keys, is_judged))
    labels = list(compress(consensus, is_judged))
    successes = list(compress((corpus.outcomes[attempt] for attempt in corpus.keys), is_judged))
    whole = contrast(labels, successes)
    by_task = count_by_task(labels, successes, list(compress(corpus.task_names, is_judged)))

    run_seed, interval_seed = np.random.SeedSequence(key).spawn(2)
    kappa = None
    if len(table.runs) > 1:
        runs = [contrast([run[attempt] for attempt in judged], successes) for run in table.runs]
        kappa = Agreement.of(table.runs).kappa
    else:
        runs = resampled(by_task, thresholds.runs, run_seed)
    passes = thresholds.passes
    if table.verified and lacks_contrast(whole.lacking_failed, whole.needed_passed, thresholds):
        passes = thresholds.covers

    within = within_tasks(by_task)
    exercise = Exercise.of(whole)
    row = {
        "name": table.capability.name,
        "description": table.capability.description,
        "archetype": table.capability.archetype,
        "labeller": table.labeller,
        "verified": table.verified,
        "runs": len(runs),
        "runs_passed": list(map(passes, runs)).count(True),
        **asdict(whole),
        "set_apart": dict(Counter(apart.side for apart in table.set_apart.values())),
        "coverage": whole.coverage,
        "error_rate_failed": whole.error_rate_failed,
        "error_rate_passed": whole.error_rate_passed,
        "delta": whole.delta,
        "mean_delta": _mean(_deltas(runs)),
        "delta_interval": _interval(_deltas(resampled(by_task, _INTERVAL_RESAMPLES, interval_seed))),
        "within_tasks": asdict(within),
        "p": exact_p(whole),
        "restates": asdict(Restatement.of(whole)),
        "exercised": asdict(exercise),
        "remedy": exercise.remedy,
        "kappa": kappa,
        "labels": "".join(label.value for label in consensus),
        "evidence": evidence_to_json(table.evidence, corpus.keys),
    }

    if len(table.runs) > 1:
        row["labels_by_run"] = [to_letters(run, corpus.keys) for run in table.runs]
    return row


def _add_significance(rows: Sequence[dict[str, Any]], thresholds: Thresholds) -> None:
    """Adds what depends on how many capabilities were tried."""
    p_values = [row["p"] for row in rows]
    tried = sum(p is not None for p in p_values)
    for row, q in zip(rows, false_discovery(p_values), strict=True):
        row["q"] = q
        row["least_delta"] = None
        if q is not None:
            failed = row["lacking_failed"] + row["present_failed"]
            passed = row["lacking_passed"] + row["present_passed"]
            # the level at which a capability is found that is the only one to be found
            level = thresholds.false_discovery / tried
            row["least_delta"] = least_delta(failed, passed, row["error_rate_passed"], level)


def _grounds(row: Mapping[str, Any], thresholds: Thresholds) -> str:
    """Returns what a capability was selected by; empty if it was not."""
    if not row["selected"]:
        return ""
    return "repair" if is_shown_by_repair(row, thresholds) else "contrast"


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
