"""Hugging Face datasets saved to a folder: those of `trace-gym import --hf`, and chats with a reward column."""

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
"""Files that `Dataset.save_to_disk` and `DatasetDict.save_to_disk` write."""


def is_dataset(folder: Path) -> bool:
    """Returns whether a folder is a saved dataset.

    Args:
        folder: The folder.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     is_dataset(Path(folder))
        False
    """
    return any((folder / mark).is_file() for mark in _MARKS)


def claims(head: Head) -> bool:
    """Returns False: a dataset is a folder, which `is_dataset` recognizes.

    Args:
        head: The beginning of a file.
    """
    return False


def episodes(source: Source) -> Iterator[Episode]:
    """Yields the episodes.

    Args:
        source: The folder and its options.

    Raises:
        UserError: If `datasets` is not installed, or the folder is damaged.
    """
    datasets = import_datasets()
    try:
        loaded = datasets.load_from_disk(str(source.data))
    except Exception as error:  # datasets and pyarrow raise many kinds
        raise source.bad("", f"not a dataset that can be read ({type(error).__name__}: {error!s:.120})") from None

    # a DatasetDict has several splits, a Dataset is one without a name
    splits = [("", loaded)]
    if hasattr(loaded, "items"):
        splits = loaded.items()

    # one converter for all splits: it numbers the attempts at a task
    convert_chat = chat.converter(source)
    for name, split in splits:
        if RECORD in split.column_names:
            # the other columns only repeat what the record holds
            yield from converted(source, _rows(name, split.select_columns([RECORD])), _record)
        else:
            yield from converted(source, _rows(name, split), convert_chat)


def _rows(name: str, split: Any) -> Iterator[tuple[str, Any]]:
    for index, row in enumerate(split):
        yield f"{name} row {index}".strip(), _without_none(row)


def _record(row: dict[str, Any]) -> Trajectory:
    return Trajectory.from_json(json.loads(row[RECORD]))


def _without_none(value: Any) -> Any:
    """A row without the None that Arrow puts where a row has no value for a column."""
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_none(item) for item in value]
    return value
