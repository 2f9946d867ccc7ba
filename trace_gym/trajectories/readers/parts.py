"""Building blocks of readers: lines of JSON, and the elements of a large array."""

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
        source: The file and its options.
    """
    return JsonStream(source.path, text_chunks(source.data))


def json_lines(source: Source) -> Iterator[tuple[str, Any]]:
    """Reads a JSONL file.

    Args:
        source: The file and its options.

    Yields:
        The place of each line, and its value, or an `EpisodeError` if it is not JSON.

    Raises:
        UserError: If the file cannot be read on.
    """
    for number, line in lines(source.data):
        where = f"line {number}"
        # every line of the file would be bad
        if number == 1 and line.strip() in (b"{", b"["):
            raise source.bad(where, "JSON spread over several lines, expected one object a line; use `jq -c .`")

        try:
            # without the line feed: after it, json would count columns from 1 again
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
    """Reads a file that is one JSON array, element by element.

    Args:
        source: The file and its options.
        name: What an element is called in errors.

    Yields:
        The place of each element, and its value.

    Raises:
        UserError: If the file cannot be read on.
    """
    stream = json_stream(source)
    for index, element in enumerate(stream.elements()):
        yield f"{name} {index}", element
    # text after the array is a sign of two files written into one
    stream.finish()


def elements_of(source: Source, key: str, name: str) -> Iterator[tuple[str, Any]]:
    """Reads an array that is a member of a file's object, element by element.

    Args:
        source: The file and its options.
        key: The member that holds the array.
        name: What an element is called in errors.

    Yields:
        The place of each element, and its value.

    Raises:
        UserError: If the file cannot be read on, or the member is not an array.
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
    """Reads some members of a file's object, and no further than the last of them.

    Args:
        source: The file and its options.
        keys: The members to read; one that the file lacks is left out.

    Raises:
        UserError: If the file cannot be read on before all are read.
    """
    values: dict[str, Any] = {}
    stream = json_stream(source)
    for member in stream.members():
        if member in keys:
            values[member] = stream.value()
        else:
            stream.skip()

        # what follows may be gigabytes of episodes
        if len(values) == len(keys):
            break

    return values
