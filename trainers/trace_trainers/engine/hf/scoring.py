"""Scores sampled tokens in one forward pass that computes the conversations' common beginning only once."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils.checkpoint import checkpoint
from transformers import DynamicCache

from trace_trainers.engine.hf.sampler import common_prefix

_MOST_LOGITS = 2**25
"""Logits in memory at a time (128 MiB in float32); longer batches are scored in chunks."""


def score(
    model: Any,
    input_ids: torch.Tensor,
    attention_mask: torch.Tensor,
    scored: torch.Tensor,
    temperature: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Scores completion tokens, with gradients where they are enabled.

    The result is that of a plain forward pass up to rounding, but the common prefix of the prompts (system prompt and
    tool schemas) is computed once instead of once per row, padding is dropped, and only scored positions go through
    the language model's head.

    Args:
        model: A causal LM, or a PEFT model around one.
        input_ids: Prompts, padded left, then completions, padded right; shape (rows, prompt + completion).
        attention_mask: 1 where `input_ids` is not padding; same shape.
        scored: 1 where a completion token is to be scored; shape (rows, completion).
        temperature: The logits are divided by it, > 0.

    Returns:
        Log-probabilities and entropies (in nats, without gradient), float32 of shape (rows, completion), 0 where not
        scored.
    """
    width = scored.shape[1]
    completion_lengths = attention_mask[:, -width:].sum(1).tolist()
    rows = []
    prompts = []
    for ids, mask, completion_length in zip(input_ids, attention_mask.bool(), completion_lengths, strict=True):
        row_ids = ids[mask]
        rows.append(row_ids)
        prompts.append(row_ids[: len(row_ids) - completion_length].tolist())
    shared = common_prefix(prompts)

    # PEFT calls its tuner `base_model`; transformers' decoder is that of the wrapped model, LoRA layers included
    causal = model
    if hasattr(model, "get_base_model"):
        causal = model.get_base_model()
    hidden = _hidden_states(causal, rows, shared)

    # the state before a token predicts it; `common_prefix` leaves every prompt an id, so that state is never shared
    start = torch.tensor(list(map(len, prompts)), device=input_ids.device) - shared - 1
    row, column = scored.nonzero(as_tuple=True)
    states = hidden[row, start[row] + column]
    targets = input_ids[:, -width:][row, column]
    logprobs, entropies = _score_states(causal.get_output_embeddings(), states, targets, temperature)

    empty = torch.zeros(scored.shape, dtype=torch.float32, device=input_ids.device)
    return empty.index_put((row, column), logprobs), empty.index_put((row, column), entropies)


def _score_states(
    head: Any, states: torch.Tensor, targets: torch.Tensor, temperature: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Scores states in chunks, to bound the memory of their logits."""
    size = max(1, _MOST_LOGITS // head.weight.shape[0])
    bias: Any = getattr(head, "bias", None)
    if bias is None and not head.weight.requires_grad and type(head) is torch.nn.Linear:
        scored: tuple[torch.Tensor, torch.Tensor] = _FrozenHead.apply(  # type: ignore[no-untyped-call]
            states, head.weight, targets, temperature, size
        )
        return scored
    if len(targets) <= size:
        return _score_chunk(head, states, targets, temperature)

    logprobs = []
    entropies = []
    for start in range(0, len(targets), size):
        stop = start + size
        # recomputed in the backward pass: keeping every chunk's logits would undo the saving
        chunk = checkpoint(
            _score_chunk, head, states[start:stop], targets[start:stop], temperature, use_reentrant=False
        )
        logprobs.append(chunk[0])
        entropies.append(chunk[1])
    return torch.cat(logprobs), torch.cat(entropies)


def _score_chunk(
    head: Any, states: torch.Tensor, targets: torch.Tensor, temperature: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns the targets' log-probabilities, and the entropies of their distributions, which have no gradient."""
    logprobs = (head(states).float() / temperature).log_softmax(-1)
    with torch.no_grad():
        entropy = -(logprobs.exp() * logprobs).sum(-1)
    return logprobs.gather(1, targets[:, None])[:, 0], entropy


class _FrozenHead(torch.autograd.Function):
    """Scores states with a head that is not trained, and never computes or keeps their logits a second time.

    A token's log-probability p_t has the gradient (W_t - sum_v p_v W_v) / temperature in its state. That is computed
    while the logits are at hand; the backward pass only multiplies by it.
    """

    @staticmethod
    def forward(
        ctx: Any, states: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor, temperature: float, size: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        logprobs = []
        entropies = []
        gradients = []
        for chunk, chosen in zip(states.split(size), targets[:, None].split(size), strict=True):
            all_logprobs = (torch.nn.functional.linear(chunk, weight).float() / temperature).log_softmax(-1)
            logprobs.append(all_logprobs.gather(1, chosen)[:, 0])
            probabilities = all_logprobs.exp()
            entropies.append(-torch.linalg.vecdot(probabilities, all_logprobs))
            if ctx.needs_input_grad[0]:
                one = probabilities.new_ones(()).expand_as(chosen)
                toward = probabilities.neg_().scatter_add_(1, chosen, one).div_(temperature)
                gradients.append(toward.to(weight.dtype) @ weight)

        if gradients:
            ctx.save_for_backward(torch.cat(gradients))
        entropy = torch.cat(entropies)
        ctx.mark_non_differentiable(entropy)
        return torch.cat(logprobs), entropy

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        (in_states,) = ctx.saved_tensors
        return (gradients[0][:, None] * in_states).to(in_states.dtype), None, None, None, None


def _hidden_states(causal: Any, rows: list[torch.Tensor], shared: int) -> torch.Tensor:
    """Returns the last layer's states of each row after the shared prefix, padded right."""
    device = rows[0].device
    cache = DynamicCache(config=causal.config)
    if shared:
        causal.base_model(input_ids=rows[0][None, :shared], past_key_values=cache, use_cache=True)
        cache.batch_repeat_interleave(len(rows))

    rest = torch.nn.utils.rnn.pad_sequence([row[shared:] for row in rows], batch_first=True)
    lengths = torch.tensor(list(map(len, rows)), device=device)
    columns = torch.arange(shared + rest.shape[1], device=device)
    output = causal.base_model(
        input_ids=rest,
        attention_mask=(columns < lengths[:, None]).long(),
        position_ids=columns[shared:].expand(len(rows), -1),
        past_key_values=cache,
        use_cache=True,
    )
    hidden: torch.Tensor = output.last_hidden_state
    return hidden
