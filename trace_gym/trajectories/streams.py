"""Reading plain and gzip files in pieces, as bytes, lines or chunks of text, so that memory stays flat."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from trace_gym.errors import UserError
from trace_gym.files import GZIP, one_sentence

_CHUNK = 1 << 18
"""Bytes read at a time by `text_chunks`."""
_MARK = codecs.BOM_UTF8


@contextlib.contextmanager
def seekable(path: Path) -> Iterator[Path]:
    """Gives a path that can be opened more than once.

    Args:
        path: A plain or gzip file, or a pipe.

    Yields:
        `path` itself, or a temporary copy if it is a pipe.

    Raises:
        UserError: If the pipe cannot be read.
    """
    if not path.is_fifo():
        yield path
        return

    # the format is found from the first bytes, which a pipe gives only once
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        with one_sentence(path), path.open("rb") as pipe, copy.open("wb") as stream:
            shutil.copyfileobj(pipe, stream)
        yield copy


@contextlib.contextmanager
def open_binary(path: Path) -> Iterator[IO[bytes]]:
    """Opens a file, unpacking it if its first bytes are those of gzip.

    Args:
        path: A plain or gzip file.

    Yields:
        The unpacked bytes.

    Raises:
        UserError: If the file is missing, unreadable, or a truncated gzip.
    """
    with one_sentence(path), path.open("rb") as raw:
        start = raw.read(len(GZIP))
        raw.seek(0)
        if start != GZIP:
            yield raw
            return

        with gzip.GzipFile(fileobj=raw) as unpacked:
            yield unpacked  # type: ignore[misc]  # typeshed: GzipFile is no IO[bytes], but has all that is used


def lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Reads a file line by line; only line feeds end a line.

    Args:
        path: A plain or gzip file.

    Yields:
        The line's number, from 1, and its bytes; blank lines are skipped.

    Raises:
        UserError: If the file is missing, unreadable, or a truncated gzip.
    """
    with open_binary(path) as stream:
        for number, line in enumerate(stream, start=1):
            if number == 1:
                # editors on Windows begin files with a byte order mark, which is no JSON
                line = line.removeprefix(_MARK)
            if line.strip():
                yield number, line


def text_chunks(path: Path) -> Iterator[str]:
    """Reads a file as text, a chunk at a time.

    Args:
        path: A plain or gzip file.

    Yields:
        Pieces of the text; a character is never split.

    Raises:
        UserError: If the file is missing, unreadable, not UTF-8, or a truncated gzip.
    """
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    read = 0
    with open_binary(path) as stream:
        while True:
            data = stream.read(_CHUNK)

            try:
                yield decoder.decode(data, final=not data)
            except UnicodeDecodeError as error:
                # `error.object` may begin with bytes kept from earlier chunks, but it ends where `data` does
                place = read + len(data) - len(error.object) + error.start
                raise UserError(f"{path}: not UTF-8 text (byte {place}); give a UTF-8 file.") from None

            if not data:
                return
            read += len(data)
