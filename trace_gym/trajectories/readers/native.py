"""trace-gym JSONL, one record a line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from trace_gym.errors import UserError
from trace_gym.files import read_lines
from trace_gym.trajectories.readers.parts import json_lines
from trace_gym.trajectories.readers.reader import Episode, Head, Source, converted
from trace_gym.trajectories.record import SCHEMA, Trajectory

NAME = "trace-gym"
TITLE = "trace-gym JSONL"


def claims(head: Head) -> bool:
    """Returns whether the first object is a trace-gym record, of any version.

    Args:
        head: The beginning of the file.
    """
    return not head.array and head.members.get("schema") == SCHEMA


def episodes(source: Source) -> Iterator[Episode]:
    """Yields the episodes, one a line.

    Args:
        source: The file and its options.

    Raises:
        UserError: Where the file cannot be read on.
    """
    return converted(source, json_lines(source), Trajectory.from_json, is_checked=True)


def read(path: Path, text: str) -> Iterator[Trajectory]:
    """Yields the trajectories of a text in trace-gym JSONL.

    Args:
        path: The file, for messages.
        text: Its content.

    Raises:
        UserError: At the first bad line, naming it.
    """
    for number, row in read_lines(path, text):
        try:
            if not isinstance(row, dict):
                raise UserError(f"a {type(row).__name__}, expected an object")
            yield Trajectory.from_json(row)
        except UserError as error:
            raise UserError(f"{path}: line {number}: {error}.") from None
