"""Batched sampling over many conversations that grow in step, reusing one KV cache from turn to turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from transformers import DynamicCache

from trace_trainers.engine.hf.prefix_cache import PrefixCache


@dataclass
class TokenSequence:
    """One conversation in the batch."""

    prompt: list[int]
    """Ids before the first sampled token."""
    completion: list[int] = field(default_factory=list)
    """All ids after the prompt: sampled ones and, between turns, the environment's."""
    mask: list[int] = field(default_factory=list)
    """1 for each sampled id of `completion`, 0 for the environment's."""
    logprobs: list[float] = field(default_factory=list)
    """Log-probability of each sampled id at the sampling temperature, 0.0 for the environment's."""

    def add_environment(self, ids: Sequence[int]) -> None:
        """Appends ids the policy did not sample."""
        self.completion += ids
        self.mask += [0] * len(ids)
        self.logprobs += [0.0] * len(ids)


class BatchSampler:
    """Holds the cache of one batch of conversations.

    New ids are fed left-padded, so that the last column always holds each row's newest token; padding and rows that
    have finished are masked out and take no position.
    """

    def __init__(self, model: Any, pad_id: int, eos_ids: Sequence[int]) -> None:
        """Args: model: a causal LM, in eval mode. pad_id: feeds idle rows. eos_ids: ids that end a turn."""
        self._model, self._pad, self.eos = model, pad_id, frozenset(eos_ids)
        self._cache = DynamicCache(config=model.config)
        self._attention = torch.zeros(0, 0, dtype=torch.long)
        self._lengths = torch.zeros(0, dtype=torch.long)

    def forward(self, chunks: Sequence[Sequence[int]]) -> torch.Tensor:
        """Feeds new ids to every row and returns the next-token logits, float32 of shape (rows, vocabulary)."""
        return self.forward_last(chunks, 1)[:, -1]

    @torch.no_grad()
    def forward_last(self, chunks: Sequence[Sequence[int]], last: int) -> torch.Tensor:
        """Feeds, and returns the logits behind the `last` columns, float32 of shape (rows, last, vocabulary)."""
        device = self._model.device
        width = max(len(chunk) for chunk in chunks)
        ids = torch.full((len(chunks), width), self._pad)
        fresh = torch.zeros(len(chunks), width, dtype=torch.long)
        for i, chunk in enumerate(chunks):
            if chunk:
                ids[i, width - len(chunk) :] = torch.tensor(list(chunk))
                fresh[i, width - len(chunk) :] = 1
        if self._attention.shape[0] == 0:
            self._attention = torch.zeros(len(chunks), 0, dtype=torch.long)
            self._lengths = torch.zeros(len(chunks), dtype=torch.long)
        positions = (self._lengths[:, None] + fresh.cumsum(1) - 1).clamp(min=0)
        self._attention = torch.cat([self._attention, fresh], dim=1)
        self._lengths = self._lengths + fresh.sum(1)
        output = self._model(
            input_ids=ids.to(device),
            attention_mask=self._attention.to(device),
            position_ids=positions.to(device),
            past_key_values=self._cache,
            use_cache=True,
            # an index, as the slice that a number means is not contiguous, and torch would copy the head once a row
            logits_to_keep=torch.arange(width - last, width, device=device),
        )
        return output.logits.float().cpu()

    def rollback(self, counts: Sequence[int]) -> None:
        """Takes back the newest ids of each row, at most as many as it was last fed."""
        for i, count in enumerate(counts):
            if count:
                self._attention[i, -count:] = 0
                self._lengths[i] -= count

    @torch.no_grad()
    def compact(self, spare: int = 128) -> None:
        """Drops columns that hold nothing, as soon as there are more than `spare` that no row needs."""
        width = int(self._lengths.max())
        if self._attention.shape[1] - width <= spare:
            return
        # a stable sort puts what a row holds last, in its order
        index = torch.argsort(self._attention, dim=1, stable=True)[:, -width:]
        self._attention = self._attention.gather(1, index)
        columns = index.to(self._model.device)[:, None, :, None]
        for layer in self._cache.layers:
            for name in ("keys", "values"):
                held = getattr(layer, name)
                setattr(layer, name, held.gather(2, columns.expand(-1, held.shape[1], -1, held.shape[3])))

    @torch.no_grad()
    def prefill_shared(self, prefix: Sequence[int], rows: int, known: PrefixCache | None = None) -> None:
        """Feeds ids that all rows begin with, once, as if each row had been fed them; only before anything else.

        Args:
            prefix: the ids.
            rows: how many rows there are.
            known: prompts fed before, from which the beginning is taken, and to which this one is added.
        """
        if not prefix:
            return
        length = 0 if known is None else min(known.recall(prefix[:-1], self._cache), len(prefix) - 1)
        self._attention, self._lengths = torch.ones(1, length, dtype=torch.long), torch.tensor([length])
        self.forward([list(prefix[length:])])
        if known is not None:
            known.keep(prefix, self._cache)
        self._cache.batch_repeat_interleave(rows)
        self._attention = self._attention.repeat(rows, 1)
        self._lengths = self._lengths.repeat(rows)

    def keep(self, rows: Sequence[int]) -> None:
        """Drops all rows but these, in the given order."""
        if list(rows) == list(range(self._attention.shape[0])):
            return
        index = torch.tensor(list(rows))
        self._cache.batch_select_indices(index.to(self._model.device))
        self._attention, self._lengths = self._attention[index], self._lengths[index]

    def generate(
        self,
        logits: torch.Tensor,
        rows: Sequence[TokenSequence],
        rngs: Sequence[np.random.Generator],
        *,
        temperature: float,
        max_new_tokens: Sequence[int],
    ) -> list[list[int]]:
        """Samples one turn for every row, appends it to the rows, and returns the sampled ids.

        Args:
            logits: what `forward` returned last, shape (rows, vocabulary).
            rows: the conversations, in the cache's order.
            rngs: each row's own generator; one uniform number is drawn per sampled id.
            temperature: 0 takes the likeliest id.
            max_new_tokens: each row's turn is cut there, >= 1.
        """
        turns: list[list[int]] = [[] for _ in rows]
        going = list(range(len(rows)))
        while going:
            chosen, logprobs = sample(logits[going], [rngs[i] for i in going], temperature)
            fed: list[list[int]] = [[] for _ in rows]
            still = []
            for i, token, logprob in zip(going, chosen, logprobs, strict=True):
                turns[i].append(token)
                rows[i].completion.append(token)
                rows[i].mask.append(1)
                rows[i].logprobs.append(logprob)
                fed[i] = [token]
                if token not in self.eos and len(turns[i]) < max_new_tokens[i]:
                    still.append(i)
            logits = self.forward(fed)
            going = still
        return turns


