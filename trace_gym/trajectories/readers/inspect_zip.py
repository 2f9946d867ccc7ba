"""Inspect's `.eval` files: zips whose members are packed by zstd, or by deflate in older versions."""

from __future__ import annotations

import importlib
import io
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trace_gym.errors import UserError
from trace_gym.files import one_sentence
from trace_gym.trajectories.readers.reader import Source

_ZSTD = 93
_LOCAL_HEADER = 30
_HEADERS = ("header.json", "_journal/start.json")


def is_zip(path: Path) -> bool:
    """Whether a file begins as a zip.

    Args:
        path: The file.

    Raises:
        UserError: If it cannot be read.
    """
    with one_sentence(path), path.open("rb") as stream:
        return stream.read(4) == b"PK\x03\x04"


def read_header(source: Source) -> dict[str, Any]:
    """Returns what the log says of its evaluation; also of one that was not finished.

    Args:
        source: The file, and what the user said of it.

    Raises:
        UserError: If the file is damaged or no Inspect log.
    """
    with _opened(source) as archive:
        names = archive.namelist()
        name = next((name for name in _HEADERS if name in names), None)
        if name is None:
            raise source.bad("", "a zip without header.json; not an Inspect log")
        header = _json(source, archive, archive.getinfo(name))
    if isinstance(header, dict):
        return header
    return {}


def read_samples(source: Source) -> Iterator[tuple[str, Any]]:
    """Yields `(name, sample)`; the sample is what is wrong with it where it cannot be read.

    Args:
        source: The file, and what the user said of it.

    Raises:
        UserError: If the file is damaged.
    """
    with _opened(source) as archive:
        # of members of one name the last counts
        infos = {info.filename: info for info in archive.infolist() if info.filename.startswith("samples/")}
        for name, info in infos.items():
            try:
                yield name, _json(source, archive, info)
            except UserError as error:
                yield name, error


def _opened(source: Source) -> zipfile.ZipFile:
    try:
        with one_sentence(source.path):
            return zipfile.ZipFile(source.data)
    except zipfile.BadZipFile:
        raise source.bad("", "the zip is damaged or cut off; copy the file again") from None


def _json(source: Source, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Any:
    try:
        try:
            data = archive.read(info)
        except NotImplementedError:
            data = _unpacked(source, info)
        return json.loads(data)
    except (zipfile.BadZipFile, ValueError, EOFError, OSError, RecursionError) as error:
        raise source.bad(info.filename, f"{error}; damaged, copy the file again") from None


def _unpacked(source: Source, info: zipfile.ZipInfo) -> bytes:
    """Unpacks a zstd member where Python's own zipfile cannot (before 3.14) and the package zstandard is there."""
    try:
        if info.compress_type == _ZSTD:
            zstandard = importlib.import_module("zstandard")
        else:
            zstandard = None
    except ModuleNotFoundError:
        zstandard = None

    if zstandard is None:
        if info.compress_type == _ZSTD:
            method = "zstd"
        else:
            method = f"method {info.compress_type}"
        raise source.bad(
            info.filename,
            f"packed by {method}, which Python {sys.version_info.major}.{sys.version_info.minor} cannot unpack; "
            "`pip install zstandard`, or write the log as JSON: `inspect log convert FILE --to json --output-dir DIR`",
        )

    with source.data.open("rb") as stream:
        stream.seek(info.header_offset)
        header = stream.read(_LOCAL_HEADER)
        names = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        stream.seek(info.header_offset + _LOCAL_HEADER + names)
        packed = stream.read(info.compress_size)

    try:
        # a member may be several frames
        reader = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(packed), read_across_frames=True)
        data: bytes = reader.read()
    except zstandard.ZstdError as error:
        raise source.bad(info.filename, f"{error}; damaged, copy the file again") from None

    return data
