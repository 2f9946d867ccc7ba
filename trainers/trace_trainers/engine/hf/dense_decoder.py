"""The forward pass of dense Llama-like models without what transformers does around it, for sampling on CPU.

A pass over one new token a row does little arithmetic, so that most of its time used to go into module calls, masks,
copies of the cache and adapters. The numbers are those of the model in eval mode, up to rounding, whichever mode it is
in; any other model is left to transformers (`decoder_of`).
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.functional import embedding, rms_norm, scaled_dot_product_attention, silu
from transformers import LlamaForCausalLM, Qwen2ForCausalLM

from trace_trainers.engine.hf.grouped_attention import attend
from trace_trainers.engine.hf.packing import product
from trace_trainers.engine.hf.projections import Projection, is_plain

_CLASSES = (LlamaForCausalLM, Qwen2ForCausalLM)
"""The classes whose forward pass is the one below."""
_LINEARS = {"self_attn": ("q_proj", "k_proj", "v_proj", "o_proj"), "mlp": ("gate_proj", "up_proj", "down_proj")}
"""The linear layers of a decoder layer."""
_CHANGING_ROPES = ("dynamic", "longrope")
"""Rotary embeddings that depend on the length of the conversation."""
_MOST_COPIED = 2**30
"""Bytes of weights that may be copied to merge adapters; a larger model is sampled as transformers does it."""


class DenseDecoder:
    """A model's weights as they are now, with the adapters that are switched on.

    Responsibilities: `states` feeds new ids to rows whose keys and values the caller keeps; `logits` turns states into
    logits. Made anew when weights have changed.

    Example:
        >>> from trace_trainers.policies.loading import load_model
        >>> decoder = decoder_of(load_model("tiny"))
        >>> cache = decoder.new_cache(rows=2, columns=8)
        >>> states = decoder.states(torch.tensor([[5, 6], [5, 7]]), torch.tensor([[0, 1], [0, 1]]), cache)
        >>> decoder.logits(states[:, -1]).shape[0]
        2
    """

    def __init__(self, causal: Any) -> None:
        """Reads a model; use `decoder_of`, which knows whether it can be read.

        Args:
            causal: A model of one of the supported classes, LoRA layers included.
        """
        base = causal.base_model
        self._embeddings = base.embed_tokens.weight.detach()
        self._layers = [_Layer(layer) for layer in base.layers]
        self._norm = _Norm(base.norm)
        head = causal.get_output_embeddings()
        self._head = product(head.weight, head.bias)
        self._rotary = base.rotary_emb
        self._turns = torch.zeros(2, 0, 0)
        """Cosines and sines of the positions so far."""

    def new_cache(self, rows: int, columns: int) -> torch.Tensor:
        """Returns room for keys and values, shape (2, layers, rows, columns, key heads, dimensions).

        Args:
            rows: How many conversations.
            columns: The most ids that each can have.
        """
        first = self._layers[0]
        return self._embeddings.new_zeros(2, len(self._layers), rows, columns, first.key_heads, first.size)

    def states(self, ids: torch.Tensor, positions: torch.Tensor, cache: torch.Tensor) -> torch.Tensor:
        """Feeds new ids to the first rows of a cache.

        Args:
            ids: Shape (rows, new ids); rows with fewer are padded right.
            positions: Of each id in its conversation, ascending by 1 in a row; the cache's column of that number is
                written. Earlier columns are attended to, later ones are not, so padding leaves no trace that counts.
            cache: What `new_cache` returned; changed in place.

        Returns:
            The last layer's states, shape (rows, new ids, hidden).
        """
        rows = len(ids)
        columns = int(positions.max()) + 1
        hidden = embedding(ids, self._embeddings)
        cos, sin = self._turns_at(positions, hidden)

        visible = torch.arange(columns) <= positions[:, None, :, None]
        # as numbers: the kernel would turn truth values into numbers once in every layer
        mask = hidden.new_zeros(visible.shape).masked_fill_(~visible, -torch.inf)
        places = (torch.arange(rows)[:, None] * cache.shape[3] + positions).flatten()
        for number, layer in enumerate(self._layers):
            hidden = layer(hidden, cos, sin, mask, places, cache[:, number])
        return self._norm(hidden)

    def logits(self, states: torch.Tensor) -> torch.Tensor:
        """Returns float32 logits.

        Args:
            states: Shape (..., hidden).
        """
        return self._head(states).float()

    def _turns_at(self, positions: torch.Tensor, hidden: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Returns the rotary embedding of positions, shape (rows, new ids, 1, dimensions) each."""
        last = int(positions.max())
        if last >= self._turns.shape[1]:
            everything = torch.arange(2 * last + 64)[None]
            self._turns = torch.cat(self._rotary(hidden, everything)).to(hidden.dtype)
        cos, sin = self._turns[:, positions][:, :, :, None]
        return cos, sin


