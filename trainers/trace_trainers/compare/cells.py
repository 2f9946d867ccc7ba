"""Cells: one method on one base, pool and seed; where each keeps its files, and whether they are still the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trace_gym.errors import UserError
from trace_gym.files import read_versioned, write_json
from trace_trainers.grpo import step_times

SCHEMA = "trace-gym/compare-cell"
VERSION = 1
RECORD = "cell.json"
DONE, NOT_APPLICABLE, FAILED = "done", "not_applicable", "failed"
"""What a cell's record says of it; one that failed is tried again."""


@dataclass(frozen=True)
class Group:
    """A base, a pool and a seed: what the methods of one comparison share.

    Example:
        >>> Group("tiny", 32, 1).name
        'tiny/pool-32/seed-1'
        >>> Group("tiny", 0, 1).name
        'tiny/pool-all/seed-1'
    """

    model: str
    """The base's name in this comparison."""
    pool: int
    """The pool's size; 0 is all there is."""
    seed: int
    """The seed."""

    @property
    def name(self) -> str:
        """Its folder under `shared/`."""
        return f"{self.model}/pool-{self.pool or 'all'}/seed-{self.seed}"


@dataclass(frozen=True)
class Cell:
    """One method in one group.

    Example:
        >>> Cell("routed", Group("tiny", 32, 1)).name
        'tiny/pool-32/seed-1/routed'
    """

    method: str
    """The method's name."""
    group: Group
    """Its base, pool and seed."""

    @property
    def name(self) -> str:
        """Its folder under `cells/`."""
        return f"{self.group.name}/{self.method}"

    def folder(self, root: Path) -> Path:
        """Returns its folder.

        Args:
            root: The run folder.
        """
        return root / "cells" / self.name


def shared_folder(root: Path, group: Group) -> Path:
    """Returns the folder of what the methods of a group share.

    Args:
        root: The run folder.
        group: The group.
    """
    return root / "shared" / group.name


def base_file(root: Path, group: Group) -> Path:
    """Returns the file of the base's episodes on the held-out tasks, which are the same for every pool.

    Args:
        root: The run folder.
        group: The group.
    """
    return root / "shared" / group.model / "base" / f"seed-{group.seed}.jsonl"


def write_record(root: Path, cell: Cell, record: Mapping[str, Any], used: Iterable[Path]) -> None:
    """Writes what a cell came to, with the hashes of the files behind it.

    Args:
        root: The run folder.
        cell: The cell.
        record: `status` and whatever goes with it.
        used: Shared files and folders that it was made from.
    """
    folder = cell.folder(root)
    paths = [path for path in _files(folder) if path != folder / RECORD]
    for place in used:
        paths += _files(place)
    digests = {path.relative_to(root).as_posix(): digest_of(path) for path in sorted(set(paths))}
    identity = {"method": cell.method, "model": cell.group.model, "pool": cell.group.pool, "seed": cell.group.seed}
    head = {"schema": SCHEMA, "version": VERSION, **identity}
    # last: where the record is, the cell is finished
    write_json(folder / RECORD, {**head, **record, "files": digests})


def read_record(root: Path, cell: Cell) -> dict[str, Any] | None:
    """Returns a cell's record; None where it has none yet.

    Args:
        root: The run folder.
        cell: The cell.

    Raises:
        UserError: If the record is damaged, or of another version.
    """
    path = cell.folder(root) / RECORD
    if not path.exists():
        return None
    return read_versioned(path, SCHEMA, VERSION, advice=f"delete {path.parent} to make the cell anew")


def is_finished(record: Mapping[str, Any] | None) -> bool:
    """Returns whether a cell needs no more work.

    Args:
        record: Its record, if it has one.

    Example:
        >>> is_finished(None), is_finished({"status": "done"}), is_finished({"status": "failed"})
        (False, True, False)
    """
    return record is not None and record["status"] != FAILED


def check_files(root: Path, cell: Cell, record: Mapping[str, Any], known: dict[str, str]) -> None:
    """Refuses a finished cell whose files are no longer those it was made of.

    Args:
        root: The run folder.
        cell: The cell.
        record: Its record.
        known: Digests by file that were computed already; new ones are added.

    Raises:
        UserError: If a file is missing or was changed.
    """
    for name, digest in record["files"].items():
        if name not in known:
            path = root / name
            known[name] = digest_of(path) if path.is_file() else ""
        if known[name] != digest:
            what = "is missing" if known[name] == "" else "was changed"
            raise UserError(
                f"{root}: {name} {what} since the cell {cell.name} was finished; restore it, or delete "
                f"{cell.folder(root)} to make the cell anew."
            )


def digest_of(path: Path) -> str:
    """Returns the SHA-256 of a file.

    Args:
        path: The file.
    """
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _files(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    return [path for path in sorted(place.rglob("*")) if path.is_file() and not _is_passing(path)]


def _is_passing(path: Path) -> bool:
    # clock times differ from run to run, and nothing reads them back
    if path.name == step_times.FILE:
        return True
    # what a kill left of a file that was being written is replaced when it is written again
    return "__pycache__" in path.parts or any(part.endswith(".part") for part in path.parts)
