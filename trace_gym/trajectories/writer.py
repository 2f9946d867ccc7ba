"""Writing trace-gym JSONL, the format of every trajectories file of this project."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from trace_gym.files import atomic_file
from trace_gym.trajectories.record import Trajectory


def to_line(trajectory: Trajectory) -> str:
    r"""Returns one line of trace-gym JSONL, including its line feed.

    Args:
        trajectory: The record.

    Example:
        >>> to_line(Trajectory("shop", "7", [], reward=1.0, success=True))[:33]
        '{"schema": "trace-gym/trajectory"'
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
    """Writes trajectories as they come; `path` is replaced once all are written.

    Args:
        path: The file.
        trajectories: What to write, in order; none is kept in memory.

    Returns:
        How many were written.

    Raises:
        UserError: If the file cannot be written; its previous content is kept.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_trajectories(Path(folder) / "t.jsonl", [Trajectory("shop", "7", [], reward=1.0, success=True)])
        1
    """
    count = 0
    with atomic_file(path) as stream:
        for trajectory in trajectories:
            stream.write(to_line(trajectory))
            count += 1
    return count
