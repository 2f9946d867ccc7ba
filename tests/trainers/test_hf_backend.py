"""The Hugging Face backend: its cache follows the batch, and the model is left as it was."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from trace_trainers.engine.hf import backend as backend_module
from trace_trainers.engine.hf.backend import HFBackend, eos_ids
from trace_trainers.engine.hf.sampler import BatchSampler
from trace_trainers.engine.sequence import TokenSequence

from trace_gym.rollouts.sampling_params import SamplingParams

PROMPTS = [[5, 301, 302], [5, 301, 310], [5, 301, 320, 321]]


def backend_of(tiny: Any, **params: Any) -> HFBackend:
    return HFBackend(*tiny, SamplingParams(**params))


def play(backend: HFBackend, sequences: list[TokenSequence], orders: list[list[int]]) -> None:
    """Samples a turn per order of sequences; between turns the environment says an id of its own."""
    generators = [np.random.default_rng(row) for row in range(len(sequences))]
    for order in orders:
        backend.sample([sequences[row] for row in order], [generators[row] for row in order], [3] * len(order))
        for row in order:
            sequences[row].add_environment([400 + row])


@pytest.fixture
def by_transformers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Samples as with a model that no decoder can read."""
    monkeypatch.setattr(backend_module, "decoder_of", lambda model: None)


@pytest.mark.parametrize("params", [{}, {"temperature": 0.0}, {"temperature": 0.0, "fast": True}])
def test_a_batch_in_any_order_gives_what_each_conversation_alone_gives(tiny: Any, params: dict[str, Any]) -> None:
    together = [TokenSequence(list(prompt)) for prompt in PROMPTS]
    play(backend_of(tiny, **params), together, [[0, 1, 2], [2, 0], [0]])

    turns_of = {0: 3, 1: 1, 2: 2}
    for row, prompt in enumerate(PROMPTS):
        sequence = TokenSequence(list(prompt))
        generators = [np.random.default_rng(row)]
        backend = backend_of(tiny, **params)
        for _ in range(turns_of[row]):
            backend.sample([sequence], generators, [3])
            sequence.add_environment([400 + row])
        assert sequence.completion == together[row].completion


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.usefixtures("by_transformers")
def test_the_model_is_left_in_the_mode_it_was_in(tiny: Any, training: bool) -> None:
    model = tiny[0]
    model.train(training)
    try:
        play(backend_of(tiny), [TokenSequence([5, 301])], [[0]])
        assert model.training is training
    finally:
        model.eval()


@pytest.mark.usefixtures("by_transformers")
def test_the_mode_is_restored_after_an_error_too(tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(BatchSampler, "forward_last", fail)
    tiny[0].train()
    try:
        with pytest.raises(MemoryError):
            play(backend_of(tiny), [TokenSequence([5, 301])], [[0]])
        assert tiny[0].training
    finally:
        tiny[0].eval()


@pytest.mark.usefixtures("by_transformers")
def test_only_what_is_new_is_fed(tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fed: list[list[int]] = []
    original = BatchSampler.forward

    def recording(sampler: BatchSampler, chunks: list[list[int]]) -> Any:
        fed.append([len(chunk) for chunk in chunks])
        return original(sampler, chunks)

    monkeypatch.setattr(BatchSampler, "forward", recording)
    sequence = TokenSequence([5, 301, 302])
    backend = backend_of(tiny)
    backend.sample([sequence], [np.random.default_rng(0)], [1])
    sequence.add_environment([400, 401])
    backend.sample([sequence], [np.random.default_rng(0)], [1])

    assert fed == [[2], [1], [1], [2], [1]], "prompt but its last id, that id, a turn, the environment, a turn"


def test_after_release_a_conversation_is_fed_anew_and_goes_on_the_same(tiny: Any) -> None:
    kept, released = TokenSequence([5, 301, 302]), TokenSequence([5, 301, 302])
    backend = backend_of(tiny, temperature=0.0)
    play(backend, [kept], [[0], [0]])

    other = backend_of(tiny, temperature=0.0)
    play(other, [released], [[0]])
    other.release()
    play(other, [released], [[0]])
    assert released.completion == kept.completion


@pytest.mark.parametrize(
    ("configured", "expected"), [(None, [2]), (2, [2]), (7, [2, 7]), ([9, 2, 4], [2, 4, 9]), ([], [2])]
)
def test_turns_end_with_the_ids_of_tokenizer_and_model(configured: Any, expected: list[int]) -> None:
    model = SimpleNamespace(generation_config=SimpleNamespace(eos_token_id=configured))

    assert eos_ids(model, SimpleNamespace(eos_token_id=2)) == expected


def test_a_tokenizer_may_have_no_end_id() -> None:
    model = SimpleNamespace(generation_config=SimpleNamespace(eos_token_id=7))

    assert eos_ids(model, SimpleNamespace(eos_token_id=None)) == [7]
