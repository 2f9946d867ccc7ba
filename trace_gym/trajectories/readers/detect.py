"""Finding a file's format from its beginning."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import islice
from typing import Any

from trace_gym.errors import UserError
from trace_gym.trajectories.episode_error import UnknownFormatError
from trace_gym.trajectories.json_stream import JsonStream
from trace_gym.trajectories.readers.inspect_zip import is_zip
from trace_gym.trajectories.readers.parts import json_stream
from trace_gym.trajectories.readers.reader import Head, Reader, Source
from trace_gym.trajectories.streams import open_binary

_LINES = 20
"""Elements or lines searched for the format when a file begins with a bad one."""
_LONGEST = 1 << 22
"""Bytes of a line that are looked at, for a large JSON file may be a single line."""


def detect(source: Source, readers: Sequence[Reader]) -> Reader:
    """Returns the first reader that claims a file.

    Args:
        source: The file and its options.
        readers: In the order in which they are asked.

    Raises:
        UserError: If the file is unreadable or empty, or no reader claims it.
    """
    if is_zip(source.data):
        return next(reader for reader in readers if reader.NAME == "inspect")

    head = Head()
    fault = None
    try:
        reader = _by_json(json_stream(source), head, readers)
    except UserError as error:
        fault = error
        # the keys before the fault may be enough
        reader = _claimed(head, readers)

    if reader is None:
        reader = _by_lines(source, readers)
    if reader is None and fault is not None:
        raise fault
    if reader is None:
        known = ", ".join(reader.TITLE for reader in readers)
        raise UnknownFormatError(source.path, "", f"no known trajectory format{_hint(head)}; expected {known}")
    return reader


def _by_json(stream: JsonStream, head: Head, readers: Sequence[Reader]) -> Reader | None:
    """The reader that claims the file's first JSON value; `head` keeps what was read of it."""
    start = stream.peek()
    if start == "[":
        return _by_elements(stream, head, readers)
    if start == "{":
        return _by_members(stream, head, readers)

    # raises if the file is not JSON at all
    stream.value()
    return None


def _by_elements(stream: JsonStream, head: Head, readers: Sequence[Reader]) -> Reader | None:
    head.array = True
    head.whole = True
    for element in islice(stream.elements(), _LINES):
        head.members = {}
        if isinstance(element, dict):
            head.members = _scalars(element)

        reader = _claimed(head, readers)
        if reader is not None:
            return reader
    return None


def _by_members(stream: JsonStream, head: Head, readers: Sequence[Reader]) -> Reader | None:
    for key in stream.members():
        head.members[key] = None
        nested = stream.peek() in "[{"
        if not nested:
            head.members[key] = stream.value()

        reader = _claimed(head, readers)
        if reader is not None:
            return reader

        # only now: where a key is enough, a large array need not be passed
        if nested:
            stream.skip()

    head.whole = True
    return _claimed(head, readers)


def _by_lines(source: Source, readers: Sequence[Reader]) -> Reader | None:
    """The reader that claims one of the first lines, for the first may be damaged."""
    with open_binary(source.data) as stream:
        for _ in range(_LINES):
            line = stream.readline(_LONGEST)
            if not line:
                return None

            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if not isinstance(row, dict):
                continue

            reader = _claimed(Head(members=_scalars(row), whole=True), readers)
            if reader is not None:
                return reader

    return None


def _claimed(head: Head, readers: Sequence[Reader]) -> Reader | None:
    for reader in readers:
        if reader.claims(head):
            return reader
    return None


def _scalars(row: dict[str, Any]) -> dict[str, Any]:
    """A row's members, with None for lists and objects: no format is known by them, and they may be large."""
    members: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, (dict, list)):
            members[key] = None
        else:
            members[key] = value
    return members


def _hint(head: Head) -> str:
    """What a file seems to be that users mistake for trajectories."""
    if head.members.get("schema"):
        return f" (its schema is {head.members['schema']!r:.60})"
    if {"accuracy", "total_count"} <= head.members.keys():
        return " (a BFCL score file; give its result file)"
    if "role" in head.members:
        return " (messages without a reward; of ToolSandbox give result_summary.json)"
    if "simulation_index" in head.members:
        return " (the index of tau2-bench results kept in a folder; save them as one JSON file)"

    return ""
