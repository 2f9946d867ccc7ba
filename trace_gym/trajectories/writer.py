"""Writing our JSONL."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from trace_gym.files import atomic_file
from trace_gym.trajectories.record import Trajectory


def to_line(trajectory: Trajectory) -> str:
    """Returns one line of our JSONL, its line feed included.

    Args:
        trajectory: The record.
    """
    row = trajectory.to_json()
    line = json.dumps(row, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:
        # lone surrogates, which models do write, only fit into a UTF-8 file as escapes
        line = json.dumps(row)

    return line + "\n"


def write_trajectories(path: Path, trajectories: Iterable[Trajectory]) -> int:
    """Writes trajectories as they come and returns their number; `path` is replaced when all are written.

    Args:
        path: The file.
        trajectories: What to write, in order.

    Raises:
        UserError: If the file cannot be written; what was there is kept.
    """
    count = 0
    with atomic_file(path) as stream:
        for trajectory in trajectories:
            stream.write(to_line(trajectory))
            count += 1
    return count
