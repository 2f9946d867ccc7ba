"""The dictionary of capabilities: proposed once, frozen in a file, and edited by people as they like."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from trace_gym.capabilities.labels import Capability
from trace_gym.capabilities.transcript.blocks import writable
from trace_gym.env.types import Json
from trace_gym.errors import UserError
from trace_gym.files import read_versioned

SCHEMA = "trace-gym/dictionary"
VERSION = 1
NAME_PATTERN = "^[a-z][a-z0-9_]{0,63}$"
"""A capability's name also names its environment and its adapter."""


@dataclass(frozen=True)
class DictionaryEntry:
    """One capability and how a reader recognises an occasion for it.

    Example:
        >>> entry = DictionaryEntry("tact", "Stay polite when a request is refused.", "The user is refused something.")
        >>> entry.capability.name
        'tact'
    """

    name: str
    """A word such as `error_recovery`."""
    description: str
    """One sentence, in the imperative."""
    occasion: str = ""
    """What an occasion to show it looks like in a transcript."""
    archetype: str = ""
    """The kind of environment that trains it; empty where none fits."""

    @property
    def capability(self) -> Capability:
        """The capability as labels know it."""
        return Capability(self.name, self.description, self.archetype)


@dataclass(frozen=True)
class Dictionary:
    """The capabilities that a labeller looks for, in the order of reports.

    Example:
        >>> dictionary = Dictionary((DictionaryEntry("tact", "Stay polite."),))
        >>> dictionary.to_json()["capabilities"][0]["name"]
        'tact'
    """

    entries: tuple[DictionaryEntry, ...]
    """The capabilities, each under a name of its own."""

    def by_name(self) -> dict[str, DictionaryEntry]:
        """Returns the entries by name, in their order."""
        return {entry.name: entry for entry in self.entries}

    def to_json(self) -> dict[str, Any]:
        """Returns the content of a dictionary file."""
        rows = [asdict(entry) for entry in self.entries]
        return {"schema": SCHEMA, "version": VERSION, "capabilities": rows}

    @classmethod
    def from_rows(cls, rows: Sequence[Any], where: Path | str, archetypes: Collection[str]) -> Dictionary:
        """Reads the entries of a file, or of a model's answer.

        Args:
            rows: The entries as JSON.
            where: Where they come from, for messages.
            archetypes: The archetypes that there are.

        Raises:
            UserError: If there is none, a field is missing or of another kind, or a name is given twice.

        Example:
            >>> Dictionary.from_rows([{"name": "tact"}], "dictionary.json", [])
            Traceback (most recent call last):
            trace_gym.errors.UserError: dictionary.json: capability 1 has no 'description'; expected one sentence.
        """
        if not rows:
            raise UserError(f"{where}: it names no capability; expected at least one.")

        entries: dict[str, DictionaryEntry] = {}
        for number, row in enumerate(rows, start=1):
            entry = _entry(row, f"{where}: capability {number}", archetypes)
            if entry.name in entries:
                raise UserError(f"{where}: the capability {entry.name!r} is there twice; leave one of them out.")
            entries[entry.name] = entry
        return cls(tuple(entries.values()))


def read_dictionary(path: Path, archetypes: Collection[str]) -> Dictionary:
    """Reads a dictionary file.

    Args:
        path: The file.
        archetypes: The archetypes that there are.

    Raises:
        UserError: If it cannot be read, is another kind of file, or an entry cannot be used.
    """
    advice = "make it anew with `trace-gym discover`"
    content = read_versioned(path, SCHEMA, VERSION, advice=advice)
    rows = content.get("capabilities")
    if not isinstance(rows, list):
        raise UserError(f"{path}: its 'capabilities' is {rows!r}, expected a list; {advice}.")
    return Dictionary.from_rows(rows, path, archetypes)


def check_name(name: object, where: str) -> str:
    """Returns a capability's name.

    Args:
        name: What should be one.
        where: Where it stands, for the message.

    Raises:
        UserError: If it is none.

    Example:
        >>> check_name("Tact!", "labels.jsonl: line 3")
        Traceback (most recent call last):
        trace_gym.errors.UserError: labels.jsonl: line 3: the capability is named 'Tact!', expected a word such as \
error_recovery.
    """
    if not isinstance(name, str) or not re.fullmatch(NAME_PATTERN, name):
        raise UserError(f"{where}: the capability is named {name!r}, expected a word such as error_recovery.")
    return name


def _entry(row: Any, where: str, archetypes: Collection[str]) -> DictionaryEntry:
    if not isinstance(row, dict):
        raise UserError(f"{where} is {row!r}, expected an object with a name and a description.")

    name = check_name(row.get("name"), where)
    description = _text(row, "description", where)
    if not description:
        raise UserError(f"{where} has no 'description'; expected one sentence.")

    archetype = _text(row, "archetype", where)
    if archetype and archetype not in archetypes:
        raise UserError(
            f"{where} ({name}) has the archetype {archetype!r}, expected one of {', '.join(archetypes)}, or an empty "
            "text where none fits."
        )
    return DictionaryEntry(name, description, _text(row, "occasion", where), archetype)


def _text(row: Mapping[str, Json], field: str, where: str) -> str:
    value = row.get(field, "")
    if not isinstance(value, str):
        raise UserError(f"{where} has the {field} {value!r}, expected a text.")
    # prompts and tables have one line for each
    return " ".join(writable(value).split())
