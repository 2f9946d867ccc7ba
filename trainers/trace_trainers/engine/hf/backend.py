"""Sampling with a Hugging Face model in this process, its KV cache kept from turn to turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from trace_gym.rollouts.sampling_params import SamplingParams
from trace_trainers.engine.hf.prefix_cache import PrefixCache
from trace_trainers.engine.hf.prompt_lookup import generate_drafted
from trace_trainers.engine.hf.sampler import BatchSampler, common_prefix
from trace_trainers.engine.sequence import TokenSequence


class HFBackend:
    """Samples many conversations in step; a batch's conversations start together and are dropped as they end.

    Example:
        >>> from trace_trainers.policies.loading import load_model, load_tokenizer
        >>> model, tokenizer = load_model("tiny"), load_tokenizer("tiny")
        >>> backend = HFBackend(model, tokenizer, SamplingParams(temperature=0.0))
        >>> sequence = TokenSequence(tokenizer("<|user|>hello<|end|><|assistant|>").input_ids)
        >>> turn = backend.sample([sequence], [np.random.default_rng(0)], [4])[0]
        >>> sequence.completion == turn, len(turn) <= 4
        (True, True)
    """

    def __init__(self, model: Any, tokenizer: Any, params: SamplingParams) -> None:
        """Wraps a model.

        Args:
            model: The causal LM, adapters included; put into eval mode while it samples.
            tokenizer: Gives the padding and the end-of-turn ids.
            params: How to sample; with `fast`, prompts reuse what they share with earlier ones (`prefix_cache`), and
                at temperature 0 turns are guessed ahead (`prompt_lookup`). Equal but for rounding, which may decide
                otherwise where two ids are almost as likely.
        """
        self.model = model
        self.eos = frozenset(eos_ids(model, tokenizer))
        self._pad = tokenizer.pad_token_id
        self._temperature = params.temperature
        self._guesses_ahead = params.fast and params.temperature == 0
        self._prefix_cache = PrefixCache() if params.fast else None
        self._sampler: BatchSampler | None = None
        self._held: list[TokenSequence] = []
        self._fed: list[int] = []
        """How many ids of each held sequence the cache holds."""

    def sample(
        self,
        sequences: Sequence[TokenSequence],
        generators: Sequence[np.random.Generator],
        max_new_tokens: Sequence[int],
    ) -> list[list[int]]:
        """Samples one turn for every sequence; see `Backend.sample`.

        Args:
            sequences: A new batch, or some of the batch before, in any order.
            generators: Each sequence's own; one uniform number is drawn per sampled id.
            max_new_tokens: Each turn is cut there, >= 1.

        Returns:
            The ids of each turn.
        """
        was_training = self.model.training
        self.model.eval()
        try:
            with torch.no_grad():
                return self._sample(sequences, generators, max_new_tokens)
        finally:
            self.model.train(was_training)

    def release(self) -> None:
        """Drops the cache."""
        self._sampler = None
        self._held = []
        self._fed = []

    def _sample(
        self,
        sequences: Sequence[TokenSequence],
        generators: Sequence[np.random.Generator],
        max_new_tokens: Sequence[int],
    ) -> list[list[int]]:
        sampler = self._sampler
        if sampler is not None and all(sequence in self._held for sequence in sequences):
            unfed = self._continue(sampler, sequences)
        else:
            sampler, unfed = self._begin(sequences)

        logits = sampler.forward(unfed)
        if self._guesses_ahead:
            turns = generate_drafted(sampler, logits, sequences, max_new_tokens=max_new_tokens)
        else:
            turns = sampler.generate(
                logits, sequences, generators, temperature=self._temperature, max_new_tokens=max_new_tokens
            )

        self._held = list(sequences)
        self._fed = [len(sequence) for sequence in sequences]
        return turns

    def _begin(self, sequences: Sequence[TokenSequence]) -> tuple[BatchSampler, list[list[int]]]:
        """Starts a batch's cache with what its sequences share, and returns the rest of each."""
        sampler = BatchSampler(self.model, self._pad, self.eos)
        self._sampler = sampler

        all_ids = [sequence.ids for sequence in sequences]
        shared = common_prefix(all_ids)
        sampler.prefill_shared(all_ids[0][:shared], len(all_ids), self._prefix_cache)
        return sampler, [ids[shared:] for ids in all_ids]

    def _continue(self, sampler: BatchSampler, sequences: Sequence[TokenSequence]) -> list[list[int]]:
        """Keeps the rows of the sequences that go on, and returns what each has gained since its last turn."""
        rows = [self._held.index(sequence) for sequence in sequences]
        sampler.keep(rows)
        return [sequence.ids[self._fed[row] :] for sequence, row in zip(sequences, rows, strict=True)]


def eos_ids(model: Any, tokenizer: Any) -> list[int]:
    """Returns the ids that end a turn: the tokenizer's and the generation config's.

    Args:
        model: A model with a generation config.
        tokenizer: Its tokenizer.
    """
    configured = getattr(model.generation_config, "eos_token_id", None)
    extra = configured if isinstance(configured, list) else [configured]
    return sorted({tokenizer.eos_token_id, *extra} - {None})
