"""The run folder of a comparison: whose it is, and what may be added to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trace_gym.errors import UserError
from trace_gym.files import read_versioned, write_json
from trace_trainers.compare.config import CompareConfig

SCHEMA = "trace-gym/compare-config"
VERSION = 1
_FILE = "config.json"
_GROWING = ("seeds", "pools")
"""Lists that may change: each of their entries is in cells of its own."""
_TABLES = ("models", "methods")
"""Tables that may get or lose entries; those in both must be equal."""


def claim(root: Path, config: CompareConfig) -> None:
    """Records whose folder it is, or checks that it is this comparison's.

    Seeds, pools, models and methods may be added and left out; whatever else differs would change finished cells.

    Args:
        root: The run folder; it need not exist.
        config: The configuration.

    Raises:
        UserError: If the folder belongs to something else.
    """
    if root.exists() and any(root.iterdir()):
        check_owner(root, config)
    write_json(root / _FILE, _wanted(config))


def check_owner(root: Path, config: CompareConfig) -> None:
    """Checks that a run folder is that of a comparison.

    Args:
        root: The run folder.
        config: The configuration.

    Raises:
        UserError: If it is missing, or belongs to something else.
    """
    path = root / _FILE
    if not path.exists():
        raise UserError(f"{root}: holds no comparison (no config.json); choose another --out.")
    recorded = read_versioned(path, SCHEMA, VERSION, advice="compare into another --out")
    changed = _differences(recorded, _wanted(config))
    if changed:
        raise UserError(
            f"{root}: holds a comparison with another configuration ({'; '.join(changed[:3])}); choose another --out, "
            "or repeat its settings to continue it."
        )


def _wanted(config: CompareConfig) -> dict[str, Any]:
    # through JSON: tuples become lists, as in the recorded file
    return {"schema": SCHEMA, "version": VERSION, **json.loads(json.dumps(config.to_json()))}


def _differences(recorded: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """The settings that differ, by dotted key."""
    rows = []
    for key in sorted(recorded.keys() | wanted.keys()):
        if key in _GROWING:
            continue
        old, new = recorded.get(key), wanted.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            names = old.keys() & new.keys() if key in _TABLES else old.keys() | new.keys()
            for name in sorted(names):
                if old.get(name) != new.get(name):
                    rows.append(f"{key}.{name} {old.get(name)!r}, now {new.get(name)!r}")
        elif old != new:
            rows.append(f"{key} {old!r}, now {new!r}")
    return rows
