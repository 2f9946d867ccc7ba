"""A trajectory as a language model reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trace_gym.capabilities.transcript.blocks import blocks_of
from trace_gym.capabilities.transcript.shortening import shorten
from trace_gym.env.types import Json


@dataclass(frozen=True)
class Transcript:
    """The text of a trajectory, and which messages it shows.

    Example:
        >>> transcript = Transcript.of([{"role": "user", "content": "Cancel W12."}], max_chars=1000)
        >>> print(transcript.text)
        [0] user
        | Cancel W12.
    """

    text: str
    """Numbered messages; no reward, no success, no script of the user."""
    numbers: frozenset[int]
    """The numbers of the messages that are shown."""
    is_shortened: bool
    """Whether it was too long, so that something was cut out."""

    @classmethod
    def of(cls, messages: Sequence[Mapping[str, Json]], max_chars: int) -> Transcript:
        """Writes down the messages of a trajectory.

        Args:
            messages: The messages. Nothing else of the trajectory is given, so nothing else can be betrayed.
            max_chars: How long the text may be; a longer one is shortened.
        """
        shown = shorten(blocks_of(messages), max_chars)
        return cls(shown.text(), frozenset(block.number for block in shown.blocks), shown.is_shortened)
