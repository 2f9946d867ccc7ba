"""Attention over a cache without copying it once per query head, for models that share keys between heads.

In grouped-query attention several query heads read the same keys. transformers repeats the keys for each when there is
a mask and more than one query, which on long caches costs more than the attention itself. Laying a group's queries out
as further queries of the one key head gives the same numbers without the copies.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

NAME = "trace_grouped_sdpa"
_FEW_QUERIES = 64
"""Up to this many queries torch's own kernel is faster than plain matrix products."""
_QUERIES_AT_ONCE = 256
"""Queries scored in one product; bounds the memory of the scores."""


def use_grouped_attention(model: Any) -> None:
    """Switches a model from transformers' `sdpa` attention to this one; any other attention is left as it is.

    Args:
        model: A Hugging Face model; changed in place.
    """
    if getattr(model.config, "_attn_implementation", None) != "sdpa":
        return
    AttentionInterface.register(NAME, _forward)
    AttentionMaskInterface.register(NAME, sdpa_mask)
    model.set_attn_implementation(NAME)


def _forward(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    **kwargs: Any,
) -> tuple[torch.Tensor, None]:
    """Attends as `sdpa` does; shapes are (rows, heads, ids, dimensions), the result (rows, ids, heads, dimensions)."""
    groups = query.shape[1] // key.shape[1]
    has_bias = kwargs.get("position_bias") is not None
    # without a mask, or with one query head per key head, transformers copies nothing either
    if groups == 1 or dropout or has_bias or attention_mask is None or attention_mask.shape[1] != 1:
        plain: tuple[torch.Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **kwargs
        )
        return plain

    scale = scaling
    if scale is None:
        scale = query.shape[3] ** -0.5
    return attend(query, key, value, attention_mask, scale).transpose(1, 2).contiguous(), None


def attend(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor, scale: float
) -> torch.Tensor:
    """Lets queries attend to keys that several query heads share.

    Args:
        query: Shape (rows, query heads, ids, dimensions); the ids of the last columns.
        key: Shape (rows, key heads, columns, dimensions).
        value: As `key`.
        mask: What each query attends to, as truth values or as numbers to add; shape (rows, 1, ids, columns).
        scale: The scores are multiplied by it.

    Returns:
        The answers, shape (rows, query heads, ids, dimensions).
    """
    rows, heads, count, size = query.shape
    groups = heads // key.shape[1]
    attend_piece = _attend_by_products
    step = _QUERIES_AT_ONCE
    # the products keep every score for the backward pass, and take longer there
    if count <= _FEW_QUERIES or torch.is_grad_enabled():
        attend_piece = _attend_by_kernel
        step = count

    pieces = []
    for start in range(0, count, step):
        stop = min(count, start + step)
        # no query here attends to what comes later
        visible = key.shape[2] - count + stop

        packed = query[:, :, start:stop].reshape(rows, key.shape[1], groups * (stop - start), size)
        piece_mask = mask[:, :, start:stop, :visible].repeat(1, 1, groups, 1)
        answer = attend_piece(packed, key[:, :, :visible], value[:, :, :visible], piece_mask, scale)
        pieces.append(answer.reshape(rows, heads, stop - start, size))
    return torch.cat(pieces, dim=2)


def _attend_by_kernel(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor, scale: float
) -> torch.Tensor:
    return torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=scale)


def _attend_by_products(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor, scale: float
) -> torch.Tensor:
    """Does the same with plain matrix products, on CPU several times faster than the kernel for many masked queries."""
    scores = torch.matmul(query * scale, key.transpose(2, 3))
    if mask.dtype == torch.bool:
        # not -inf: a padding query attends to nothing at all, and its softmax would be NaN
        scores.masked_fill_(~mask, torch.finfo(scores.dtype).min)
    else:
        scores += mask
    return torch.matmul(torch.softmax(scores, dim=-1), value)
