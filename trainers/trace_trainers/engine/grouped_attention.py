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


def use_grouped_attention(model: Any) -> None:
    """Makes a model whose attention is transformers' `sdpa` use this; any other model is left as it is."""
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
    rows, heads, count, size = query.shape
    groups = heads // key.shape[1]
    shared = attention_mask is not None and attention_mask.shape[1] == 1
    if groups == 1 or dropout or not shared or attention_mask is None or kwargs.get("position_bias") is not None:
        found: tuple[torch.Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **kwargs
        )
        return found
    packed = query.reshape(rows, key.shape[1], groups * count, size)
    mask = attention_mask.expand(rows, 1, count, key.shape[2]).repeat(1, 1, groups, 1)
    answer = torch.nn.functional.scaled_dot_product_attention(packed, key, value, attn_mask=mask, scale=scaling)
    return answer.reshape(rows, heads, count, size).transpose(1, 2).contiguous(), None
