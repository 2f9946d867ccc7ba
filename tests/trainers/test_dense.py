"""The decoder that reads a model's weights: what it gives is what the model gives, and the weights stay as they are."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
from desk_batches import play
from peft import LoraConfig, get_peft_model
from trace_trainers.engine.hf import backend, dense_decoder
from trace_trainers.engine.hf.dense_decoder import DenseDecoder, decoder_of
from trace_trainers.engine.hf.dense_sampler import DenseSampler
from trace_trainers.engine.hf.packing import product
from trace_trainers.engine.hf.projections import Projection, is_plain
from trace_trainers.engine.hf.sampling import Turns
from trace_trainers.engine.sequence import TokenSequence
from transformers import GemmaConfig, GemmaForCausalLM, LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

SIZES = {
    "vocab_size": 97,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "tie_word_embeddings": False,
}
LINEAR_ROPE = {"rope_type": "linear", "factor": 2.0, "rope_theta": 1e4}
PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def llama(**settings: Any) -> Any:
    torch.manual_seed(0)
    return LlamaForCausalLM(LlamaConfig(**SIZES, **settings)).eval()


def qwen(**settings: Any) -> Any:
    torch.manual_seed(0)
    return Qwen2ForCausalLM(Qwen2Config(**SIZES, **settings)).eval()


def with_lora(model: Any, **settings: Any) -> Any:
    """The model with an adapter that changes a lot."""
    lora = LoraConfig(r=4, lora_alpha=8, target_modules=PROJECTIONS, task_type="CAUSAL_LM", **settings)
    adapted = get_peft_model(model, lora)
    torch.manual_seed(1)
    for name, weight in adapted.named_parameters():
        if "lora_" in name:
            weight.data.normal_(0, 0.1)
    return adapted


def next_logits(model: Any, ids: list[int]) -> torch.Tensor:
    with torch.no_grad():
        return model(input_ids=torch.tensor([ids])).logits[0, -1].float()


def sampler_of(model: Any) -> DenseSampler:
    decoder = decoder_of(model)
    assert decoder is not None
    return DenseSampler(decoder)


@pytest.mark.parametrize("make", [llama, qwen])
@pytest.mark.parametrize("settings", [{}, {"rope_parameters": LINEAR_ROPE}])
def test_logits_are_those_of_the_model_with_its_adapter(make: Any, settings: dict[str, Any]) -> None:
    model = with_lora(make(**settings))
    sampler = sampler_of(model)
    sampler.prefill_shared([5, 6], 3)
    conversations = [[5, 6, 7], [5, 6, 8, 9, 10], [5, 6, 7]]
    logits = sampler.forward([ids[2:] for ids in conversations])

    more = [[20], [21, 22, 23], [24, 25]]
    logits_after = sampler.forward(more)
    for row, ids in enumerate(conversations):
        torch.testing.assert_close(logits[row], next_logits(model, ids), atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(logits_after[row], next_logits(model, ids + more[row]), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("make", [llama, qwen])
def test_in_bfloat16_logits_are_those_of_the_model_up_to_its_rounding(make: Any) -> None:
    model = with_lora(make().to(torch.bfloat16))
    exact = with_lora(make())
    sampler = sampler_of(model)
    sampler.prefill_shared([], 1)
    ids = list(range(5, 45))

    errors = (sampler.forward([ids])[0] - next_logits(exact, ids)).abs().max()
    assert errors < 2 * (next_logits(model, ids) - next_logits(exact, ids)).abs().max()


def test_in_bfloat16_adapters_are_not_merged_into_the_weights() -> None:
    layer = with_lora(llama().to(torch.bfloat16)).get_base_model().model.layers[0].mlp.up_proj
    states = torch.randn(7, SIZES["hidden_size"]).to(torch.bfloat16)

    with torch.no_grad():
        assert torch.equal(Projection([layer])(states), layer(states))


def test_a_packed_weight_multiplies_as_it_did_and_follows_its_changes() -> None:
    weight = torch.randn(40, 32).to(torch.bfloat16)
    states = torch.randn(5, 3, 32).to(torch.bfloat16)
    for _ in range(2):
        torch.testing.assert_close(product(weight, None)(states), states @ weight.T)
        bias = torch.randn(40).to(torch.bfloat16)
        torch.testing.assert_close(product(weight, bias)(states), torch.nn.functional.linear(states, weight, bias))
        weight.mul_(-2)


def test_where_weights_cannot_be_packed_they_are_used_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.ops, "mkldnn", object())
    weight = torch.randn(40, 32).to(torch.bfloat16)
    states = torch.randn(5, 32).to(torch.bfloat16)

    assert torch.equal(product(weight, None)(states), states @ weight.T)


def test_a_merged_adapter_does_what_it_does_beside_the_weights() -> None:
    layers = with_lora(qwen()).get_base_model().model.layers[0].self_attn
    parts = [layers.q_proj, layers.k_proj, layers.v_proj]
    states = torch.randn(7, SIZES["hidden_size"])

    with torch.no_grad():
        merged, beside = Projection(parts)(states), torch.cat([part(states) for part in parts], dim=-1)
    torch.testing.assert_close(merged, beside, atol=1e-5, rtol=1e-5)


def test_sampling_leaves_every_weight_as_it_was() -> None:
    model = with_lora(llama())
    before = copy.deepcopy(model.state_dict())
    sampler = sampler_of(model)
    sampler.prefill_shared([5], 2)
    sequences = [TokenSequence([5, 7]), TokenSequence([5, 8])]
    generators = [np.random.default_rng(row) for row in range(2)]
    turns = Turns(sequences, generators, temperature=1.0, most=[6, 6], eos=[1])
    sampler.generate(sampler.forward([[7], [8]]), turns)

    assert all(torch.equal(weight, before[name]) for name, weight in model.state_dict().items())


def test_the_adapter_that_is_switched_on_is_read() -> None:
    model = with_lora(llama())
    ids = [5, 6, 7]
    with model.disable_adapter():
        base = sampler_of(model)
        expected = next_logits(model, ids)
    base.prefill_shared([], 1)

    torch.testing.assert_close(base.forward([ids])[0], expected, atol=1e-5, rtol=1e-5)
    assert (expected - next_logits(model, ids)).abs().max() > 0.01


def test_dropout_of_a_model_in_training_does_not_reach_its_samples() -> None:
    model = with_lora(llama(), lora_dropout=0.5)
    expected = next_logits(model.eval(), [5, 6])
    sampler = sampler_of(model.train())
    sampler.prefill_shared([], 1)

    torch.testing.assert_close(sampler.forward([[5, 6]])[0], expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("temperature", [1.0, 0.0])
def test_episodes_are_those_of_transformers_own_forward_pass(
    tiny: Any, monkeypatch: pytest.MonkeyPatch, temperature: float
) -> None:
    dense, dense_rows = play(tiny, 12, temperature=temperature)
    monkeypatch.setattr(backend, "decoder_of", lambda model: None)
    plain, plain_rows = play(tiny, 12, temperature=temperature)

    assert [episode.to_json() for episode in dense] == [episode.to_json() for episode in plain]
    for row, other in zip(dense_rows, plain_rows, strict=True):
        assert (row.completion, row.mask) == (other.completion, other.mask)
        assert row.logprobs == pytest.approx(other.logprobs, abs=1e-3)


def test_rows_that_are_done_are_not_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    rows_of_passes: list[int] = []
    original = DenseDecoder.states

    def counted(decoder: DenseDecoder, ids: torch.Tensor, *args: Any) -> torch.Tensor:
        rows_of_passes.append(len(ids))
        return original(decoder, ids, *args)

    monkeypatch.setattr(DenseDecoder, "states", counted)
    sampler = sampler_of(llama())
    sequences = [TokenSequence([5, 10 + row]) for row in range(4)]
    sampler.prefill_shared([5], 4)
    logits = sampler.forward([sequence.ids[1:] for sequence in sequences])
    generators = [np.random.default_rng(row) for row in range(4)]
    sampler.generate(logits, Turns(sequences, generators, temperature=0, most=[1, 4, 2, 2], eos=[]))

    assert rows_of_passes == [1, 4, 3, 1, 1], "the shared id, the prompts, and then what still goes on"
    assert sampler.lengths == [2, 5, 3, 3], "the last id of a turn waits for the next one"


def test_attempts_at_one_task_are_fed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes: list[tuple[int, ...]] = []
    original = DenseDecoder.states

    def counted(decoder: DenseDecoder, ids: torch.Tensor, *args: Any) -> torch.Tensor:
        shapes.append(tuple(ids.shape))
        return original(decoder, ids, *args)

    monkeypatch.setattr(DenseDecoder, "states", counted)
    model = llama()
    sampler = sampler_of(model)
    sampler.prefill_shared([5], 4)
    logits = sampler.forward([[6, 7], [6, 8], [6, 7], [6, 7]])

    assert shapes == [(1, 1), (2, 2)]
    for row, ids in enumerate([[5, 6, 7], [5, 6, 8], [5, 6, 7], [5, 6, 7]]):
        torch.testing.assert_close(logits[row], next_logits(model, ids), atol=1e-5, rtol=1e-5)


def test_rows_can_be_dropped_and_reordered_and_the_cache_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trace_trainers.engine.hf.dense_sampler._SPARE_COLUMNS", 1)
    model = llama()
    sampler = sampler_of(model)
    conversations = [[5, 10 + row] for row in range(5)]
    sampler.prefill_shared([5], 5)
    sampler.forward([ids[1:] for ids in conversations])
    for rows in ([4, 0, 2, 3], [3, 1], [0, 1], [1]):
        sampler.keep(rows)
        conversations = [[*conversations[row], 30 + row, 31] for row in rows]
        logits = sampler.forward([ids[-2:] for ids in conversations])
        for row, ids in enumerate(conversations):
            torch.testing.assert_close(logits[row], next_logits(model, ids), atol=1e-5, rtol=1e-5)


def hooked() -> Any:
    model = llama()
    model.model.layers[0].register_forward_hook(lambda *_: None)
    return model


def gemma() -> Any:
    return GemmaForCausalLM(GemmaConfig(**{**SIZES, "head_dim": 8}))


def with_other_head() -> Any:
    model = llama()
    model.lm_head = torch.nn.Sequential(model.lm_head)
    return model


OTHERS = {
    "another class": gemma,
    "hooks": hooked,
    "another activation": lambda: llama(hidden_act="gelu"),
    "changing rotary embedding": lambda: llama(
        rope_parameters={"rope_type": "dynamic", "factor": 2.0, "rope_theta": 1e4}
    ),
    "sliding window": lambda: qwen(use_sliding_window=True, sliding_window=4, max_window_layers=1),
    "dora": lambda: with_lora(llama(), use_dora=True),
    "another head": with_other_head,
    "embeddings with an adapter": lambda: get_peft_model(llama(), LoraConfig(target_modules=["embed_tokens"])),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_not_known_is_left_to_transformers(name: str) -> None:
    assert decoder_of(OTHERS[name]()) is None


def test_a_model_too_large_to_copy_is_left_to_transformers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense_decoder, "_MOST_COPIED", 1000)

    assert decoder_of(llama()) is None
    assert decoder_of(llama().to(torch.bfloat16)) is not None, "whose weights are used where they lie"


@pytest.mark.parametrize("settings", [{"use_dora": True}, {"lora_bias": True}])
def test_adapters_of_other_kinds_are_not_plain(settings: dict[str, Any]) -> None:
    model = with_lora(llama(attention_bias=True, mlp_bias=True), **settings)
    layer = model.get_base_model().model.layers[0].self_attn.q_proj

    assert not is_plain(layer)
