"""Hugging Face datasets saved to a folder: those `trace-gym import --hf` writes, and chats with a reward column."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trace_gym.trajectories.hf_dataset import RECORD, import_datasets
from trace_gym.trajectories.readers import chat
from trace_gym.trajectories.readers.reader import Episode, Head, Source, converted
from trace_gym.trajectories.record import Trajectory

NAME = "hf"
TITLE = "a Hugging Face dataset folder"
_MARKS = ("state.json", "dataset_dict.json")


def is_dataset(folder: Path) -> bool:
    """Whether a folder is a saved dataset.

    Args:
        folder: Any folder.
    """
    return any((folder / mark).is_file() for mark in _MARKS)


def claims(head: Head) -> bool:
    """No file is a dataset; the folder is known by what is in it.

    Args:
        head: The beginning of the file.
    """
    return False


def episodes(source: Source) -> Iterator[Episode]:
    """Yields the episodes.

    Args:
        source: The file, and what the user said of it.

    Raises:
        UserError: If `datasets` is not installed, or the folder is no dataset.
    """
    datasets = import_datasets()
    try:
        loaded = datasets.load_from_disk(str(source.data))
    except Exception as error:  # datasets and pyarrow raise many kinds
        raise source.bad("", f"not a dataset that can be read ({type(error).__name__}: {error!s:.120})") from None

    if hasattr(loaded, "items"):
        parts = loaded.items()
    else:
        parts = [("", loaded)]
    convert = chat.converter(source)
    for name, part in parts:
        ours = RECORD in part.column_names
        rows = _rows(name, part.select_columns([RECORD]) if ours else part)
        yield from converted(source, rows, _record if ours else convert)


def _rows(name: str, part: Any) -> Iterator[tuple[str, Any]]:
    for index, row in enumerate(part):
        yield f"{name} row {index}".strip(), _without_none(row)


def _record(row: dict[str, Any]) -> Trajectory:
    return Trajectory.from_json(json.loads(row[RECORD]))


def _without_none(value: Any) -> Any:
    """Arrow fills what a row lacks with None."""
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_none(item) for item in value]
    return value
