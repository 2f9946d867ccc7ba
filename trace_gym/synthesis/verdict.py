"""The gate's verdict on an emitted environment, and the hash that ties it to the very files that were checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trace_gym.files import write_json
from trace_gym.synthesis.manifest import FILE

SCHEMA = "trace-gym/gate"
VERSION = 2
VERDICT = "gate.json"
"""The verdict's file, in the environment's folder."""
_NOT_HASHED = frozenset({VERDICT, "README.md"})


def folder_hash(folder: Path) -> str:
    """Returns the SHA-256 over the files that make up an emitted environment.

    Args:
        folder: Its folder; the verdict, the README and caches do not count.
    """
    digest = hashlib.sha256()
    # sorted, as file systems list their files in orders of their own
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in _NOT_HASHED and "__pycache__" not in path.parts:
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def write_verdict(folder: Path, sha256: str, report: Mapping[str, Any]) -> dict[str, Any]:
    """Writes that an environment has passed, and returns what was written.

    Args:
        folder: The environment's folder.
        sha256: Of the files that were checked, as `folder_hash` returns it.
        report: `tasks`, `checks`, `findings` and `learnability` of the checks.
    """
    verdict = {
        "schema": SCHEMA,
        "version": VERSION,
        "sha256": sha256,
        "tasks": report["tasks"],
        "checks": report["checks"],
        "findings": report["findings"],
        "learnability": report["learnability"],
    }
    write_json(folder / VERDICT, verdict)
    return verdict


def passed(folder: Path) -> bool:
    """Returns whether a folder holds exactly what the gate let through.

    Args:
        folder: An emitted environment's folder.
    """
    try:
        verdict = json.loads((folder / VERDICT).read_text(encoding="utf-8"))
        is_current = isinstance(verdict, dict) and verdict.get("schema") == SCHEMA and verdict.get("version") == VERSION
        return bool(is_current and verdict.get("sha256") == folder_hash(folder) and (folder / FILE).is_file())
    except (OSError, ValueError):
        # no verdict that can be read is none
        return False
