"""Reading and writing files: plain or gzip in, atomically out, and every failure as one sentence."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from trace_gym.errors import UserError

GZIP = b"\x1f\x8b"
"""The first bytes of every gzip file."""
_WANTED = "a trajectories file (.jsonl, .json, either may be .gz)"


@contextlib.contextmanager
def one_sentence(path: Path, wanted: str = _WANTED) -> Iterator[None]:
    """Turns whatever goes wrong while reading a file into one sentence.

    Args:
        path: The file, for the message.
        wanted: What the user should have given, for the message.

    Raises:
        UserError: If the file is missing, unreadable, not UTF-8 text, or truncated gzip data.

    Example:
        >>> with one_sentence(Path("runs.jsonl"), wanted="a file of runs"):
        ...     raise FileNotFoundError
        Traceback (most recent call last):
        trace_gym.errors.UserError: runs.jsonl: no such file; give a file of runs.
    """
    try:
        yield
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; give {wanted}.") from None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise UserError(f"{path}: the gzip data is truncated or damaged; copy the file again.") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 text (byte {error.start}); give {wanted}.") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}).") from None


def read_text(path: Path, wanted: str = _WANTED) -> str:
    """Returns the whole text of a plain or gzip file.

    Args:
        path: The file.
        wanted: What the user should have given, for the message.

    Raises:
        UserError: If the file is missing, unreadable, not UTF-8 text, or truncated gzip data.
    """
    with one_sentence(path, wanted):
        data = path.read_bytes()
        # by content: people rename files, and a download may have been unpacked on the way
        if data[:2] == GZIP:
            data = gzip.decompress(data)
        return data.decode("utf-8")


def read_json(path: Path, text: str | None = None) -> Any:
    """Parses a JSON file.

    Args:
        path: The file.
        text: Its content, if it has been read already.

    Raises:
        UserError: If the file cannot be read, or is not valid JSON; the sentence names line and column.
    """
    if text is None:
        text = read_text(path)
    try:
        return _parsed(path, text)
    except RecursionError:
        raise UserError(f"{path}: nested too deeply to be a file of this project; check where it comes from.") from None


def read_versioned(path: Path, schema: str, version: int, *, advice: str) -> dict[str, Any]:
    """Reads one of our JSON files.

    Args:
        path: The file.
        schema: Its `schema`, such as `trace-gym/router`.
        version: Its `version`.
        advice: What to do about another version, for the message.

    Raises:
        UserError: If it cannot be read, is something else, or is of another version.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "a.json"
        ...     write_json(path, {"schema": "trace-gym/router", "version": 2})
        ...     read_versioned(path, "trace-gym/router", 2, advice="build it anew")["version"]
        2
    """
    value = read_json(path)
    found: Any = type(value).__name__
    if isinstance(value, dict):
        found = value.get("schema")

    if found != schema:
        raise UserError(f"{path}: its schema is {found!r}, expected {schema!r}.")
    if value.get("version") != version:
        raise UserError(
            f"{path}: its version is {value.get('version')!r}, this program reads version {version}; {advice}."
        )
    record: dict[str, Any] = value
    return record


def read_lines(path: Path, text: str) -> Iterator[tuple[int, Any]]:
    r"""Parses JSONL text line by line; empty lines are skipped.

    Args:
        path: The file, for messages.
        text: Its content.

    Yields:
        The line's number, from 1, and its value.

    Raises:
        UserError: At the first line that is not valid JSON.

    Example:
        >>> list(read_lines(Path("runs.jsonl"), '{"a": 1}\n\n[2]\n'))
        [(1, {'a': 1}), (3, [2])]
    """
    # not splitlines(), which also splits at characters that may stand in a JSON string
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield number, _parsed(path, line, first_line=number)
        except RecursionError:
            raise UserError(f"{path}: line {number}: nested too deeply to be a trajectory.") from None


def _parsed(path: Path, text: str, first_line: int = 1) -> Any:
    """The JSON value in a part of a file that begins at a line.

    Raises:
        UserError: If it is not valid JSON.
        RecursionError: If it is nested too deeply.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        line = first_line + error.lineno - 1
        raise UserError(
            f"{path}: line {line}, column {error.colno}: {error.msg}; not valid JSON, perhaps cut off."
        ) from None


@contextlib.contextmanager
def atomic_file(path: Path) -> Iterator[IO[str]]:
    """Opens a file for writing that replaces `path` when the block succeeds, and disappears when it raises.

    Args:
        path: The file; its folder is created if need be.

    Yields:
        The open text stream.

    Raises:
        UserError: If the disk is full or the folder cannot be written; the old content is kept.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "results" / "out.txt"
        ...     with atomic_file(path) as stream:
        ...         _ = stream.write("done")
        ...     path.read_text()
        'done'
    """
    # in the same folder, because a file can only be replaced atomically within one file system
    temporary = path.parent / f".{path.name}.part"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("w", encoding="utf-8") as stream:
            yield stream
            stream.flush()
            # or a power cut could leave an empty file in the old one's place
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror}); what was there is kept.") from None
    finally:
        # after a success it no longer exists, and after a failure it must not stay
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_atomic(path: Path, text: str) -> None:
    """Writes a file so that a reader sees the old content or the new, never a part of it.

    Args:
        path: The file; its folder is created if need be.
        text: Its content.

    Raises:
        UserError: If the disk is full or the folder cannot be written; the old content is kept.
    """
    with atomic_file(path) as stream:
        stream.write(text)


def json_text(value: Any) -> str:
    """Returns a value as indented JSON, the way all files of this project are written.

    Args:
        value: A JSON value.

    Example:
        >>> print(json_text({"tasks": 16}), end="")
        {
          "tasks": 16
        }
    """
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def write_json(path: Path, value: Any) -> None:
    """Writes indented JSON atomically.

    Args:
        path: The file; its folder is created if need be.
        value: A JSON value.
    """
    write_atomic(path, json_text(value))
