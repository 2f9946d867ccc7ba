"""Draws ids from logits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

_BLOCK = 512
"""Ids whose probabilities are summed first; only within the block that is drawn are they looked at one by one."""


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
