"""Reading `capabilities.json`: its labels by attempt, and the check that it belongs to a corpus."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trace_gym.capabilities.corpus import AttemptKey, Corpus
from trace_gym.capabilities.identify import SCHEMA, VERSION
from trace_gym.capabilities.label_table import LabelTable, from_letters
from trace_gym.capabilities.labels import Capability, Evidence, Label
from trace_gym.errors import UserError
from trace_gym.files import read_json

_NEEDED = frozenset({"name", "description", "archetype", "labels", "selected"})


def read_capabilities(path: Path, corpus: Corpus | None = None) -> dict[str, Any]:
    """Reads a `capabilities.json`.

    Args:
        path: The file.
        corpus: What it must have been made from; None checks nothing of the kind.

    Returns:
        Its content.

    Raises:
        UserError: If it is something else, of another version, damaged, or made from other trajectories.
    """
    value = read_json(path)
    if isinstance(value, dict):
        schema = value.get("schema")
    else:
        schema = type(value).__name__
    if schema != SCHEMA:
        raise UserError(f"{path}: its schema is {schema!r}, expected {SCHEMA!r}.")

    if value.get("version") != VERSION:
        raise UserError(
            f"{path}: its version is {value.get('version')!r}, this program reads version {VERSION}; make it anew with "
            f"`trace-gym identify TRAJECTORIES --out {path}`."
        )

    capabilities: dict[str, Any] = value
    rows = capabilities.get("capabilities")
    attempts = capabilities.get("attempts")
    if not isinstance(rows, list) or not isinstance(attempts, list):
        raise UserError(f"{path}: it lacks its capabilities or attempts; run `trace-gym identify` again.")

    for row in rows:
        _check_row(path, row, len(attempts))
    if corpus is not None:
        corpus.check_origin(str(capabilities.get("trajectories_sha256")), path)
    return capabilities


def table_of(capabilities: Mapping[str, Any], name: str) -> LabelTable:
    """Returns one capability's labels, keyed by attempt.

    Args:
        capabilities: The content of a `capabilities.json`.
        name: The capability.

    Raises:
        UserError: If there is no such capability.
    """
    rows = {row["name"]: row for row in capabilities["capabilities"]}
    if name not in rows:
        raise UserError(f"Unknown capability {name!r}; known are {', '.join(rows)}.")
    row = rows[name]
    keys = [AttemptKey.from_json(attempt) for attempt in capabilities["attempts"]]

    runs = tuple(from_letters(letters, keys) for letters in row.get("labels_by_run", [row["labels"]]))
    evidence = {keys[int(position)]: Evidence(**found) for position, found in row.get("evidence", {}).items()}
    capability = Capability(row["name"], row["description"], row["archetype"])
    return LabelTable(capability, row.get("labeller", ""), runs, evidence)


def _check_row(path: Path, row: Any, attempts: int) -> None:
    if isinstance(row, dict):
        name = row.get("name")
    else:
        name = row
    missing = sorted(_NEEDED - set(row if isinstance(row, dict) else ()))
    if missing:
        raise UserError(f"{path}: the capability {name!r} lacks {missing[0]!r}; run `trace-gym identify` again.")

    letters = row["labels"]
    is_readable = isinstance(letters, str) and set(letters) <= {label.value for label in Label}
    if not is_readable or len(letters) != attempts:
        raise UserError(
            f"{path}: the labels of {name!r} are not one of {'/'.join(label.value for label in Label)} for each of the "
            f"{attempts} attempts; run `trace-gym identify` again."
        )
