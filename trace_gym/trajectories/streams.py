"""Reading files piece by piece: bytes, lines and chunks of text, of plain and of gzip files."""

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
_MARK = codecs.BOM_UTF8


@contextlib.contextmanager
def seekable(path: Path) -> Iterator[Path]:
    """Gives a path that can be opened twice: `path`, or a copy of it where it is a pipe.

    Args:
        path: A plain or gzip file.

    Raises:
        UserError: If the pipe cannot be read.
    """
    if not path.is_fifo():
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        with one_sentence(path), path.open("rb") as pipe, copy.open("wb") as stream:
            shutil.copyfileobj(pipe, stream)
        yield copy


@contextlib.contextmanager
def open_binary(path: Path) -> Iterator[IO[bytes]]:
    """Opens a plain or gzip file, known by its first bytes.

    Args:
        path: A plain or gzip file.

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
    """Yields `(line number, line)`, empty lines left out; only line feeds end a line.

    Args:
        path: A plain or gzip file.

    Raises:
        UserError: If the file is missing, unreadable, or a truncated gzip.
    """
    with open_binary(path) as stream:
        for number, line in enumerate(stream, start=1):
            if number == 1:
                text = line.removeprefix(_MARK)
            else:
                text = line
            if text.strip():
                yield number, text


def text_chunks(path: Path) -> Iterator[str]:
    """Yields the text in pieces.

    Args:
        path: A plain or gzip file.

    Raises:
        UserError: If the file is missing, unreadable, no UTF-8 text, or a truncated gzip.
    """
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    read = 0
    with open_binary(path) as stream:
        while True:
            data = stream.read(_CHUNK)
            try:
                yield decoder.decode(data, final=not data)
            except UnicodeDecodeError as error:
                # the decoder's object ends where the data does, and begins behind a byte order mark
                place = read + len(data) - len(error.object) + error.start
                raise UserError(f"{path}: not UTF-8 text (byte {place}); give a UTF-8 file.") from None
            if not data:
                return
            read += len(data)
