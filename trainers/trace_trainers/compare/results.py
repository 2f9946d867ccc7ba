"""The finished cells of a group, as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from trace_trainers.compare.cells import DONE, FAILED, NOT_APPLICABLE, Cell, Group, check_files, read_record
from trace_trainers.compare.config import CompareConfig

MISSING = "missing"
"""The status of a method some of whose cells are not finished."""


@dataclass(frozen=True)
class MethodResult:
    """One method on one base and pool, over all seeds.

    Example:
        >>> result = MethodResult("base", "done", "", [{"curve": [{"outcomes": "01"}]}])
        >>> result.outcomes(0).tolist()
        [[0.0, 1.0]]
    """

    name: str
    """The method's name."""
    status: str
    """`done`, `not_applicable`, `failed` or `missing`."""
    reason: str
    """What is to be said of it; empty where all is well."""
    records: Sequence[Mapping[str, Any]]
    """The record of each seed's cell; none where not all are done."""

    def outcomes(self, checkpoint: int) -> np.ndarray:
        """Returns whether each seed's agent solved each held-out task, of shape (seeds, tasks).

        Args:
            checkpoint: The number of the checkpoint, from 0; -1 is the whole budget.
        """
        rows = []
        for record in self.records:
            rows.append([float(letter) for letter in record["curve"][checkpoint]["outcomes"]])
        return np.array(rows)


def read_results(config: CompareConfig, root: Path, model: str, pool: int) -> dict[str, MethodResult]:
    """Returns every method's results on one base and pool.

    Args:
        config: The comparison's configuration.
        root: The run folder.
        model: The base's name.
        pool: The pool's size.

    Raises:
        UserError: If a record is damaged.
    """
    results = {}
    for method in config.methods:
        records = [read_record(root, Cell(method.name, Group(model, pool, seed))) for seed in config.seeds]
        results[method.name] = _result(method.name, records)
    return results


def check_cells(config: CompareConfig, root: Path) -> None:
    """Refuses a run folder in which files of a finished cell were changed.

    Args:
        config: The comparison's configuration.
        root: The run folder.

    Raises:
        UserError: If a file is missing or was changed; nothing is touched.
    """
    known: dict[str, str] = {}
    for model in config.models:
        for pool in config.pools:
            for seed in config.seeds:
                for method in config.methods:
                    cell = Cell(method.name, Group(model, pool, seed))
                    record = read_record(root, cell)
                    if record is not None and record["status"] == DONE:
                        check_files(root, cell, record, known)


def _result(name: str, records: Sequence[Mapping[str, Any] | None]) -> MethodResult:
    found = [record for record in records if record is not None]
    for record in found:
        if record["status"] in (NOT_APPLICABLE, FAILED):
            return MethodResult(name, record["status"], record["reason"], [])
    if len(found) < len(records):
        return MethodResult(name, MISSING, f"{len(records) - len(found)} of {len(records)} seeds are not finished", [])
    reasons = dict.fromkeys(record["reason"] for record in found if record["reason"])
    reason = "; ".join(reasons)
    if reason and len(found) > 1:
        count = sum(bool(record["reason"]) for record in found)
        reason = f"in {count} of {len(found)} seeds it is the base: {reason}"
    if name == "base":
        reason = ""
    return MethodResult(name, DONE, reason, found)
