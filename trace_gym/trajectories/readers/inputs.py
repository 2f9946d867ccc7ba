"""Finding the files to read: files as they are given, folders by what is in them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from trace_gym.errors import UserError
from trace_gym.trajectories.readers.hf_dataset import is_dataset

_SUFFIXES = (".json", ".jsonl", ".eval", ".json.gz", ".jsonl.gz")
_TOOLSANDBOX = "result_summary.json"


@dataclass(frozen=True, slots=True)
class Input:
    """One thing to read.

    Example:
        >>> Input(Path("logs/a.json"), given=Path("logs")).found
        True
    """

    path: Path
    """The file, or the folder of a Hugging Face dataset."""
    given: Path
    """What the user named: the file itself, or a folder it was found in."""

    @property
    def found(self) -> bool:
        """Whether it was found in a folder, where other files are to be expected."""
        return self.path != self.given


def find_inputs(given: Iterable[Path]) -> list[Input]:
    """Returns what to read, in order; a file that is reached twice is read once.

    Of folders, files named `.json`, `.jsonl` or `.eval`, also with `.gz`, are taken; hidden files and folders are
    not. A folder that is a Hugging Face dataset, or holds ToolSandbox's `result_summary.json`, is one input.

    Args:
        given: Files and folders, as the user named them.

    Raises:
        UserError: If there is no such file or folder, or a folder holds no such file.
    """
    # a folder may hold many thousands of files, and a text is smaller than a path
    by_real_path: dict[str, Input] = {}
    for path in given:
        if not path.exists():
            raise UserError(f"{path}: no such file; give a trajectories file or a folder of them.")

        files = [path]
        if path.is_dir():
            files = list(_in_folder(path))
        if not files:
            raise UserError(f"{path}: the folder holds no file named {', '.join(_SUFFIXES)}.")

        for file in files:
            by_real_path.setdefault(os.path.realpath(file), Input(file, path))

    return list(by_real_path.values())


def _in_folder(folder: Path) -> Iterator[Path]:
    if is_dataset(folder):
        yield folder
        return

    for name, subfolders, files in os.walk(folder):
        place = Path(name)
        if _TOOLSANDBOX in files:
            # the files below belong to the summary
            subfolders.clear()
            yield place / _TOOLSANDBOX
            continue

        datasets, others = _split_off_datasets(place, subfolders)
        # changing the list in place tells `os.walk` where to go on, and in which order
        subfolders[:] = others
        for dataset in datasets:
            yield place / dataset

        for file in sorted(files):
            if file.endswith(_SUFFIXES) and not file.startswith("."):
                yield place / file


def _split_off_datasets(place: Path, subfolders: Iterable[str]) -> tuple[list[str], list[str]]:
    """The subfolders that are datasets, and the others that are not hidden, both sorted."""
    datasets = []
    others = []
    for name in sorted(subfolders):
        if is_dataset(place / name):
            datasets.append(name)
        elif not name.startswith("."):
            others.append(name)
    return datasets, others
