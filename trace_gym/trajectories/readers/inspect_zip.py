"""Inspect's `.eval` files: zips whose members are compressed with zstd, or with deflate in older versions."""

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
"""The method's number in zips (APPNOTE.TXT 4.4.5)."""
_LOCAL_HEADER = 30
"""Bytes of a member's header without its name and extra field (APPNOTE.TXT 4.3.7)."""
_HEADERS = ("header.json", "_journal/start.json")
"""Where a log describes its evaluation; one that was interrupted has only the second."""


def is_zip(path: Path) -> bool:
    """Returns whether a file begins like a zip.

    Args:
        path: The file.

    Raises:
        UserError: If it cannot be read.
    """
    with one_sentence(path), path.open("rb") as stream:
        return stream.read(4) == b"PK\x03\x04"


def read_header(source: Source) -> dict[str, Any]:
    """Returns the description of the evaluation, also of one that did not finish.

    Args:
        source: The file and its options.

    Raises:
        UserError: If the file is damaged or not an Inspect log.
    """
    with _opened(source) as archive:
        header = _json(source, archive, _header_info(source, archive))

    if isinstance(header, dict):
        return header
    return {}


def _header_info(source: Source, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    names = archive.namelist()
    for name in _HEADERS:
        if name in names:
            return archive.getinfo(name)
    raise source.bad("", "a zip without header.json; not an Inspect log")


def read_samples(source: Source) -> Iterator[tuple[str, Any]]:
    """Reads the samples one by one, with no more than one in memory.

    Args:
        source: The file and its options.

    Yields:
        The member's name, and the sample, or the error if it cannot be read.

    Raises:
        UserError: If the zip as a whole is damaged.
    """
    with _opened(source) as archive:
        infos = {}
        for info in archive.infolist():
            # of members with the same name the last one counts, as for `ZipFile.getinfo`
            if info.filename.startswith("samples/"):
                infos[info.filename] = info

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
            # zipfile knows zstd from Python 3.14 on
            data = _unpacked(source, info)
        return json.loads(data)
    except (zipfile.BadZipFile, ValueError, EOFError, OSError, RecursionError) as error:
        raise source.bad(info.filename, f"{error}; damaged, copy the file again") from None


def _unpacked(source: Source, info: zipfile.ZipInfo) -> bytes:
    """Unpacks a member with the package zstandard where zipfile cannot."""
    if info.compress_type != _ZSTD:
        raise _not_unpackable(source, info, f"method {info.compress_type}")
    try:
        zstandard = importlib.import_module("zstandard")
    except ModuleNotFoundError:
        raise _not_unpackable(source, info, "zstd") from None

    packed = _packed(source.data, info)
    try:
        # a member may consist of several frames
        reader = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(packed), read_across_frames=True)
        data: bytes = reader.read()
    except zstandard.ZstdError as error:
        raise source.bad(info.filename, f"{error}; damaged, copy the file again") from None
    return data


def _not_unpackable(source: Source, info: zipfile.ZipInfo, method: str) -> UserError:
    return source.bad(
        info.filename,
        f"packed by {method}, which Python {sys.version_info.major}.{sys.version_info.minor} cannot unpack; "
        "`pip install zstandard`, or write the log as JSON: `inspect log convert FILE --to json --output-dir DIR`",
    )


def _packed(path: Path, info: zipfile.ZipInfo) -> bytes:
    """A member's bytes as they are in the file."""
    with path.open("rb") as stream:
        stream.seek(info.header_offset)
        header = stream.read(_LOCAL_HEADER)

        # the extra field may be longer here than in the central directory, so its length is read here
        name_length = int.from_bytes(header[26:28], "little")
        extra_length = int.from_bytes(header[28:30], "little")
        stream.seek(info.header_offset + _LOCAL_HEADER + name_length + extra_length)
        return stream.read(info.compress_size)
