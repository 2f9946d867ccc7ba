"""Samples with a Hugging Face model in this process, and keeps its KV cache from turn to turn."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from numpy.random import Generator

from trace_gym.rollouts.sampling_params import SamplingParams
from trace_trainers.engine.hf.dense_decoder import decoder_of
from trace_trainers.engine.hf.dense_sampler import DenseSampler
from trace_trainers.engine.hf.prefix_cache import PrefixCache
from trace_trainers.engine.hf.prompt_lookup import generate_drafted
from trace_trainers.engine.hf.sampler import BatchSampler, common_prefix
from trace_trainers.engine.hf.sampling import Turns
from trace_trainers.engine.sequence import TokenSequence


class HFBackend:
    """Samples many conversations in step. The conversations of a batch start together and leave it as they end.

    Example:
        >>> import numpy as np
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
            model: The causal LM, with or without adapters; put into eval mode while it samples.
            tokenizer: Gives the padding id and the end-of-turn id.
            params: The sampling settings. With `fast`, prompts reuse what they share with earlier ones
                (`prefix_cache`), and at temperature 0 turns are guessed ahead (`prompt_lookup`). The result is the same
                but for rounding, which may tip the choice between two ids that are almost equally likely.
        """
        self.model = model
        self.eos = frozenset(eos_ids(model, tokenizer))
        self._pad = tokenizer.pad_token_id
        self._temperature = params.temperature
        self._guesses_ahead = params.fast and params.temperature == 0
        self._prefix_cache: PrefixCache | None = None
        if params.fast:
            self._prefix_cache = PrefixCache()

        self._sampler: BatchSampler | DenseSampler | None = None
        self._held: list[TokenSequence] = []
        """The sequences whose keys and values are in the cache, in the order of its rows."""

    def sample(
        self, sequences: Sequence[TokenSequence], generators: Sequence[Generator], max_new_tokens: Sequence[int]
    ) -> list[list[int]]:
        """Samples one turn for every sequence; see `Backend.sample`.

        Args:
            sequences: A new batch, or some sequences of the last batch, in any order.
            generators: One per sequence; one uniform number is drawn per sampled id.
            max_new_tokens: The longest turn allowed in each sequence, in tokens, >= 1.

        Returns:
            The ids of each turn.
        """
        sampler = self._sampler
        if sampler is not None and all(sequence in self._held for sequence in sequences):
            unfed = self._continue(sampler, sequences)
        else:
            sampler, unfed = self._begin(sequences)

        turns = Turns(sequences, generators, temperature=self._temperature, most=max_new_tokens, eos=self.eos)
        if isinstance(sampler, DenseSampler):
            ids = sampler.generate(sampler.forward(unfed), turns)
        else:
            with _in_eval_mode(self.model):
                logits = sampler.forward(unfed)
                if self._guesses_ahead:
                    ids = generate_drafted(sampler, logits, sequences, max_new_tokens=max_new_tokens)
                else:
                    ids = sampler.generate(logits, turns)
        self._held = list(sequences)
        return ids

    def release(self) -> None:
        """Frees the cache."""
        self._sampler = None
        self._held = []

    def _begin(self, sequences: Sequence[TokenSequence]) -> tuple[BatchSampler | DenseSampler, list[list[int]]]:
        """Starts a new cache with the ids that all sequences begin with, and returns the rest of each sequence."""
        all_ids = [sequence.ids for sequence in sequences]
        shared = common_prefix(all_ids)
        prefix = all_ids[0][:shared]

        # read anew for each batch: the trainer changes the weights between batches
        decoder = None
        if self._prefix_cache is None:
            decoder = decoder_of(self.model)
        if decoder is not None:
            self._sampler = DenseSampler(decoder)
            self._sampler.prefill_shared(prefix, len(all_ids))
        else:
            self._sampler = BatchSampler(self.model, self._pad, self.eos)
            with _in_eval_mode(self.model):
                self._sampler.prefill_shared(prefix, len(all_ids), self._prefix_cache)
        return self._sampler, [ids[shared:] for ids in all_ids]

    def _continue(self, sampler: BatchSampler | DenseSampler, sequences: Sequence[TokenSequence]) -> list[list[int]]:
        """Drops the rows of sequences that have ended, and returns what the others have gained since."""
        rows = []
        unfed = []
        fed = sampler.lengths
        for sequence in sequences:
            row = self._held.index(sequence)
            rows.append(row)
            unfed.append(sequence.ids[fed[row] :])

        sampler.keep(rows)
        return unfed


@contextlib.contextmanager
def _in_eval_mode(model: Any) -> Iterator[None]:
    """Puts a model into eval mode; the trainer's model samples, and must be in train mode for its backward pass."""
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(was_training)


def eos_ids(model: Any, tokenizer: Any) -> list[int]:
    """Returns the ids that end a turn, in ascending order: the tokenizer's and the generation config's.

    Args:
        model: A model with a generation config.
        tokenizer: Its tokenizer.

    Example:
        >>> from types import SimpleNamespace
        >>> model = SimpleNamespace(generation_config=SimpleNamespace(eos_token_id=[7, 2]))
        >>> eos_ids(model, SimpleNamespace(eos_token_id=2))
        [2, 7]
    """
    # one id, a list of ids, or None: chat models often end a turn with another id than a document
    configured = getattr(model.generation_config, "eos_token_id", None)
    if not isinstance(configured, list):
        configured = [configured]
    return sorted({tokenizer.eos_token_id, *configured} - {None})
