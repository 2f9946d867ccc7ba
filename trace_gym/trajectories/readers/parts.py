"""The parts that files are read by: lines of JSON, and the elements of one large array."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

from trace_gym.trajectories.json_stream import JsonStream
from trace_gym.trajectories.readers.reader import Source
from trace_gym.trajectories.streams import lines, text_chunks


def json_stream(source: Source) -> JsonStream:
    """Opens a file as one JSON text.

    Args:
        source: The file, and what the user said of it.
    """
    return JsonStream(source.path, text_chunks(source.data))


def json_lines(source: Source) -> Iterator[tuple[str, Any]]:
    """Yields `(place, value)` of a JSONL file; the value of a bad line is what is wrong with it.

    Args:
        source: The file, and what the user said of it.

    Raises:
        UserError: If the file cannot be read on.
    """
    for number, line in lines(source.data):
        where = f"line {number}"
        if number == 1 and line.strip() in (b"{", b"["):
            raise source.bad(
                where, "JSON laid out over several lines, expected one object a line; `jq -c .` makes that"
            )
        try:
            # without the line feed, behind which json would count columns anew
            yield where, json.loads(line.rstrip(b"\r\n").decode("utf-8"))
        except json.JSONDecodeError as error:
            place = f"{where}, column {error.colno}"
            yield where, source.bad(place, f"{error.msg}; not valid JSON, perhaps cut off")
        except UnicodeDecodeError as error:
            yield where, source.bad(where, f"not UTF-8 text (byte {error.start} of the line)")
        except RecursionError:
            yield where, source.bad(where, "nested too deeply to be a trajectory")
        except ValueError as error:
            yield where, source.bad(where, str(error))


def elements(source: Source, name: str) -> Iterator[tuple[str, Any]]:
    """Yields `(place, element)` of a file that is one array; `name` is what an element is called.

    Args:
        source: The file, and what the user said of it.
        name: What an element is called.

    Raises:
        UserError: If the file cannot be read on.
    """
    stream = json_stream(source)
    for index, element in enumerate(stream.elements()):
        yield f"{name} {index}", element
    stream.finish()


def elements_of(source: Source, key: str, name: str) -> Iterator[tuple[str, Any]]:
    """Yields `(place, element)` of the array `key` of a file that is one object.

    Args:
        source: The file, and what the user said of it.
        key: The member that holds the array.
        name: What an element is called.

    Raises:
        UserError: If the file cannot be read on, or the member is no array.
    """
    stream = json_stream(source)
    for member in stream.members():
        if member != key:
            stream.skip()
            continue
        if stream.peek() != "[":
            raise source.bad(key, f"{stream.value()!r:.40}, expected a list")
        for index, element in enumerate(stream.elements()):
            yield f"{name} {index}", element

    stream.finish()


def members(source: Source, keys: Collection[str]) -> dict[str, Any]:
    """Reads some members of a file that is one object, and nothing behind the last of them.

    Args:
        source: The file, and what the user said of it.
        keys: The members that are wanted.

    Raises:
        UserError: If the file cannot be read on before all are found.
    """
    found: dict[str, Any] = {}
    stream = json_stream(source)
    for member in stream.members():
        if member in keys:
            found[member] = stream.value()
        else:
            stream.skip()
        if len(found) == len(keys):
            break

    return found
