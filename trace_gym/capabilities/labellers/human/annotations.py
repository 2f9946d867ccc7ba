"""Annotations of people, as JSONL: one line for each attempt, capability and annotator."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trace_gym.capabilities.corpus import AttemptKey, Corpus
from trace_gym.capabilities.dictionary import check_name
from trace_gym.capabilities.labels import Evidence, Label
from trace_gym.capabilities.transcript.blocks import writable
from trace_gym.errors import UserError
from trace_gym.files import read_lines, read_text

SCHEMA = "trace-gym/annotation"
VERSION = 1
_LABELS = ", ".join(label.name for label in Label)
_FIELDS = ("schema", "version", "env_id", "task_id", "trial", "occurrence", "capability", "label", "message", "note")
_KNOWN = (*_FIELDS, "annotator")


@dataclass(frozen=True)
class Annotation:
    """What one annotator says of one capability in one attempt.

    Example:
        >>> Annotation(AttemptKey("shop", "7"), "tact", Label.LACKING, annotator="Ada").evidence is None
        True
    """

    key: AttemptKey
    """The attempt."""
    capability: str
    """The capability's name."""
    label: Label
    """The label."""
    message: int | None = None
    """The message that shows it, by its index; None where none is named."""
    note: str = ""
    """Why."""
    annotator: str = ""
    """Who says so; empty where it is not said."""

    @property
    def evidence(self) -> Evidence | None:
        """Where a reader can check the label; None if the annotator did not say."""
        if self.message is None and not self.note:
            return None
        return Evidence(self.message, note=self.note)


def read_annotations(path: Path, corpus: Corpus, known: Collection[str] = ()) -> list[Annotation]:
    """Reads a file of annotations.

    Args:
        path: The file.
        corpus: The attempts that it is about.
        known: Names of the capabilities that there are; empty takes any.

    Returns:
        The annotations, in the order of the file.

    Raises:
        UserError: At the first line that cannot be used; the sentence names file, line and value.
    """
    lengths = {}
    for key, attempt in zip(corpus.keys, corpus.attempts, strict=True):
        lengths[key] = len(attempt.messages)

    annotations: list[Annotation] = []
    lines: dict[tuple[AttemptKey, str, str], int] = {}
    for number, row in read_lines(path, read_text(path, "a file of annotations (.jsonl)")):
        where = f"{path}: line {number}"
        annotation = _annotation(row, where, lengths, known)
        place = (annotation.key, annotation.capability, annotation.annotator)
        if place in lines:
            raise UserError(
                f"{where}: a second label of {annotation.capability!r} for attempt {annotation.key.task_id!r} by "
                f"annotator {annotation.annotator!r}, {annotation.label.name}; the first is in line {lines[place]}, "
                "leave one of them out."
            )
        lines[place] = number
        annotations.append(annotation)

    if not annotations:
        raise UserError(f"{path}: holds no annotation; expected one JSON object a line (docs/labelling.md).")
    return annotations


def _annotation(row: Any, where: str, lengths: Mapping[AttemptKey, int], known: Collection[str]) -> Annotation:
    if not isinstance(row, dict):
        raise UserError(f"{where}: {row!r} is no annotation; expected an object with env_id, task_id and so on.")
    _check_fields(row, where)

    key = _key(row, where)
    if key not in lengths:
        raise UserError(
            f"{where}: no such episode: task_id {key.task_id!r}, env_id {key.env_id!r}, trial {key.trial}, occurrence "
            f"{key.occurrence}; give those of an episode in the trajectories."
        )

    name = check_name(row.get("capability"), where)
    if known and name not in known:
        raise UserError(f"{where}: the capability {name!r} is not in the dictionary, which has {', '.join(known)}.")

    message = _number(row, "message", None, where)
    if message is not None and message >= lengths[key]:
        raise UserError(
            f"{where}: there is no message {message}; the episode has messages 0 to {lengths[key] - 1}, or leave "
            "'message' out."
        )
    label = _label(row, where)
    note = writable(_text(row, "note", where))
    return Annotation(key, name, label, message, note, _text(row, "annotator", where))


def _check_fields(row: Mapping[str, Any], where: str) -> None:
    # a misspelt field would be ignored, and the label would go to another episode
    for field in row:
        if field not in _KNOWN:
            raise UserError(f"{where}: unknown field {field!r}; expected {', '.join(_KNOWN)}.")

    if row.get("schema", SCHEMA) != SCHEMA:
        raise UserError(f"{where}: its schema is {row['schema']!r}, expected {SCHEMA!r}, or none.")
    if row.get("version", VERSION) != VERSION:
        raise UserError(f"{where}: its version is {row['version']!r}, this program reads version {VERSION}.")


def _key(row: Mapping[str, Any], where: str) -> AttemptKey:
    for field in ("env_id", "task_id"):
        if field not in row:
            raise UserError(f"{where}: {field!r} is missing; it says which episode the label is for.")

    trial = _number(row, "trial", 0, where)
    occurrence = _number(row, "occurrence", 0, where)
    return AttemptKey(_text(row, "env_id", where), _text(row, "task_id", where), trial or 0, occurrence or 0)


def _label(row: Mapping[str, Any], where: str) -> Label:
    said = row.get("label")
    if not isinstance(said, str) or said not in Label.__members__:
        raise UserError(f"{where}: the label is {said!r}, expected one of {_LABELS}.")
    return Label[said]


def _number(row: Mapping[str, Any], field: str, otherwise: int | None, where: str) -> int | None:
    value = row.get(field)
    if value is None:
        return otherwise
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise UserError(f"{where}: {field!r} is {value!r}, expected a whole number from 0 on.")
    return value


def _text(row: Mapping[str, Any], field: str, where: str) -> str:
    value = row.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UserError(f"{where}: {field!r} is {value!r}, expected a text.")
    return value
