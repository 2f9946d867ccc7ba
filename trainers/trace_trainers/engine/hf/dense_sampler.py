"""Samples many conversations that grow in step with a `DenseDecoder`; rows leave the batch as soon as they are done."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from trace_trainers.engine.hf.dense_decoder import DenseDecoder
from trace_trainers.engine.hf.sampling import Turns

_SPARE_COLUMNS = 128
"""Columns that a cache gets beyond those needed now, as growing it copies it."""


class DenseSampler:
    """Owns the keys and values of one batch of conversations, and does what `BatchSampler` does in less time.

    Each conversation has a row of the cache. Rows that wait for their next id lie first, so that a pass computes them
    alone; a row that is done changes places with one that is not. The last id of a turn is not fed for its own sake:
    the next turn begins with it, and an ended conversation never needs it.

    Example:
        >>> from trace_trainers.engine.hf.dense_decoder import decoder_of
        >>> from trace_trainers.policies.loading import load_model
        >>> sampler = DenseSampler(decoder_of(load_model("tiny")))
        >>> sampler.prefill_shared([5, 6], 2)
        >>> sampler.forward([[7], [8, 9]]).shape[0], sampler.lengths
        (2, [3, 4])
    """

    def __init__(self, decoder: DenseDecoder) -> None:
        """Starts an empty cache.

        Args:
            decoder: The model.
        """
        self._decoder = decoder
        self._cache = decoder.new_cache(0, 0)
        self._held = torch.zeros(0, dtype=torch.long)
        """How many ids each row of the cache holds."""
        self._owners: list[int] = []
        """The conversation of each row of the cache."""
        self._alike = True
        """Whether all rows hold the same ids."""

    @property
    def lengths(self) -> list[int]:
        """How many ids of each conversation have been fed."""
        lengths = [0] * len(self._owners)
        for owner, held in zip(self._owners, self._held.tolist(), strict=True):
            lengths[owner] = held
        return lengths

    @torch.inference_mode()
    def prefill_shared(self, prefix: Sequence[int], rows: int) -> None:
        """Feeds the ids that all conversations begin with once; call it first, and then `forward`.

        Args:
            prefix: The ids; there may be none.
            rows: How many conversations there are.
        """
        self._owners = list(range(rows))
        self._held = torch.zeros(rows, dtype=torch.long)
        self._cache = self._decoder.new_cache(rows, len(prefix) + _SPARE_COLUMNS)
        if prefix:
            self._feed([prefix])
            self._cache[:, :, 1:, : len(prefix)] = self._cache[:, :, :1, : len(prefix)]
            self._held[:] = len(prefix)

    @torch.inference_mode()
    def forward(self, chunks: Sequence[Sequence[int]]) -> torch.Tensor:
        """Feeds new ids to every conversation.

        Args:
            chunks: The new ids of each conversation, at least one.

        Returns:
            The next-token logits, float32 of shape (conversations, vocabulary).
        """
        if not self._alike:
            logits = self._feed([chunks[owner] for owner in self._owners])
            return logits[torch.tensor(self._owners).argsort()]

        # the attempts at one task begin alike, so the first of them is fed for all
        self._alike = False
        first_of: dict[tuple[int, ...], int] = {}
        for chunk in chunks:
            first_of.setdefault(tuple(chunk), len(first_of))
        source = torch.tensor([first_of[tuple(chunk)] for chunk in chunks])
        logits = self._feed(list(first_of))
        if len(first_of) < len(chunks):
            self._held = self._held[source]
            used = int(self._held.max())
            self._cache[:, :, :, :used] = self._cache[:, :, source, :used]
        return logits[source]

    @torch.inference_mode()
    def keep(self, rows: Sequence[int]) -> None:
        """Drops all conversations but these.

        Args:
            rows: The conversations to keep, in their new order.
        """
        if len(rows) < len(self._owners):
            self._bring_forward([self._owners.index(row) for row in rows])
        number_of = {row: number for number, row in enumerate(rows)}
        # the cache keeps its rows: what is no longer counted costs nothing
        self._held = self._held[: len(rows)]
        self._owners = [number_of[owner] for owner in self._owners[: len(rows)]]

    @torch.inference_mode()
    def generate(self, logits: torch.Tensor, turns: Turns) -> list[list[int]]:
        """Samples one turn for every conversation.

        Args:
            logits: What `forward` returned last, shape (conversations, vocabulary).
            turns: Those of the conversations.

        Returns:
            The sampled ids of each conversation.
        """
        logits = logits[self._owners]
        waiting = len(self._owners)
        while waiting:
            unfinished = turns.draw(logits, self._owners[:waiting])
            self._bring_forward(unfinished)
            waiting = len(unfinished)
            if waiting:
                logits = self._feed([turns.ids[owner][-1:] for owner in self._owners[:waiting]])
        return turns.ids

    def _feed(self, chunks: Sequence[Sequence[int]]) -> torch.Tensor:
        """Feeds new ids to the first rows of the cache, and returns the logits after the last of each."""
        rows = len(chunks)
        counts = torch.tensor([len(chunk) for chunk in chunks])
        width = int(counts.max())
        ids = torch.tensor([[*chunk, *[0] * (width - len(chunk))] for chunk in chunks])
        held = self._held[:rows]
        positions = held[:, None] + torch.arange(width)
        self._make_room(int(positions.max()) + 1)

        states = self._decoder.states(ids, positions, self._cache)
        held += counts
        return self._decoder.logits(states[torch.arange(rows), counts - 1])

    def _make_room(self, columns: int) -> None:
        """Grows the cache to at least so many columns."""
        if columns > self._cache.shape[3]:
            grown = self._decoder.new_cache(self._cache.shape[2], columns + _SPARE_COLUMNS)
            grown[:, :, :, : self._cache.shape[3]] = self._cache
            self._cache = grown

    def _bring_forward(self, rows: Sequence[int]) -> None:
        """Moves these rows to the front by letting them change places with others."""
        wanted = set(rows)
        places = [place for place in range(len(rows)) if place not in wanted]
        movers = [row for row in rows if row >= len(rows)]
        if not movers:
            return

        there = places + movers
        here = movers + places
        used = int(self._held.max())
        self._cache[:, :, there, :used] = self._cache[:, :, here, :used]
        self._held[there] = self._held[here]
        owners = [self._owners[row] for row in here]
        for place, owner in zip(there, owners, strict=True):
            self._owners[place] = owner
