"""The attempts of a corpus as Inspect's logs: a log for each environment, as Inspect has one for each task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trace_gym.capabilities.capabilities_file import table_of
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.labels import Judgement
from trace_gym.env.types import Json
from trace_gym.report.inspect_log.events import NO_TIME
from trace_gym.report.inspect_log.identifiers import digest_id, epochs, sample_id
from trace_gym.report.inspect_log.metrics import results
from trace_gym.report.inspect_log.samples import agent, sample
from trace_gym.report.inspect_log.scores import HEADLINE
from trace_gym.report.inspect_log.writable import writable

_FORMAT = 2
"""The version of Inspect's own log format."""


@dataclass(frozen=True)
class Log:
    """A log, to be written.

    Example:
        >>> Log("shop", {"status": "success"}, {}).env_id
        'shop'
    """

    env_id: str
    """The environment whose attempts it holds."""
    content: dict[str, Json]
    """The JSON of an `EvalLog`."""
    changes: Mapping[str, int]
    """How many attempts were written differently, by what was done to them."""


def env_ids(corpus: Corpus) -> list[str]:
    """Returns the environments of a corpus, in order of appearance.

    Args:
        corpus: The attempts.

    Example:
        >>> from trace_gym.trajectories.record import Trajectory
        >>> attempts = [Trajectory(env_id, "7", [], 1.0, True) for env_id in ("shop", "bank", "shop")]
        >>> env_ids(Corpus.from_trajectories(attempts))
        ['shop', 'bank']
    """
    return list(dict.fromkeys(key.env_id for key in corpus.keys))


def eval_log(corpus: Corpus, capabilities: Mapping[str, Any], env_id: str) -> Log:
    """Returns the log of one environment.

    Args:
        corpus: The attempts.
        capabilities: The `capabilities.json` that was made from them; empty for none.
        env_id: The environment.

    Example:
        >>> from trace_gym.trajectories.record import Trajectory
        >>> corpus = Corpus.from_trajectories([Trajectory("shop", "7", [], 1.0, True, trial=2)])
        >>> (written,) = eval_log(corpus, {}, "shop").content["samples"]
        >>> written["id"], written["epoch"], written["scores"]
        ('7', 3, {'reward': {'value': 1.0}, 'success': {'value': 'C'}})
    """
    positions = [position for position, key in enumerate(corpus.keys) if key.env_id == env_id]
    rows = [writable(row)[0] for row in capabilities.get("capabilities", [])]
    labels = _labels(corpus, {**capabilities, "capabilities": rows}, positions)

    records = []
    changes = []
    for position in positions:
        record, changed = writable(corpus.trajectories[position].to_json())
        records.append(record)
        changes.append(changed)

    names = [sample_id(record["task_id"]) for record in records]
    trials = [record["trial"] for record in records]
    identities = list(zip(names, epochs(list(zip(names, trials, strict=True))), strict=True))
    samples = [sample(*one) for one in zip(records, labels, identities, changes, strict=True)]

    content = {
        "version": _FORMAT,
        "status": "success",
        "eval": _spec(corpus, records, identities),
        "results": results(names, records, labels, rows),
        "stats": {"started_at": NO_TIME, "completed_at": NO_TIME},
        "samples": samples,
    }
    return Log(env_id, content, Counter(change for changed in changes for change in changed))


def _labels(corpus: Corpus, capabilities: Mapping[str, Any], positions: Sequence[int]) -> list[dict[str, Judgement]]:
    """Returns the labels of the attempts at `positions`, by capability."""
    labels: list[dict[str, Judgement]] = [{} for _ in positions]
    for row in capabilities["capabilities"]:
        table = table_of(capabilities, row["name"])
        consensus = table.consensus()
        for found, position in zip(labels, positions, strict=True):
            key = corpus.keys[position]
            found[row["name"]] = Judgement(consensus[key], table.evidence.get(key))
    return labels


def _spec(
    corpus: Corpus, records: Sequence[Mapping[str, Any]], identities: Sequence[tuple[str, int]]
) -> dict[str, Json]:
    env_id = records[0]["env_id"]
    names = list(dict.fromkeys(name for name, _ in identities))
    # nothing random and no time, so that the same attempts give the same log
    key = digest_id(corpus.sha256, env_id)
    return {
        "eval_id": key,
        "run_id": digest_id(corpus.sha256),
        "created": NO_TIME,
        "task": env_id,
        "task_id": digest_id(env_id),
        "dataset": {"name": env_id, "samples": len(names), "sample_ids": names, "shuffled": False},
        "model": ", ".join(dict.fromkeys(map(agent, records))),
        "config": {"epochs": max(epoch for _, epoch in identities), "epochs_reducer": ["mean"]},
        "headline_metric": HEADLINE,
        "metadata": {"made_by": "trace-gym export", "trajectories_sha256": corpus.sha256},
    }
