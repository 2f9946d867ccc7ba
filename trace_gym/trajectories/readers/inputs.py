"""Which files a user means: files as they are, folders by what is in them."""

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
        """Whether it was found in a folder, among files that may be something else."""
        return self.path != self.given


def find_inputs(given: Iterable[Path]) -> list[Input]:
    """Returns what to read, in order; a file that is reached twice is read once.

    In folders, hidden ones left out, files named `.json`, `.jsonl`, `.eval` or these with `.gz` are taken. A folder
    that is a Hugging Face dataset, or holds ToolSandbox's `result_summary.json`, is one thing to read.

    Args:
        given: Files and folders.

    Raises:
        UserError: If there is no such file or folder, or a folder holds no such file.
    """
    # a folder may hold many thousands, and a text is smaller than a path
    found: dict[str, Input] = {}
    for path in given:
        if not path.exists():
            raise UserError(f"{path}: no such file; give a trajectories file or a folder of them.")
        if path.is_dir():
            inputs = list(_in_folder(path))
        else:
            inputs = [path]
        if not inputs:
            raise UserError(f"{path}: the folder holds no file named {', '.join(_SUFFIXES)}.")
        for one in inputs:
            found.setdefault(os.path.realpath(one), Input(one, path))

    return list(found.values())


def _in_folder(folder: Path) -> Iterator[Path]:
    if is_dataset(folder):
        yield folder
        return
    for name, folders, files in os.walk(folder):
        place = Path(name)
        if _TOOLSANDBOX in files:
            folders.clear()
            yield place / _TOOLSANDBOX
            continue
        datasets = [sub for sub in sorted(folders) if is_dataset(place / sub)]
        folders[:] = sorted(sub for sub in folders if sub not in datasets and not sub.startswith("."))
        yield from (place / sub for sub in datasets)
        yield from (place / file for file in sorted(files) if file.endswith(_SUFFIXES) and not file.startswith("."))