def common_prefix(rows: Sequence[Sequence[int]]) -> int:
    """Returns how many leading ids all rows share, leaving each row at least one of its own."""
    shortest = min(len(row) for row in rows) - 1
    first = rows[0]
    return next((i for i in range(shortest) if any(row[i] != first[i] for row in rows)), shortest)


def sample(
    logits: torch.Tensor, rngs: Sequence[np.random.Generator], temperature: float
) -> tuple[list[int], list[float]]:
    """Draws one id per row by inverting the cumulative distribution at a uniform number of the row's generator.

    Args:
        logits: float32, shape (rows, vocabulary).
        rngs: one generator per row.
        temperature: 0 takes the likeliest id (and draws nothing).

    Returns:
        Ids and their log-probabilities at the temperature.
    """
    if temperature == 0:
        logprobs = torch.log_softmax(logits, dim=-1)
        chosen = logits.argmax(dim=-1)
    else:
        logprobs = torch.log_softmax(logits / temperature, dim=-1)
        cumulative = logprobs.double().exp().cumsum(dim=-1)
        uniform = torch.tensor([rng.random() for rng in rngs], dtype=torch.float64) * cumulative[:, -1]
        chosen = torch.searchsorted(cumulative, uniform[:, None], right=True)[:, 0].clamp(max=logits.shape[-1] - 1)
    picked = logprobs.gather(1, chosen[:, None])[:, 0]
    return chosen.tolist(), picked.tolist()
