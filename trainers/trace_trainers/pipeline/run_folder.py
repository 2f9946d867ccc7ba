"""The run folder: the paths of each stage's files, the configuration of the run, and its log."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trace_gym.errors import UserError
from trace_gym.files import read_json, write_json
from trace_trainers.pipeline.config import RunConfig

SCHEMA = "trace-gym/run"
VERSION = 2


class RunFolder:
    """The paths of one run, and the check that the folder belongs to that run.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as root:
        ...     RunFolder(Path(root) / "run", RunConfig()).router.name
        'router.json'
    """

    def __init__(self, root: Path, config: RunConfig) -> None:
        """Opens or starts the folder.

        Args:
            root: The folder; it need not exist.
            config: The configuration of the run.

        Raises:
            UserError: If it belongs to a run of another version or configuration; nothing in it is changed.
        """
        self.root = root
        self.trajectories = root / "trajectories.jsonl"
        self.capabilities = root / "capabilities.json"
        self.envs = root / "envs"
        self.adapters = root / "adapters"
        self.router = root / "router.json"
        self.candidates = root / "candidates"
        self.choice = root / "choice"
        self.chosen = root / "chosen"
        self.chosen_record = root / "chosen.json"
        self.evaluation = root / "evaluation.json"
        self.episodes = root / "evaluation"
        self.log_file = root / "run.log"
        self._open(config)

    def log(self, line: str) -> None:
        """Prints a line and appends it, with the time, to `run.log`.

        Args:
            line: One line, or a table.
        """
        print(line, flush=True)
        # the only file of a run that holds a clock time; nothing reads it back
        with self.log_file.open("a", encoding="utf-8") as stream:
            stream.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}\n")

    def _open(self, config: RunConfig) -> None:
        path = self.root / "config.json"
        # through JSON: tuples become lists, as in the recorded file
        wanted = {"schema": SCHEMA, "version": VERSION, **json.loads(json.dumps(config.to_json()))}
        if path.exists():
            self._check(read_json(path), wanted)
        elif self.root.exists() and any(self.root.iterdir()):
            raise UserError(f"{self.root}: is not empty and holds no run (no config.json); choose another --out.")
        else:
            write_json(path, wanted)

    def _check(self, recorded: Any, wanted: Mapping[str, Any]) -> None:
        version = None
        if isinstance(recorded, dict):
            version = recorded.get("version")
        if version != VERSION:
            raise UserError(
                f"{self.root}: holds a run of version {version!r}, this program continues version {VERSION}; repeat "
                "the run with another --out."
            )
        changed = _differences(recorded, wanted)
        if changed:
            raise UserError(
                f"{self.root}: holds a run with another configuration ({'; '.join(changed[:3])}); choose another "
                "--out, or repeat its settings to continue it."
            )


def _differences(recorded: Mapping[str, Any], wanted: Mapping[str, Any], prefix: str = "") -> list[str]:
    """The settings that differ, by dotted key."""
    differences = []
    for key in sorted(recorded.keys() | wanted.keys()):
        old = recorded.get(key)
        new = wanted.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            differences += _differences(old, new, f"{prefix}{key}.")
        elif old != new:
            differences.append(f"{prefix}{key} {old!r}, now {new!r}")
    return differences
