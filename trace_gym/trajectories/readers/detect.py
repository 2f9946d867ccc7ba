"""Which format a file has, from its beginning."""

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

_LINES, _LONGEST = 20, 1 << 22
"""How far a file that begins with something bad is searched for what tells its format."""


def detect(source: Source, readers: Sequence[Reader]) -> Reader:
    """Returns the first reader that claims a file.

    Args:
        source: The file, and what the user said of it.
        readers: In the order in which they are asked.

    Raises:
        UserError: If the file is unreadable or empty, or none does.
    """
    if is_zip(source.data):
        return next(reader for reader in readers if reader.NAME == "inspect")
    head = Head()
    try:
        found = _look(json_stream(source), head, readers) or _by_lines(source, readers)
    except UserError as error:
        found = _claimed(head, readers) or _by_lines(source, readers)
        if found is None:
            raise error from None

    if found is None:
        known = ", ".join(reader.TITLE for reader in readers)
        raise UnknownFormatError(source.path, "", f"no known trajectory format{_seen(head)}; expected {known}")
    return found


def _look(stream: JsonStream, head: Head, readers: Sequence[Reader]) -> Reader | None:
    start = stream.peek()
    if start == "[":
        head.array = head.whole = True
        # the first may be a bad one
        for element in islice(stream.elements(), _LINES):
            head.members = _scalars(element if isinstance(element, dict) else {})
            if found := _claimed(head, readers):
                return found
        return None

    if start != "{":
        stream.value()
        return None
    for key in stream.members():
        head.members[key] = None
        if stream.peek() in "[{":
            # a key alone can tell, and then a large array need not be passed
            if found := _claimed(head, readers):
                return found
            stream.skip()
        else:
            head.members[key] = stream.value()
            if found := _claimed(head, readers):
                return found

    head.whole = True
    return _claimed(head, readers)


def _claimed(head: Head, readers: Sequence[Reader]) -> Reader | None:
    return next((reader for reader in readers if reader.claims(head)), None)


def _by_lines(source: Source, readers: Sequence[Reader]) -> Reader | None:
    """Looks for a whole line of JSON behind a damaged one."""
    with open_binary(source.data) as stream:
        for line in islice(iter(lambda: stream.readline(_LONGEST), b""), _LINES):
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(row, dict) and (found := _claimed(Head(False, _scalars(row), True), readers)):
                return found

    return None


def _scalars(row: dict[str, Any]) -> dict[str, Any]:
    return {key: None if isinstance(value, (dict, list)) else value for key, value in row.items()}


def _seen(head: Head) -> str:
    if head.members.get("schema"):
        return f" (its schema is {head.members['schema']!r:.60})"
    if {"accuracy", "total_count"} <= head.members.keys():
        return " (a BFCL score file; give its result file)"
    if "role" in head.members:
        return " (messages without a reward; of ToolSandbox give result_summary.json)"
    if "simulation_index" in head.members:
        return " (the index of tau2-bench results kept in a folder; save them as one JSON file)"

    return ""
