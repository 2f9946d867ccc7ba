"""Samples many conversations that grow in step, with one KV cache that is reused from turn to turn."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import torch
from transformers import DynamicCache

from trace_trainers.engine.hf.prefix_cache import PrefixCache
from trace_trainers.engine.hf.sampling import Turns


class BatchSampler:
    """Owns the KV cache of one batch of conversations, one row each.

    New ids are fed left-padded, so the last column is always each row's newest token. Padding, and rows that have
    finished, are masked out and take no position.

    Example:
        >>> from trace_trainers.policies.loading import load_model
        >>> sampler = BatchSampler(load_model("tiny"), pad_id=0, eos_ids=[1])
        >>> sampler.forward([[5, 6, 7], [5, 6]]).shape[0]
        2
    """

    def __init__(self, model: Any, pad_id: int, eos_ids: Collection[int]) -> None:
        """Starts an empty cache.

        Args:
            model: A causal LM, in eval mode.
            pad_id: Fed to rows that are idle.
            eos_ids: Ids that end a turn.
        """
        self.eos = frozenset(eos_ids)
        self._model = model
        self._pad = pad_id
        self._cache = DynamicCache(config=model.config)
        self._attention = torch.zeros(0, 0, dtype=torch.long)
        self._lengths = torch.zeros(0, dtype=torch.long)

    @property
    def lengths(self) -> list[int]:
        """How many ids of each row have been fed."""
        lengths: list[int] = self._lengths.tolist()
        return lengths

    def forward(self, chunks: Sequence[Sequence[int]]) -> torch.Tensor:
        """Feeds new ids to every row.

        Args:
            chunks: The new ids of each row; none for a row that is idle.

        Returns:
            The next-token logits, float32 of shape (rows, vocabulary).
        """
        return self.forward_last(chunks, 1)[:, -1]

    @torch.no_grad()
    def forward_last(self, chunks: Sequence[Sequence[int]], last: int) -> torch.Tensor:
        """Feeds new ids to every row.

        Args:
            chunks: The new ids of each row.
            last: For how many of the last columns logits are returned.

        Returns:
            The next-token logits of the last columns, float32 of shape (rows, last, vocabulary).
        """
        device = self._model.device
        width = max(map(len, chunks))
        ids = torch.full((len(chunks), width), self._pad)
        is_new = torch.zeros(len(chunks), width, dtype=torch.long)
        for row, chunk in enumerate(chunks):
            if chunk:
                ids[row, width - len(chunk) :] = torch.tensor(list(chunk))
                is_new[row, width - len(chunk) :] = 1

        # the number of rows is known only from the first chunks
        if self._attention.shape[0] == 0:
            self._attention = torch.zeros(len(chunks), 0, dtype=torch.long)
            self._lengths = torch.zeros(len(chunks), dtype=torch.long)
        # a row's positions count its own ids alone, however much padding lies between them
        positions = (self._lengths[:, None] + is_new.cumsum(1) - 1).clamp(min=0)
        self._attention = torch.cat([self._attention, is_new], dim=1)
        self._lengths = self._lengths + is_new.sum(1)

        output = self._model(
            input_ids=ids.to(device),
            attention_mask=self._attention.to(device),
            position_ids=positions.to(device),
            past_key_values=self._cache,
            use_cache=True,
            # an index tensor: a number would give a slice that is not contiguous, and torch would copy the language
            # model's head once per row
            logits_to_keep=torch.arange(width - last, width, device=device),
        )
        logits: torch.Tensor = output.logits.float().cpu()
        return logits

    def rollback(self, counts: Sequence[int]) -> None:
        """Takes back the newest ids of each row.

        Args:
            counts: How many ids to take back from each row, at most as many as it was last fed.
        """
        for row, count in enumerate(counts):
            if count:
                # the keys stay where they are; masked out, they are never attended to
                self._attention[row, -count:] = 0
                self._lengths[row] -= count

    @torch.no_grad()
    def compact(self, spare: int = 128) -> None:
        """Drops unused columns once there are more than `spare` of them.

        Args:
            spare: How many unused columns are tolerated; dropping them copies the cache.
        """
        width = int(self._lengths.max())
        if self._attention.shape[1] - width <= spare:
            return

        # the stable sort moves a row's unmasked columns to its end and keeps their order
        index = torch.argsort(self._attention, dim=1, stable=True)[:, -width:]
        self._attention = self._attention.gather(1, index)
        columns = index.to(self._model.device)[:, None, :, None]
        for layer in self._cache.layers:
            for name in ("keys", "values"):
                held = getattr(layer, name)
                setattr(layer, name, held.gather(2, columns.expand(-1, held.shape[1], -1, held.shape[3])))

    @torch.no_grad()
    def prefill_shared(self, prefix: Sequence[int], rows: int, prefix_cache: PrefixCache | None = None) -> None:
        """Feeds the ids that all rows begin with once, as if each row had been fed them; call it before `forward`.

        Args:
            prefix: The ids; nothing is done if there are none.
            rows: How many rows the batch has.
            prefix_cache: Earlier prompts, from which the beginning is taken; this prefix is added to them.
        """
        if not prefix:
            return

        recalled = 0
        if prefix_cache is not None:
            # without the last id: the model cannot be fed nothing at all
            recalled = min(prefix_cache.recall(prefix[:-1], self._cache), len(prefix) - 1)

        self._attention = torch.ones(1, recalled, dtype=torch.long)
        self._lengths = torch.tensor([recalled])
        self.forward([list(prefix[recalled:])])
        if prefix_cache is not None:
            prefix_cache.keep(prefix, self._cache)

        self._cache.batch_repeat_interleave(rows)
        self._attention = self._attention.repeat(rows, 1)
        self._lengths = self._lengths.repeat(rows)

    def keep(self, rows: Sequence[int]) -> None:
        """Drops all rows but these.

        Args:
            rows: The rows to keep, in their new order.
        """
        # selecting copies the whole cache, so it is skipped where nothing would change
        if list(rows) == list(range(self._attention.shape[0])):
            return

        index = torch.tensor(list(rows))
        self._cache.batch_select_indices(index.to(self._model.device))
        self._attention = self._attention[index]
        self._lengths = self._lengths[index]

    def generate(self, logits: torch.Tensor, turns: Turns) -> list[list[int]]:
        """Samples one turn for every row.

        Args:
            logits: What `forward` returned last, shape (rows, vocabulary).
            turns: Those of the conversations, in the order of the cache's rows.

        Returns:
            The sampled ids of each row.
        """
        live = list(range(len(turns.ids)))
        while live:
            unfinished = turns.draw(logits[live], live)
            # a row's last token is fed too, so that its next turn starts from a complete cache
            fed: list[list[int]] = [[] for _ in turns.ids]
            for row in live:
                fed[row] = turns.ids[row][-1:]
            logits = self.forward(fed)
            live = [live[place] for place in unfinished]
        return turns.ids


def common_prefix(rows: Sequence[Sequence[int]]) -> int:
    """Returns how many leading ids all rows share, leaving each row at least one of its own.

    Args:
        rows: At least one row, none of them empty.

    Example:
        >>> common_prefix([[1, 2, 3], [1, 2, 4]]), common_prefix([[1, 2], [1, 2]])
        (2, 1)
    """
    # each row keeps an id of its own, as something must be fed to get its next-token logits
    longest = min(map(len, rows)) - 1
    first = rows[0]
    for position in range(longest):
        if any(row[position] != first[position] for row in rows):
            return position
    return longest
