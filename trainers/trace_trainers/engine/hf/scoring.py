"""Log-probabilities of sampled tokens in one forward pass that computes what all conversations begin with once."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils.checkpoint import checkpoint
from transformers import DynamicCache

from trace_trainers.engine.hf.sampler import common_prefix

_MOST_LOGITS = 2**26
"""Logits held at a time; more are scored in chunks (256 MiB in float32)."""


def score(
    model: Any,
    input_ids: torch.Tensor,
    attention_mask: torch.Tensor,
    scored: torch.Tensor,
    temperature: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Scores completion tokens, with gradients where they are enabled.

    Equal to a plain forward pass up to rounding, but the common prefix of the prompts (system prompt and tool schemas)
    is computed once instead of once per row, padding is dropped, and only scored positions pass the language-model
    head.

    Args:
        model: A causal LM, or a PEFT model around one.
        input_ids: Prompts, padded left, then completions, padded right; shape (rows, prompt + completion).
        attention_mask: 1 where `input_ids` is not padding; same shape.
        scored: 1 where a completion token is to be scored; shape (rows, completion).
        temperature: What the logits are divided by, > 0.

    Returns:
        Log-probabilities and entropies (in nats, without gradient), float32 of shape (rows, completion), 0 where not
        scored.
    """
    width = scored.shape[1]
    rows = [ids[kept] for ids, kept in zip(input_ids, attention_mask.bool(), strict=True)]
    completion_lengths = attention_mask[:, -width:].sum(1)
    prompts = [row[: len(row) - int(length)].tolist() for row, length in zip(rows, completion_lengths, strict=True)]
    shared = common_prefix(prompts)

    causal = model.get_base_model() if hasattr(model, "get_base_model") else model
    hidden = _hidden_states(causal, rows, shared)

    # the state before a token predicts it
    start = torch.tensor([len(prompt) for prompt in prompts], device=input_ids.device) - shared - 1
    row, column = scored.nonzero(as_tuple=True)
    states = hidden[row, start[row] + column]
    targets = input_ids[:, -width:][row, column]
    logprobs, entropies = _score_states(causal.get_output_embeddings(), states, targets, temperature)

    empty = torch.zeros(scored.shape, dtype=torch.float32, device=input_ids.device)
    return empty.index_put((row, column), logprobs), empty.index_put((row, column), entropies)


def _score_states(
    head: Any, states: torch.Tensor, targets: torch.Tensor, temperature: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Scores in chunks that bound the memory of the logits."""
    size = max(1, _MOST_LOGITS // head.weight.shape[0])
    if len(targets) <= size:
        return _score_chunk(head, states, targets, temperature)

    logprobs = []
    entropies = []
    for start in range(0, len(targets), size):
        stop = start + size
        # a chunk's logits are computed again for the backward pass instead of kept
        chunk = checkpoint(
            _score_chunk, head, states[start:stop], targets[start:stop], temperature, use_reentrant=False
        )
        logprobs.append(chunk[0])
        entropies.append(chunk[1])
    return torch.cat(logprobs), torch.cat(entropies)


def _score_chunk(
    head: Any, states: torch.Tensor, targets: torch.Tensor, temperature: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns the targets' log-probabilities, and the entropies, without gradient."""
    logprobs = (head(states).float() / temperature).log_softmax(-1)
    with torch.no_grad():
        entropy = -(logprobs.exp() * logprobs).sum(-1)
    return logprobs.gather(1, targets[:, None])[:, 0], entropy


def _hidden_states(causal: Any, rows: list[torch.Tensor], shared: int) -> torch.Tensor:
    """Returns the last hidden states of each row after the shared prefix, padded right."""
    device = rows[0].device
    cache = DynamicCache(config=causal.config)
    if shared:
        causal.base_model(input_ids=rows[0][None, :shared], past_key_values=cache, use_cache=True)
        cache.batch_repeat_interleave(len(rows))

    rest = torch.nn.utils.rnn.pad_sequence([row[shared:] for row in rows], batch_first=True)
    lengths = torch.tensor([len(row) for row in rows], device=device)
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
