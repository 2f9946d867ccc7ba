"""What a sampling backend is: token sequences in, sampled ids with log-probabilities out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from numpy.random import Generator

from trace_trainers.engine.sequence import TokenSequence


class Backend(Protocol):
    """Samples the next turn of several conversations.

    Responsibilities: `sample` appends the turn it samples to each sequence, with log-probabilities at the backend's
    temperature, and returns the turns. A turn ends with one of the end-of-turn ids, or where it is cut. What is
    sampled for a sequence depends on that sequence and its generator alone, not on the batch. A backend may keep what
    it has computed for a sequence until `release`; it recognizes sequences by identity.

    Example:
        >>> import numpy as np
        >>> class SilentBackend:
        ...     eos = frozenset({0})
        ...
        ...     def sample(self, sequences, generators, max_new_tokens):
        ...         for sequence in sequences:
        ...             sequence.add_sampled(0, 0.0)
        ...         return [[0] for _ in sequences]
        ...
        ...     def release(self):
        ...         pass
        >>> backend: Backend = SilentBackend()
        >>> backend.sample([TokenSequence([5, 6])], [np.random.default_rng(0)], [8])
        [[0]]
    """

    eos: frozenset[int]
    """Ids that end a turn."""

    def sample(
        self, sequences: Sequence[TokenSequence], generators: Sequence[Generator], max_new_tokens: Sequence[int]
    ) -> list[list[int]]:
        """Samples one turn for every sequence and appends it.

        Args:
            sequences: The conversations. Those of an earlier call may have grown by what the environment said, and
                some may be missing because their episodes are over.
            generators: One per conversation; all of its randomness comes from there.
            max_new_tokens: The longest turn allowed in each conversation, in tokens, >= 1.

        Returns:
            The ids of each turn.
        """
        ...

    def release(self) -> None:
        """Frees what is kept for the current conversations."""
        ...
