"""Supervised training of the tiny agent on demonstrations, made for one CPU core.

A loop of its own, since what makes it twice as fast on a CPU is nothing that a trainer offers: weights are kept in
float32 and multiplied in bfloat16 where the processor can, attention alone stays in float32 (its backward pass in
bfloat16 is four times slower), and the vocabulary is projected to only where a loss is taken.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AttentionInterface, LlamaConfig, LlamaForCausalLM
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from trace_gym.console.progress import Progress
from trace_trainers.tiny_agent.muon import Float32Muon
from trace_trainers.tiny_agent.tokenizer import IGNORED

_POOL = 8
"""Batches are cut from pools of this many, sorted by length: little is spent on padding, and the order stays random."""
_KEPT_EVERY = 500
"""Steps between two states that a killed training goes on from."""
_SMOOTHED = 50
"""Steps over which the loss is averaged."""
_MUON = 1.0
"""Muon's learning rate, as a multiple of AdamW's; its updates have the size of AdamW's (`match_rms_adamw`)."""
_ATTENTION = "sdpa_in_float32"


@dataclass(frozen=True)
class SFTSettings:
    """How the agent is trained.

    Example:
        >>> SFTSettings(steps=10).batch
        16
    """

    steps: int = 2000
    """Optimizer steps."""
    batch: int = 16
    """Demonstrations per step."""
    learning_rate: float = 3e-3
    """Peak learning rate; it rises over 100 steps and falls to 2 % along a cosine."""
    seed: int = 0
    """Seeds the weights and the order of the demonstrations."""

    def rate(self, step: int) -> float:
        """Returns the learning rate of a step.

        Args:
            step: From 1 on.
        """
        warmup = min(100, max(1, self.steps // 2))
        decay = 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / self.steps))
        return self.learning_rate * min(1.0, step / warmup) * decay


def build_model(tokenizer: Any) -> LlamaForCausalLM:
    """Makes an untrained model of 2 million parameters, small enough for the repository.

    Args:
        tokenizer: Gives the size of the vocabulary and the ids of the special tokens.
    """
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=192,
        intermediate_size=512,
        num_hidden_layers=4,
        num_attention_heads=6,
        # as many as heads: sharing them would save a tenth of the model, and what one head looks for another may not
        num_key_value_heads=6,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
    )
    return LlamaForCausalLM(config)


