"""A labeller that reads what people wrote down."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from trace_gym.capabilities.corpus import AttemptKey, Corpus
from trace_gym.capabilities.dictionary import Dictionary
from trace_gym.capabilities.label_table import LabelTable
from trace_gym.capabilities.labellers.human.annotations import Annotation, read_annotations
from trace_gym.capabilities.labels import Capability, Evidence, Label

Run = dict[AttemptKey, Label]
"""What one annotator says of one capability, by attempt."""


class HumanLabeller:
    """Labels from a file of annotations: one table for each capability in it, one run for each annotator.

    An attempt that nobody annotated is NA. One that some annotated and others did not is, in the runs of the others,
    what most of those who looked at it say: who did not look has no vote.

    Example:
        >>> import tempfile
        >>> from trace_gym.trajectories.record import Trajectory
        >>> talk = [{"role": "user", "content": "Hello"}]
        >>> corpus = Corpus.from_trajectories([Trajectory("shop", "7", talk, 0.0, False)])
        >>> line = '{"env_id": "shop", "task_id": "7", "capability": "tact", "label": "LACKING"}'
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "labels.jsonl"
        ...     _ = path.write_text(line)
        ...     table = HumanLabeller(path).label(corpus)[0]
        >>> table.runs[0][corpus.keys[0]]
        <Label.LACKING: 'L'>
    """

    NAME = "human"

    def __init__(self, path: Path, dictionary: Dictionary | None = None) -> None:
        """Reads nothing yet.

        Args:
            path: The annotations, as JSONL.
            dictionary: Says what the capabilities are; without it they are their names alone, and have no archetype.
        """
        self._path = path
        self._entries = dictionary.by_name() if dictionary is not None else {}

    def label(self, corpus: Corpus) -> list[LabelTable]:
        """Reads the annotations.

        Args:
            corpus: The attempts.

        Raises:
            UserError: If the file cannot be read, or a line of it cannot be used.
        """
        by_capability: dict[str, list[Annotation]] = {}
        for annotation in read_annotations(self._path, corpus, self._entries):
            by_capability.setdefault(annotation.capability, []).append(annotation)

        # the dictionary's order, or that of the file
        names = [name for name in self._entries if name in by_capability] or list(by_capability)
        return [_table(self._capability(name), by_capability[name], corpus.keys) for name in names]

    def _capability(self, name: str) -> Capability:
        if name in self._entries:
            return self._entries[name].capability
        return Capability(name, f"{name.replace('_', ' ').capitalize()}.")


def _table(capability: Capability, annotations: Sequence[Annotation], keys: Sequence[AttemptKey]) -> LabelTable:
    """Puts the annotations of one capability together."""
    said: dict[str, Run] = {}
    for annotation in annotations:
        said.setdefault(annotation.annotator, {})[annotation.key] = annotation.label

    agreed = _agreed(capability, list(said.values()))
    runs = []
    for labels in said.values():
        runs.append({key: labels.get(key, agreed.get(key, Label.NA)) for key in keys})

    evidence: dict[AttemptKey, Evidence] = {}
    for annotation in annotations:
        # the first one in the file that says what most say
        if annotation.evidence is not None and annotation.label is agreed[annotation.key]:
            evidence.setdefault(annotation.key, annotation.evidence)
    return LabelTable(capability, HumanLabeller.NAME, tuple(runs), evidence)


def _agreed(capability: Capability, runs: Sequence[Run]) -> Run:
    """Returns what most of those say who annotated an attempt; a tie is NA."""
    agreed: Run = {}
    for key in dict.fromkeys(key for run in runs for key in run):
        votes = tuple({key: run[key]} for run in runs if key in run)
        agreed.update(LabelTable(capability, HumanLabeller.NAME, votes).consensus())
    return agreed
