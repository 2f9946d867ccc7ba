"""The labels of one capability over a corpus, run by run, and how they are written to files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trace_gym.capabilities.corpus import AttemptKey, Corpus
from trace_gym.capabilities.labels import Capability, Evidence, Label
from trace_gym.env.types import Json
from trace_gym.errors import UserError


@dataclass(frozen=True)
class LabelTable:
    """What a labeller says of one capability: a label for every attempt, in one or more independent runs.

    A fixed rule has one run; a language model has one per pass; annotators have one each.

    Example:
        >>> key = AttemptKey("shop", "7")
        >>> capability = Capability("tact", "Stay polite.")
        >>> runs = ({key: Label.LACKING}, {key: Label.PRESENT}, {key: Label.LACKING})
        >>> LabelTable(capability, "people", runs).consensus()[key]
        <Label.LACKING: 'L'>
    """

    capability: Capability
    """What is labelled."""
    labeller: str
    """Who labelled."""
    runs: tuple[Mapping[AttemptKey, Label], ...]
    """The labels of each run, by attempt."""
    evidence: Mapping[AttemptKey, Evidence] = field(default_factory=dict)
    """What labels rest on, where the labeller says so."""

    def consensus(self) -> dict[AttemptKey, Label]:
        """Returns the label that most runs gave to each attempt; a tie counts as NA."""
        agreed = {}
        for key in self.runs[0]:
            votes = Counter(run[key] for run in self.runs).most_common(2)
            is_tie = len(votes) == 2 and votes[0][1] == votes[1][1]
            agreed[key] = Label.NA if is_tie else votes[0][0]
        return agreed

    def check(self, corpus: Corpus) -> None:
        """Makes sure that every run labels exactly the attempts of a corpus.

        Args:
            corpus: What was labelled.

        Raises:
            UserError: If a label is missing, or one names an attempt that is not there.
        """
        name = self.capability.name
        if not self.runs:
            raise UserError(f"The labeller {self.labeller!r} gave no labels of {name!r}; expected at least one run.")
        expected = set(corpus.keys)

        for number, run in enumerate(self.runs, 1):
            missing = [key for key in corpus.keys if key not in run]
            unknown = [key for key in run if key not in expected]
            if missing or unknown:
                if missing:
                    what = "no label for"
                else:
                    what = "a label for the unknown"
                key = (missing or unknown)[0]
                raise UserError(
                    f"The labeller {self.labeller!r} gave, in run {number} of {name!r}, {what} attempt {key.task_id!r} "
                    f"(environment {key.env_id!r}, trial {key.trial}, occurrence {key.occurrence}); expected one label "
                    "for each attempt of the corpus."
                )


def to_letters(labels: Mapping[AttemptKey, Label], keys: Sequence[AttemptKey]) -> str:
    """Writes labels as one letter per attempt.

    Args:
        labels: By attempt.
        keys: The order of the letters.

    Example:
        >>> keys = [AttemptKey("shop", "7"), AttemptKey("shop", "8")]
        >>> to_letters({keys[0]: Label.LACKING, keys[1]: Label.NA}, keys)
        'L-'
    """
    return "".join(labels[key].value for key in keys)


def from_letters(letters: str, keys: Sequence[AttemptKey]) -> dict[AttemptKey, Label]:
    """Reads what `to_letters` wrote.

    Args:
        letters: One letter per attempt.
        keys: The attempts, in the order of the letters.

    Raises:
        ValueError: If there are more or fewer letters than attempts, or one is no label.
    """
    return {key: Label(letter) for key, letter in zip(keys, letters, strict=True)}


def evidence_to_json(evidence: Mapping[AttemptKey, Evidence], keys: Sequence[AttemptKey]) -> dict[str, Json]:
    """Writes evidence by the attempt's position, leaving out what is unknown.

    Args:
        evidence: By attempt.
        keys: The attempts, in the order of the file.
    """
    written: dict[str, Json] = {}
    for position, key in enumerate(keys):
        if key in evidence:
            found: dict[str, Any] = vars(evidence[key])
            written[str(position)] = {name: value for name, value in found.items() if value not in (None, "")}
    return written
