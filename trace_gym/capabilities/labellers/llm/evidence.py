"""What a language model says against what stands in the transcript."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from trace_gym.capabilities.labels import Evidence, Judgement, Label
from trace_gym.capabilities.transcript.blocks import writable

_LONGEST_REASON = 500
"""Characters of a reason that are kept; one sentence was asked for."""


@dataclass
class Tally:
    """What of the answers could not be used, and was counted as NA.

    Example:
        >>> Tally(labels=10, unknown_message=1).notes()
        ['1 of 10 labels named a message that is not in the transcript: NA']
    """

    answers: int = 0
    """Answers that were asked for, one for each attempt and pass."""
    invalid: int = 0
    """Those in another form than was asked for."""
    refused: int = 0
    """Those that the endpoint refused to give."""
    labels: int = 0
    """Labels in the other answers."""
    unknown_message: int = 0
    """Labels whose evidence names a message that is not in the transcript."""
    without_evidence: int = 0
    """Labels that something is lacking, without any evidence."""
    attempts: int = 0
    """Attempts that were read."""
    broken: int = 0
    """Attempts whose episode broke down, which nobody was asked about."""
    shortened: int = 0
    """Attempts whose transcript was too long, so that something was cut out."""

    def notes(self) -> list[str]:
        """Returns a line for each thing that happened, for a reader; nothing where all was well."""
        lines = [
            (self.invalid, f"of {self.answers:,} answers had not the form that was asked for: NA"),
            (self.refused, f"of {self.answers:,} answers were refused by the endpoint: NA; run again to ask for them"),
            (self.unknown_message, f"of {self.labels:,} labels named a message that is not in the transcript: NA"),
            (self.without_evidence, f"of {self.labels:,} labels were LACKING without any evidence: NA"),
            (self.broken, f"of {self.attempts + self.broken:,} episodes had broken down and were not read: NA"),
            (self.shortened, f"of {self.attempts:,} transcripts were too long and were shortened (--max-chars)"),
        ]
        return [f"{count:,} {text}" for count, text in lines if count]


def checked(said: Mapping[str, Any], numbers: Collection[int], tally: Tally) -> Judgement:
    """Returns a judgement that a reader can check, or NA.

    Args:
        said: What the model said of one capability, in the form that was asked for.
        numbers: The messages that the model was shown.
        tally: Counts what cannot be used.

    Example:
        >>> tally = Tally()
        >>> checked({"reason": "It never looked.", "messages": [40], "label": "LACKING"}, range(5), tally).label
        <Label.NA: '-'>
        >>> tally.unknown_message
        1
    """
    tally.labels += 1
    label = Label[said["label"]]
    # in JSON 3.0 is an integer as well
    named = [int(number) for number in said["messages"]]

    if any(number not in numbers for number in named):
        tally.unknown_message += 1
        return Judgement(Label.NA)
    if label is Label.LACKING and not named:
        tally.without_evidence += 1
        return Judgement(Label.NA)

    message = named[0] if named else None
    return Judgement(label, Evidence(message, note=_one_line(said["reason"])))


def _one_line(reason: str) -> str:
    return " ".join(writable(reason).split())[:_LONGEST_REASON]
