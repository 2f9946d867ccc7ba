"""Writing an `.eval` file through Inspect, the same bytes each time."""

from __future__ import annotations

import importlib
import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trace_gym.env.types import Json
from trace_gym.errors import UserError

_FIRST_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can hold."""


def import_inspect_log() -> Any:
    """Returns the module `inspect_ai.log`, imported on use: it takes seconds, and the core does not depend on it.

    Raises:
        UserError: If Inspect is not installed.
    """
    try:
        return importlib.import_module("inspect_ai.log")
    except ModuleNotFoundError:
        raise UserError("Inspect logs need the package inspect_ai; pip install 'trace-gym[inspect]'.") from None


def write_eval(path: Path, content: Mapping[str, Json]) -> None:
    """Writes a log, whole or not at all; what was at `path` is replaced.

    Args:
        path: The file; its folder is created if need be.
        content: The JSON of an `EvalLog`.

    Raises:
        UserError: If Inspect is missing, or the file cannot be written.
    """
    inspect_log = import_inspect_log()
    log = inspect_log.EvalLog.model_validate(content)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # beside the target: only within one file system is a file replaced in one step
        with tempfile.TemporaryDirectory(prefix=f".{path.name[:40]}.", dir=path.parent) as work:
            timed = Path(work) / "timed.eval"
            untimed = Path(work) / "untimed.eval"
            inspect_log.write_eval_log(log, timed, format="eval")
            _without_times(timed, untimed)
            os.replace(untimed, path)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror}); what was there is kept.") from None


def _without_times(source: Path, target: Path) -> None:
    """Copies a zip with one fixed time for all its members: Inspect's have that of the writing.

    Importing Inspect has taught `zipfile` how to pack by zstd, where Python does not know it.
    """
    with zipfile.ZipFile(source) as read, zipfile.ZipFile(target, "w") as written:
        for info in read.infolist():
            copy = zipfile.ZipInfo(info.filename, _FIRST_TIME)
            copy.compress_type = info.compress_type
            copy.external_attr = info.external_attr
            written.writestr(copy, read.read(info))
