"""Writing sample files."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any


def wrote(path: Path, value: Any, **how: Any) -> Path:
    """Writes JSON and returns the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, **how), encoding="utf-8")
    return path


def wrote_lines(path: Path, *rows: Any) -> Path:
    """Writes JSONL and returns the path; a text is a line as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def packed(path: Path) -> Path:
    """A gzip copy of a file beside it."""
    copy = path.with_name(path.name + ".gz")
    copy.write_bytes(gzip.compress(path.read_bytes()))
    return copy
