"""The records of a comparison alone: all that its tables are made of, small enough for a repository."""

from __future__ import annotations

import shutil
from pathlib import Path

from trace_gym.files import write_json
from trace_trainers.compare.cells import RECORD, Cell, Group, is_finished, read_record, shared_folder
from trace_trainers.compare.config import CompareConfig
from trace_trainers.compare.ledger import FILE as LEDGER
from trace_trainers.compare.results import check_cells
from trace_trainers.compare.run_folder import check_owner, claim
from trace_trainers.compare.signal import FILE as SIGNAL
from trace_trainers.compare.signal import mined_counts


def archive(config: CompareConfig, root: Path, out: Path) -> int:
    """Copies what tables and later cells need: records and ledgers, without episodes, environments and adapters.

    The new folder is a run folder. Its cells count as finished; other seeds, pools, models and methods may be added.

    Args:
        config: The configuration.
        root: The run folder.
        out: The new folder; what it holds of the same comparison is replaced.

    Returns:
        How many cells were copied.

    Raises:
        UserError: If either folder belongs to something else, or files of a finished cell were changed.
    """
    check_owner(root, config)
    check_cells(config, root)
    claim(out, config)
    shutil.copyfile(root / "held_out.json", out / "held_out.json")
    count = 0
    for model in config.models:
        for pool in config.pools:
            for seed in config.seeds:
                count += _archive_group(config, root, out, Group(model, pool, seed))
    return count


def _archive_group(config: CompareConfig, root: Path, out: Path, group: Group) -> int:
    count = 0
    for method in config.methods:
        cell = Cell(method.name, group)
        record = read_record(root, cell)
        if record is None or not is_finished(record):
            continue
        # the files behind it stay where they are
        write_json(cell.folder(out) / RECORD, {**record, "files": {}})
        if (cell.folder(root) / LEDGER).exists():
            shutil.copyfile(cell.folder(root) / LEDGER, cell.folder(out) / LEDGER)
        count += 1
    counts = mined_counts(config, root, group)
    if count and counts:
        write_json(shared_folder(out, group) / SIGNAL, counts)
    return count
