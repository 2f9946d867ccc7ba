"""Readers of trajectory files, one format a file; `read_trajectories` finds the right one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from trace_gym.errors import UserError
from trace_gym.trajectories.files import read_json, read_text
from trace_gym.trajectories.readers import native, tau1, tau2
from trace_gym.trajectories.record import Trajectory

_JSON_READERS = (tau1, tau2)


def read_trajectories(path: str | Path) -> list[Trajectory]:
    """Reads every trajectory of a file, whatever its known format, plain or gzip.

    Args:
        path: our JSONL, a tau-bench v1 result list, or a tau2-bench results file.

    Raises:
        UserError: if the file is unreadable, damaged, empty, or of no known format; names the position.
    """
    path = Path(path)
    text = read_text(path)
    if not text.strip():
        raise UserError(f"{path}: the file is empty; expected at least one trajectory.")
    if native.matches(text):
        return _some(path, native.read(path, text))
    value = read_json(path, text)
    for reader in _JSON_READERS:
        if reader.matches(value):
            return _some(path, reader.read(path, value))
    raise UserError(
        f"{path}: no known trajectory format; expected trace-gym JSONL, a tau-bench v1 list, or tau2-bench results."
    )


def _some(path: Path, found: Iterable[Trajectory]) -> list[Trajectory]:
    trajectories = list(found)
    if not trajectories:
        raise UserError(f"{path}: holds no trajectory.")
    return trajectories
