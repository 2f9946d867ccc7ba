"""The labels of one capability over a corpus, run by run, and how they are written to files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trace_gym.capabilities.corpus import AttemptKey, Corpus
from trace_gym.capabilities.labels import Capability, Evidence, Label, SetApart
from trace_gym.env.types import Json
from trace_gym.errors import UserError


@dataclass(frozen=True)
class LabelTable:
    """One labeller's labels of one capability: a label for every attempt, in one or more independent runs.

    A fixed rule has one run; a language model has one per pass; annotators have one each.

    Example:
        >>> key = AttemptKey("shop", "7")
        >>> capability = Capability("tact", "Stay polite.")
        >>> runs = ({key: Label.LACKING}, {key: Label.PRESENT}, {key: Label.LACKING})
        >>> LabelTable(capability, "people", runs).consensus()[key]
        <Label.LACKING: 'L'>
    """

    capability: Capability
    """The capability that the labels are about."""
    labeller: str
    """The labeller's name, for reports."""
    runs: tuple[Mapping[AttemptKey, Label], ...]
    """The labels of each run, by attempt."""
    evidence: Mapping[AttemptKey, Evidence] = field(default_factory=dict)
    """Where a reader can check a label, for the attempts whose evidence the labeller names."""
    set_apart: Mapping[AttemptKey, SetApart] = field(default_factory=dict)
    """Attempts that say nothing about the agent, NA in every run; the same in all tables of a labeller."""
    verified: bool = False
    """Whether executing the target has shown each failure that is LACKING to pass once that is repaired.

    Such labels know the outcome.
    """

    def consensus(self) -> dict[AttemptKey, Label]:
        """Returns the label that most runs gave to each attempt; a tie counts as NA."""
        if len(self.runs) == 1:
            return dict(self.runs[0])

        agreed = {}
        for key in self.runs[0]:
            votes = Counter(run[key] for run in self.runs).most_common(2)
            agreed[key] = votes[0][0]

            # NA leaves the denominators, so a tie takes no side
            if len(votes) == 2 and votes[0][1] == votes[1][1]:
                agreed[key] = Label.NA
        return agreed

    def check(self, corpus: Corpus) -> None:
        """Checks that every run labels exactly the attempts of a corpus.

        Args:
            corpus: The attempts that should be labelled.

        Raises:
            UserError: If there is no run, a label is missing, one names an attempt that is not in the corpus, or one
                that is set apart is labelled all the same.
        """
        name = self.capability.name
        if not self.runs:
            raise UserError(f"The labeller {self.labeller!r} gave no labels of {name!r}; expected at least one run.")

        expected = set(corpus.keys)
        for number, run in enumerate(self.runs, 1):
            for key in corpus.keys:
                if key not in run:
                    raise UserError(self._complaint(number, "no label for", key))
            for key in run:
                if key not in expected:
                    raise UserError(self._complaint(number, "a label for the unknown", key))
                if key in self.set_apart and run[key] is not Label.NA:
                    raise UserError(self._complaint(number, f"{run[key].name} to the set-apart", key))

    def _complaint(self, number: int, what: str, key: AttemptKey) -> str:
        return (
            f"The labeller {self.labeller!r} gave, in run {number} of {self.capability.name!r}, {what} attempt "
            f"{key.task_id!r} (environment {key.env_id!r}, trial {key.trial}, occurrence {key.occurrence}); expected "
            "one label for each attempt of the corpus, and NA for those set apart."
        )


def to_letters(labels: Mapping[AttemptKey, Label], keys: Sequence[AttemptKey]) -> str:
    """Returns labels as text, one letter per attempt.

    Args:
        labels: The label of each attempt.
        keys: The order of the letters.

    Example:
        >>> keys = [AttemptKey("shop", "7"), AttemptKey("shop", "8")]
        >>> to_letters({keys[0]: Label.LACKING, keys[1]: Label.NA}, keys)
        'L-'
    """
    return "".join(labels[key].value for key in keys)


def from_letters(letters: str, keys: Sequence[AttemptKey]) -> dict[AttemptKey, Label]:
    """Returns the labels that `to_letters` wrote.

    Args:
        letters: One letter per attempt.
        keys: The attempts, in the order of the letters.

    Raises:
        ValueError: If there are more or fewer letters than attempts, or a letter stands for no label.

    Example:
        >>> key = AttemptKey("shop", "7")
        >>> from_letters("L", [key])[key]
        <Label.LACKING: 'L'>
    """
    return {key: Label(letter) for key, letter in zip(keys, letters, strict=True)}


def evidence_to_json(evidence: Mapping[AttemptKey, Evidence], keys: Sequence[AttemptKey]) -> dict[str, Json]:
    """Returns evidence as JSON, by the attempt's position; fields that say nothing are left out.

    Args:
        evidence: The evidence, by attempt.
        keys: The attempts, in the order of the file.

    Example:
        >>> key = AttemptKey("shop", "7")
        >>> evidence_to_json({key: Evidence(message=4)}, [key])
        {'0': {'message': 4}}
    """
    written: dict[str, Json] = {}
    if not evidence:
        return written
    for position, key in enumerate(keys):
        if key not in evidence:
            continue

        # JSON has text for keys, and message 0 is as good a message as any: only None and "" say nothing
        fields: dict[str, Any] = {}
        for name, value in vars(evidence[key]).items():
            if value not in (None, ""):
                fields[name] = value
        written[str(position)] = fields
    return written