def train(
    model: LlamaForCausalLM,
    tokenizer: Any,
    examples: Sequence[dict[str, list[int]]],
    settings: SFTSettings,
    checkpoints: Path,
) -> float:
    """Trains on the assistant's tokens only, and goes on from the last kept state where there is one.

    With the loss on all tokens, a model of this size has not learned to copy identifiers after 2,500 steps; on the
    assistant's own it is fluent after 1,600. Matrices are trained with Muon (https://kellerjordan.github.io/posts/muon)
    and the rest with AdamW: in 750 steps that reaches what AdamW alone did not in 4,500.

    Args:
        model: Trained in place.
        tokenizer: Gives the padding.
        examples: As `tokenizer.encode` returns them.
        settings: How to train.
        checkpoints: Folder for the states that a killed training goes on from.

    Returns:
        The mean loss over the last 50 steps, in nats per token.
    """
    checkpoints.mkdir(parents=True, exist_ok=True)
    state_file = checkpoints / "state.pt"
    optimizers = _optimizers(model, settings)
    losses: list[float] = []
    first = 1
    if state_file.exists():
        state = torch.load(state_file)
        model.load_state_dict(state["model"])
        for optimizer, kept in zip(optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(kept)
        losses = state["losses"]
        first = int(state["step"]) + 1

    multiplied = _to_multiply_with(model)
    batches = _batches(examples, settings)
    progress = Progress("steps", settings.steps)
    for step in range(1, settings.steps + 1):
        # drawn also where it is not trained on again, so that a continued training sees what an uninterrupted one does
        batch = _padded(next(batches), tokenizer.pad_token_id)
        if step >= first:
            losses.append(_step(model, multiplied, optimizers, batch, settings.rate(step)))
            if step % _KEPT_EVERY == 0:
                _keep(state_file, model, optimizers, losses)
        progress.advance(1, f"loss {np.mean(losses[-_SMOOTHED:]):.4f}")
    progress.close()
    return float(np.mean(losses[-_SMOOTHED:]))


def _optimizers(model: LlamaForCausalLM, settings: SFTSettings) -> list[torch.optim.Optimizer]:
    """Muon for the matrices between the layers' vectors; AdamW for norms and the embedding, which is a table."""
    matrices = []
    others = []
    for name, parameter in model.named_parameters():
        if parameter.ndim == 2 and "embed" not in name:
            matrices.append(parameter)
        else:
            others.append(parameter)

    rate = settings.learning_rate
    kind = torch.optim.Muon if _has_bfloat16() else Float32Muon
    muon = kind(matrices, lr=_MUON * rate, weight_decay=0.01, adjust_lr_fn="match_rms_adamw")
    return [muon, torch.optim.AdamW(others, lr=rate, betas=(0.9, 0.98), weight_decay=0.01)]


def _to_multiply_with(model: LlamaForCausalLM) -> LlamaForCausalLM:
    """Returns a copy to multiply with; `_step` keeps it in step with the model."""
    AttentionInterface.register(_ATTENTION, _attention_in_float32)
    multiplied = copy.deepcopy(model)
    if _has_bfloat16():
        multiplied = multiplied.bfloat16()
    multiplied.set_attn_implementation(_ATTENTION)
    return multiplied


def _has_bfloat16() -> bool:
    """Whether the processor multiplies in bfloat16; one that emulates it takes ten times as long."""
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _attention_in_float32(
    module: torch.nn.Module, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: Any, **options: Any
) -> tuple[torch.Tensor, None]:
    output, _ = sdpa_attention_forward(module, query.float(), key.float(), value.float(), mask, **options)
    return output.to(query.dtype), None


def _step(
    model: LlamaForCausalLM,
    multiplied: LlamaForCausalLM,
    optimizers: Sequence[torch.optim.Optimizer],
    batch: tuple[torch.Tensor, torch.Tensor],
    rate: float,
) -> float:
    """Takes one optimizer step and returns the loss before it."""
    token_ids, labels = batch
    hidden = multiplied.model(input_ids=token_ids).last_hidden_state[:, :-1]
    wanted = labels[:, 1:]
    is_trained = wanted != IGNORED
    logits = multiplied.lm_head(hidden[is_trained])
    loss = torch.nn.functional.cross_entropy(logits.float(), wanted[is_trained])
    loss.backward()

    pairs = list(zip(model.parameters(), multiplied.parameters(), strict=True))
    for parameter, low in pairs:
        assert low.grad is not None
        parameter.grad = low.grad.float()
        low.grad = None
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)

    for optimizer, scale in zip(optimizers, (_MUON, 1.0), strict=True):
        for group in optimizer.param_groups:
            group["lr"] = scale * rate
        optimizer.step()
    with torch.no_grad():
        for parameter, low in pairs:
            low.copy_(parameter)
    return loss.item()


def _batches(examples: Sequence[dict[str, list[int]]], settings: SFTSettings) -> Iterator[list[dict[str, list[int]]]]:
    """Yields batches without end: every demonstration once an epoch, those of like length together."""
    rng = np.random.default_rng(np.random.SeedSequence([settings.seed, len(examples)]))
    pool = _POOL * settings.batch
    while True:
        order = rng.permutation(len(examples))
        cuts: list[list[int]] = []
        for start in range(0, len(order), pool):
            chosen = sorted(order[start : start + pool].tolist(), key=lambda number: len(examples[number]["input_ids"]))
            for place in range(0, len(chosen), settings.batch):
                cuts.append(chosen[place : place + settings.batch])

        for cut in rng.permutation(len(cuts)):
            yield [examples[number] for number in cuts[int(cut)]]


def _padded(batch: Sequence[dict[str, list[int]]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns token ids and labels, both of shape (batch, longest)."""
    longest = max(len(example["input_ids"]) for example in batch)
    token_ids = torch.full((len(batch), longest), pad)
    labels = torch.full((len(batch), longest), IGNORED)
    for row, example in enumerate(batch):
        length = len(example["input_ids"])
        token_ids[row, :length] = torch.tensor(example["input_ids"])
        labels[row, :length] = torch.tensor(example["labels"])
    return token_ids, labels


def _keep(
    path: Path, model: LlamaForCausalLM, optimizers: Sequence[torch.optim.Optimizer], losses: list[float]
) -> None:
    """Writes what a killed training needs to go on, atomically."""
    state = {
        "model": model.state_dict(),
        "optimizers": [optimizer.state_dict() for optimizer in optimizers],
        "losses": losses,
        "step": len(losses),
    }
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    partial.replace(path)
