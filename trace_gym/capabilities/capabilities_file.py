"""Reading `capabilities.json`: its labels by attempt, and the check that it belongs to a corpus."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trace_gym.capabilities.corpus import AttemptKey, Corpus
from trace_gym.capabilities.identify import SCHEMA, VERSION
from trace_gym.capabilities.label_table import LabelTable, from_letters
from trace_gym.capabilities.labels import Capability, Evidence, Label
from trace_gym.capabilities.set_apart import set_apart_from_json
from trace_gym.errors import UserError
from trace_gym.files import read_versioned

_NEEDED = ("archetype", "description", "labels", "name", "selected")
_LETTERS = tuple(label.value for label in Label)


def read_capabilities(path: Path, corpus: Corpus | None = None) -> dict[str, Any]:
    """Reads a `capabilities.json`.

    Args:
        path: The file.
        corpus: The trajectories it must have been made from; None accepts any.

    Returns:
        Its content.

    Raises:
        UserError: If it is another kind of file, of another version, damaged, or made from other trajectories.
    """
    # labels of version 1 belong to attempts by position alone, so they cannot be carried over
    advice = f"make it anew with `trace-gym identify TRAJECTORIES --out {path}`"
    capabilities = read_versioned(path, SCHEMA, VERSION, advice=advice)
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
    row = _row_named(capabilities, name)
    keys = [AttemptKey.from_json(attempt) for attempt in capabilities["attempts"]]

    # only labellers with several passes have letters by run; those of a single one are `labels`
    runs = []
    for letters in row.get("labels_by_run", [row["labels"]]):
        runs.append(from_letters(letters, keys))

    evidence = {}
    for position, fields in row.get("evidence", {}).items():
        evidence[keys[int(position)]] = Evidence(**fields)

    capability = Capability(row["name"], row["description"], row["archetype"])
    labeller = row.get("labeller", "")
    apart = set_apart_from_json(capabilities.get("set_apart", {}), labeller, keys)
    return LabelTable(capability, labeller, tuple(runs), evidence, apart, row.get("verified", False))


def _row_named(capabilities: Mapping[str, Any], name: str) -> dict[str, Any]:
    rows: dict[str, dict[str, Any]] = {}
    for row in capabilities["capabilities"]:
        rows[row["name"]] = row

    if name not in rows:
        raise UserError(f"Unknown capability {name!r}; known are {', '.join(rows)}.")
    return rows[name]


def _check_row(path: Path, row: Any, attempts: int) -> None:
    """Refuses a damaged row, which would otherwise surface as a KeyError in the middle of a synthesis."""
    name = row
    fields: Mapping[str, Any] = {}
    if isinstance(row, dict):
        name = row.get("name")
        fields = row

    for needed in _NEEDED:
        if needed not in fields:
            raise UserError(f"{path}: the capability {name!r} lacks {needed!r}; run `trace-gym identify` again.")

    letters = fields["labels"]
    if not _is_readable(letters) or len(letters) != attempts:
        raise UserError(
            f"{path}: the labels of {name!r} are not one of {'/'.join(_LETTERS)} for each of the {attempts} attempts; "
            "run `trace-gym identify` again."
        )


def _is_readable(letters: object) -> bool:
    return isinstance(letters, str) and set(letters) <= set(_LETTERS)
