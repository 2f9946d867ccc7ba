"""What a sampling backend is: token sequences in, sampled ids with log-probabilities out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from trace_trainers.engine.sequence import TokenSequence


class Backend(Protocol):
    """Samples the next turn of several conversations.

    Responsibilities: `sample` appends the turn it samples to each sequence, with log-probabilities at the backend's
    temperature, and returns the turns. A turn ends with one of the end-of-turn ids, or where it is cut. What is
    sampled for a sequence depends on that sequence and its generator alone, not on the batch. A backend may keep what
    it has computed for a sequence until `release`; it recognizes sequences by identity.
    """

    eos: frozenset[int]
    """Ids that end a turn."""

    def sample(
        self,
        sequences: Sequence[TokenSequence],
        generators: Sequence[np.random.Generator],
        max_new_tokens: Sequence[int],
    ) -> list[list[int]]:
        """Samples one turn for every sequence and appends it.

        Args:
            sequences: The conversations; those of an earlier call may have been continued by the environment, and some
                of them may be missing.
            generators: Each conversation's own generator.
            max_new_tokens: Each turn is cut there, >= 1.

        Returns:
            The ids of each turn.
        """
        ...

    def release(self) -> None:
        """Drops what is kept for the current conversations."""
        ...
