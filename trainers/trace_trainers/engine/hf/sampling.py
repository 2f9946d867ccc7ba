"""Draws ids from logits, and the turns of a batch id by id."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import torch

from trace_trainers.engine.sequence import TokenSequence

_BLOCK = 512
"""Ids whose probabilities are summed first; only within the block that is drawn are they looked at one by one."""


class Turns:
    """The turns that a batch of conversations takes in step, one each.

    Example:
        >>> sequences = [TokenSequence([5]), TokenSequence([6])]
        >>> generators = [np.random.default_rng(row) for row in range(2)]
        >>> turns = Turns(sequences, generators, temperature=0.0, most=[3, 1], eos={0})
        >>> turns.draw(torch.tensor([[0.0, 9.0], [0.0, 9.0]]), [0, 1])
        [0]
        >>> turns.ids
        [[1], [1]]
    """

    def __init__(
        self,
        sequences: Sequence[TokenSequence],
        generators: Sequence[np.random.Generator],
        *,
        temperature: float,
        most: Sequence[int],
        eos: Collection[int],
    ) -> None:
        """Begins a turn in every conversation.

        Args:
            sequences: The conversations; what is drawn is appended to them.
            generators: One per conversation; one uniform number is drawn per sampled id.
            temperature: 0 takes the likeliest id.
            most: The longest turn allowed in each conversation, in tokens, >= 1.
            eos: Ids that end a turn.
        """
        self.ids: list[list[int]] = [[] for _ in sequences]
        """What was drawn in each conversation so far."""
        self._sequences = sequences
        self._generators = generators
        self._temperature = temperature
        self._most = most
        self._eos = eos

    def draw(self, logits: torch.Tensor, live: Sequence[int]) -> list[int]:
        """Draws the next id of each conversation whose turn goes on.

        Args:
            logits: Next-token logits, float32, a row for each of `live`.
            live: Those conversations.

        Returns:
            The places in `live` of those whose turn still goes on.
        """
        ids, logprobs = sample(logits, [self._generators[number] for number in live], self._temperature)
        unfinished = []
        for place, (number, token, logprob) in enumerate(zip(live, ids, logprobs, strict=True)):
            turn = self.ids[number]
            turn.append(token)
            self._sequences[number].add_sampled(token, logprob)
            if token not in self._eos and len(turn) < self._most[number]:
                unfinished.append(place)
        return unfinished


def sample(
    logits: torch.Tensor, generators: Sequence[np.random.Generator], temperature: float
) -> tuple[list[int], list[float]]:
    """Draws one id per row by inverting the cumulative distribution at a uniform number of the row's generator.

    Each row draws exactly one number of its own, so what it samples does not depend on the rest of the batch.

    Args:
        logits: float32, shape (rows, vocabulary).
        generators: One per row.
        temperature: 0 takes the likeliest id (and draws nothing).

    Returns:
        Ids and their log-probabilities at the temperature (at temperature 0, those of the unscaled logits).

    Example:
        >>> ids, logprobs = sample(torch.tensor([[0.0, 9.0]]), [np.random.default_rng(0)], 0.0)
        >>> ids
        [1]
    """
    if temperature == 0:
        chosen = logits.argmax(dim=-1, keepdim=True)
        logprobs = logits.gather(1, chosen) - logits.logsumexp(dim=-1, keepdim=True)
    else:
        uniform = torch.tensor([generator.random() for generator in generators], dtype=torch.float64)
        chosen, logprobs = _invert(logits / temperature, uniform[:, None])
    return chosen[:, 0].tolist(), logprobs[:, 0].tolist()


def _invert(logits: torch.Tensor, uniform: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns the ids at which the cumulative probabilities pass `uniform`, and their log-probabilities."""
    rows, vocabulary = logits.shape
    peak = logits.amax(dim=-1, keepdim=True)
    weights = logits.new_zeros(rows, -(-vocabulary // _BLOCK), _BLOCK)
    torch.sub(logits, peak, out=weights.view(rows, -1)[:, :vocabulary]).exp_()

    # in double precision: over a large vocabulary, float32 sums would shift the tail
    sums = weights.sum(dim=-1, dtype=torch.float64)
    cumulative = sums.cumsum(dim=-1)
    total = cumulative[:, -1:]
    target = uniform * total
    block = _first_above(cumulative, target)

    within = weights[torch.arange(rows), block[:, 0]].double().cumsum(dim=-1)
    before = cumulative.gather(1, block) - sums.gather(1, block)
    chosen = block * _BLOCK + _first_above(within, target - before)
    return chosen, logits.gather(1, chosen) - peak - total.log().float()


def _first_above(cumulative: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Returns where each row first exceeds its target."""
    # rounding may lift a target to the last sum, above which there is nothing
    below_last = torch.nextafter(cumulative[:, -1:], torch.zeros_like(target))
    return torch.searchsorted(cumulative, torch.minimum(target, below_last), right=True)
