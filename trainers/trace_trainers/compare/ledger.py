"""The ledger of a cell: every episode that its method played, stage by stage, and the file that says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trace_gym.files import write_json
from trace_trainers.evaluation.budget import Budget

SCHEMA = "trace-gym/compare-ledger"
VERSION = 1
FILE = "ledger.json"


@dataclass(frozen=True)
class Entry:
    """The episodes of one stage.

    Example:
        >>> Entry("mine", 512, "shared/tiny/pool-32/seed-0/trajectories.jsonl").rollouts
        512
    """

    stage: str
    """What they were played for."""
    rollouts: int
    """How many."""
    file: str
    """The file that they are counted from, within the run folder."""

    def to_json(self) -> dict[str, Any]:
        """Returns the fields by name."""
        return {"stage": self.stage, "rollouts": self.rollouts, "file": self.file}


def entries_of(budget: Budget, files: Mapping[str, str]) -> list[Entry]:
    """Returns an entry for each stage of a budget.

    Args:
        budget: The episodes by stage.
        files: The file by stage.

    Example:
        >>> entries_of(Budget({"mine": 2}), {"mine": "trajectories.jsonl"})[0].file
        'trajectories.jsonl'
    """
    return [Entry(stage, rollouts, files[stage]) for stage, rollouts in budget.rollouts.items()]


def write_ledger(
    folder: Path, counted: Mapping[int, Sequence[Entry]], sweep: Sequence[Entry], evaluation: Sequence[Entry]
) -> dict[str, Any]:
    """Writes a cell's ledger and returns it.

    Args:
        folder: The cell's folder.
        counted: What counts against the budget, by share of it.
        sweep: What tuning played besides: the trainings that were not chosen, and the validation of all of them.
        evaluation: What the comparison itself played.
    """
    shares = {}
    for share, entries in counted.items():
        total = sum(entry.rollouts for entry in entries)
        shares[str(share)] = {"rollouts": total, "stages": [entry.to_json() for entry in entries]}
    ledger = {
        "schema": SCHEMA,
        "version": VERSION,
        "counted": shares,
        "sweep": _apart(sweep),
        "evaluation": _apart(evaluation),
    }
    write_json(folder / FILE, ledger)
    return ledger


def _apart(entries: Sequence[Entry]) -> dict[str, Any]:
    total = sum(entry.rollouts for entry in entries)
    return {"rollouts": total, "stages": [entry.to_json() for entry in entries]}
