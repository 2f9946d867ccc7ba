"""Our own JSONL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from trace_gym.errors import UserError
from trace_gym.trajectories.files import read_lines
from trace_gym.trajectories.record import SCHEMA, Trajectory


def matches(text: str) -> bool:
    """Whether the first line is one of our records."""
    return SCHEMA in text.lstrip().split("\n", 1)[0][:400]


def read(path: Path, text: str) -> Iterator[Trajectory]:
    """Yields the trajectories.

    Raises:
        UserError: at the first bad line, naming it.
    """
    for number, row in read_lines(path, text):
        try:
            if not isinstance(row, dict):
                raise UserError(f"a {type(row).__name__}, expected an object")
            yield Trajectory.from_json(row)
        except UserError as error:
            raise UserError(f"{path}: line {number}: {error}.") from None
