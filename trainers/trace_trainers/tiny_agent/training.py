"""Supervised training of the tiny agent on demonstrations, with TRL's `SFTTrainer`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import LlamaConfig, LlamaForCausalLM

os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
from trl import SFTConfig, SFTTrainer


@dataclass(frozen=True)
class SFTSettings:
    """How the agent is trained.

    Example:
        >>> SFTSettings(steps=10).batch
        32
    """

    steps: int = 2000
    """Optimizer steps."""
    batch: int = 32
    """Demonstrations per step."""
    learning_rate: float = 3e-3
    """Peak learning rate; it rises over 100 steps and falls to 2 % along a cosine."""
    seed: int = 0
    """Seeds the weights and the order of the demonstrations."""


def build_model(tokenizer: Any) -> LlamaForCausalLM:
    """Makes an untrained model of 1.7 million parameters, small enough for the repository.

    Args:
        tokenizer: Gives the size of the vocabulary and the ids of the special tokens.
    """
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=192,
        intermediate_size=512,
        num_hidden_layers=4,
        num_attention_heads=6,
        num_key_value_heads=2,
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
    """Trains on the assistant's tokens only.

    With the loss on all tokens, a model of this size has not learned to copy identifiers after 2,500 steps; on the
    assistant's own it is fluent after 1,600.

    Args:
        model: Trained in place.
        tokenizer: Gives the padding.
        examples: As `tokenizer.encode` returns them.
        settings: How to train.
        checkpoints: Folder for the trainer's own files.

    Returns:
        The mean loss over the last 50 steps, in nats per token.
    """
    arguments = SFTConfig(
        output_dir=str(checkpoints),
        max_steps=settings.steps,
        per_device_train_batch_size=settings.batch,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine_with_min_lr",
        lr_scheduler_kwargs={"min_lr_rate": 0.02},
        warmup_steps=min(100, settings.steps // 2),
        weight_decay=0.01,
        adam_beta2=0.98,
        max_grad_norm=1.0,
        max_length=None,
        # batches of like length waste little on padding, which is most of what a CPU would compute
        train_sampling_strategy="group_by_length",
        seed=settings.seed,
        bf16=False,
        dataloader_pin_memory=torch.cuda.is_available(),
        activation_checkpointing=False,
        logging_steps=min(50, settings.steps),
        save_strategy="no",
        report_to=[],
    )
    dataset = Dataset.from_list(list(examples))
    trainer = SFTTrainer(model=model, args=arguments, train_dataset=dataset, processing_class=tokenizer)
    trainer.train()

    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    return float(losses[-1])
