"""Opening trajectory files: plain or gzip, and turning what is wrong with them into one sentence."""

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
"""How a gzip file starts."""
_WANTED = "a trajectories file (.jsonl, .json, either may be .gz)"


@contextlib.contextmanager
def one_sentence(path: Path, wanted: str = _WANTED) -> Iterator[None]:
    """Turns what goes wrong in reading `path` into one sentence.

    Args:
        path: The file, for the message.
        wanted: What the user should have given.

    Raises:
        UserError: If the file is missing, unreadable, no UTF-8 text or a truncated gzip.
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
        wanted: What the user should have given.

    Raises:
        UserError: If the file is missing, unreadable or a truncated gzip.
    """
    with one_sentence(path, wanted):
        data = path.read_bytes()
        return (gzip.decompress(data) if data[:2] == GZIP else data).decode("utf-8")


def read_json(path: Path, text: str | None = None) -> Any:
    """Parses a JSON file.

    Args:
        path: The file.
        text: Its content, if it has been read already.

    Raises:
        UserError: If it is not valid JSON; the sentence names line and column.
    """
    try:
        return json.loads(read_text(path) if text is None else text)
    except json.JSONDecodeError as error:
        raise UserError(
            f"{path}: line {error.lineno}, column {error.colno}: {error.msg}; not valid JSON, perhaps cut off."
        ) from None
    except RecursionError:
        raise UserError(f"{path}: nested too deeply to be one of our files.") from None


def read_lines(path: Path, text: str) -> Iterator[tuple[int, Any]]:
    """Yields `(line number, value)` of a JSONL text.

    Args:
        path: The file, for messages.
        text: Its content.

    Raises:
        UserError: At the first line that is not valid JSON.
    """
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except json.JSONDecodeError as error:
            raise UserError(
                f"{path}: line {number}, column {error.colno}: {error.msg}; not valid JSON, perhaps cut off."
            ) from None
        except RecursionError:
            raise UserError(f"{path}: line {number}: nested too deeply to be a trajectory.") from None


@contextlib.contextmanager
def atomic_file(path: Path) -> Iterator[IO[str]]:
    """Opens a file to write; it takes the place of `path` when the block ends well, and is dropped when it raises.

    Args:
        path: The file; its folder is made if need be.

    Raises:
        UserError: If the disk is full or the folder cannot be written; the old content is kept.
    """
    temporary = path.parent / f".{path.name}.part"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("w", encoding="utf-8") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror}); what was there is kept.") from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_atomic(path: Path, text: str) -> None:
    """Writes a file so that a reader sees the old content or the new, never a part.

    Args:
        path: The file; its folder is made if need be.
        text: Its content.

    Raises:
        UserError: If the disk is full or the folder cannot be written; the old content is kept.
    """
    with atomic_file(path) as stream:
        stream.write(text)


def json_text(value: Any) -> str:
    """Returns indented JSON as our files have it.

    Args:
        value: A JSON value.
    """
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def write_json(path: Path, value: Any) -> None:
    """Writes indented JSON atomically.

    Args:
        path: The file; its folder is made if need be.
        value: A JSON value.
    """
    write_atomic(path, json_text(value))