class _Norm:
    """RMSNorm, rounded where transformers rounds it."""

    def __init__(self, module: Any) -> None:
        self._weight = module.weight.detach()
        self._epsilon = module.variance_epsilon

    def __call__(self, states: torch.Tensor) -> torch.Tensor:
        if states.dtype == torch.float32:
            return rms_norm(states, self._weight.shape, self._weight, self._epsilon)
        normal = rms_norm(states.float(), self._weight.shape, None, self._epsilon)
        return self._weight * normal.to(states.dtype)


class _Layer:
    """One decoder layer."""

    def __init__(self, module: Any) -> None:
        attention, mlp = module.self_attn, module.mlp
        self.size: int = attention.head_dim
        self.key_heads: int = attention.config.num_key_value_heads
        self._query_heads: int = attention.config.num_attention_heads
        self._scale: float = attention.scaling
        self._qkv = Projection([attention.q_proj, attention.k_proj, attention.v_proj])
        self._out = Projection([attention.o_proj])
        self._gate_up = Projection([mlp.gate_proj, mlp.up_proj])
        self._down = Projection([mlp.down_proj])
        self._norm_in = _Norm(module.input_layernorm)
        self._norm_mlp = _Norm(module.post_attention_layernorm)

    def __call__(
        self,
        hidden: torch.Tensor,
        cos: torch.Tensor,
        sin: torch.Tensor,
        mask: torch.Tensor,
        places: torch.Tensor,
        cache: torch.Tensor,
    ) -> torch.Tensor:
        rows, width, _ = hidden.shape
        heads = self._qkv(self._norm_in(hidden)).view(rows, width, -1, self.size)
        turned = self._query_heads + self.key_heads
        rotated = _rotate(heads[:, :, :turned], cos, sin)

        keys, values = cache
        keys.view(-1, *keys.shape[2:]).index_copy_(0, places, rotated[:, :, self._query_heads :].flatten(0, 1))
        values.view(-1, *values.shape[2:]).index_copy_(0, places, heads[:, :, turned:].flatten(0, 1))
        seen = (slice(rows), slice(mask.shape[-1]))
        answer = self._attend(rotated[:, :, : self._query_heads], keys[seen], values[seen], mask)

        hidden = hidden + self._out(answer)
        gate, up = self._gate_up(self._norm_mlp(hidden)).chunk(2, dim=-1)
        return hidden + self._down(silu(gate) * up)

    def _attend(
        self, query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        rows, width = query.shape[:2]
        keys, values = keys.transpose(1, 2), values.transpose(1, 2)
        if width == 1:
            # the query heads of a key head are queries of it, so that no key is copied
            query = query.reshape(rows, self.key_heads, -1, self.size)
            answer = scaled_dot_product_attention(query, keys, values, attn_mask=mask, scale=self._scale)
            return answer.reshape(rows, 1, -1)
        return attend(query.transpose(1, 2), keys, values, mask, self._scale).transpose(1, 2).flatten(2)


def decoder_of(model: Any) -> DenseDecoder | None:
    """Reads a model's weights as they are now, or returns None if it must be left to transformers.

    Args:
        model: A causal LM, or a PEFT model around one.

    Example:
        >>> decoder_of(torch.nn.Linear(2, 2)) is None
        True
    """
    causal = model
    if hasattr(model, "get_base_model"):
        causal = model.get_base_model()
    if type(causal) not in _CLASSES or not _is_standard(model, causal):
        return None
    with torch.inference_mode():
        return DenseDecoder(causal)


def _is_standard(model: Any, causal: Any) -> bool:
    """Returns whether the forward pass above is all that the model does."""
    config = causal.config
    layer_types = set(getattr(config, "layer_types", None) or ["full_attention"])
    if config.hidden_act != "silu" or layer_types != {"full_attention"}:
        return False
    if config.rope_parameters.get("rope_type") in _CHANGING_ROPES:
        return False

    weights = list(causal.parameters())
    dtype = causal.get_input_embeddings().weight.dtype
    copied = dtype == torch.float32
    if copied and sum(weight.numel() for weight in weights) * 4 > _MOST_COPIED:
        return False
    if any(weight.device.type != "cpu" for weight in weights):
        return False
    # what is hooked in wants to be called
    if any(module._forward_hooks or module._forward_pre_hooks for module in model.modules()):
        return False

    if type(causal.get_input_embeddings()) is not torch.nn.Embedding:
        return False
    linears = [causal.get_output_embeddings()]
    if type(linears[0]) is not torch.nn.Linear:
        return False
    for layer in causal.base_model.layers:
        for part, names in _LINEARS.items():
            linears += [getattr(getattr(layer, part), name) for name in names]
    return all(is_plain(one) for one in linears) and dtype.is_floating_point


def _rotate(heads: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    first, second = heads.chunk(2, dim=-1)
    return heads * cos + torch.cat((-second, first), dim=-1) * sin
