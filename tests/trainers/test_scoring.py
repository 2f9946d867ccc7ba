from __future__ import annotations

import pytest
import torch
from trace_trainers.engine.hf import scoring
from trace_trainers.engine.hf.scoring import score
from trace_trainers.grpo.trainer import by_length
from trace_trainers.policies.loading import load_model

PREFIX = [7, 301, 302, 303, 304]


@pytest.fixture(scope="module")
def model():
    return load_model("tiny")


def padded(prompts: list[list[int]], completions: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Prompts padded left, completions padded right; the last is the completions' mask."""
    left, right = max(map(len, prompts)), max(map(len, completions))
    ids, mask = [], []
    for prompt, completion in zip(prompts, completions, strict=True):
        before, after = left - len(prompt), right - len(completion)
        ids.append([0] * before + prompt + completion + [0] * after)
        mask.append([0] * before + [1] * (len(prompt) + len(completion)) + [0] * after)
    attention = torch.tensor(mask)
    return torch.tensor(ids), attention, attention[:, left:]


def plain(model, prompt: list[int], completion: list[int], temperature: float) -> torch.Tensor:
    logits = model(input_ids=torch.tensor([prompt + completion])).logits[0, len(prompt) - 1 : -1] / temperature
    return logits.log_softmax(-1).gather(1, torch.tensor(completion)[:, None])[:, 0]


@pytest.mark.parametrize("shared", [PREFIX, []])
def test_scores_and_gradients_are_those_of_a_plain_forward_pass(model, shared):
    prompts = [[*shared, 310], [*shared, 311, 312, 313], [*shared, 314, 315]]
    completions = [[320, 321, 322, 323], [324], [325, 326]]
    ids, attention, scored = padded(prompts, completions)
    weight = model.model.layers[0].self_attn.q_proj.weight
    logprobs, entropies = score(model, ids, attention, scored, 0.7)
    (mine,) = torch.autograd.grad(logprobs.sum(), weight)
    rows = [plain(model, p, c, 0.7) for p, c in zip(prompts, completions, strict=True)]
    (theirs,) = torch.autograd.grad(torch.cat(rows).sum(), weight)
    for i, row in enumerate(rows):
        torch.testing.assert_close(logprobs[i, : len(row)], row, atol=1e-4, rtol=1e-4)
        assert not logprobs[i, len(row) :].any()
    torch.testing.assert_close(mine, theirs, atol=1e-3, rtol=1e-3)
    assert mine.abs().max() > 0
    assert (entropies[scored.bool()] > 0).all()


def test_chunks_change_nothing(model, monkeypatch):
    ids, attention, scored = padded([[*PREFIX, 310], [*PREFIX, 311]], [[320, 321, 322], [324, 325]])
    weight = model.model.layers[0].self_attn.q_proj.weight
    results = []
    for most in (2**26, 2 * model.config.vocab_size):
        monkeypatch.setattr(scoring, "_MOST_LOGITS", most)
        logprobs, entropies = score(model, ids, attention, scored, 0.7)
        results.append((logprobs, entropies, *torch.autograd.grad(logprobs.sum(), weight)))
    for whole, chunked in zip(*results, strict=True):
        torch.testing.assert_close(whole, chunked, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("most", [2**25, 2 * 893])
def test_a_frozen_head_gives_the_same_scores_and_gradients(model, monkeypatch, most):
    ids, attention, scored = padded([[*PREFIX, 310], [*PREFIX, 311]], [[320, 321, 322], [324, 325]])
    weight = model.model.layers[0].self_attn.q_proj.weight
    factors = torch.tensor([[1.0, -2.0, 0.5], [3.0, 0.0, 1.0]])
    logprobs, entropies = score(model, ids, attention, scored, 0.7)
    (gradient,) = torch.autograd.grad((logprobs * factors).sum(), weight)

    monkeypatch.setattr(scoring, "_MOST_LOGITS", most)
    head = model.get_output_embeddings().weight
    head.requires_grad_(False)
    try:
        frozen_logprobs, frozen_entropies = score(model, ids, attention, scored, 0.7)
        (frozen_gradient,) = torch.autograd.grad((frozen_logprobs * factors).sum(), weight)
    finally:
        head.requires_grad_(True)
    torch.testing.assert_close(frozen_logprobs, logprobs, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(frozen_entropies, entropies, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(frozen_gradient, gradient, atol=1e-4, rtol=1e-4)
    assert not frozen_entropies.requires_grad


def test_only_what_is_asked_for_is_scored(model):
    ids, attention, scored = padded([[*PREFIX, 310], [*PREFIX, 311]], [[320, 321, 322], [324, 325]])
    everything, _ = score(model, ids, attention, scored, 1.0)
    some = scored * torch.tensor([[1, 0, 1], [0, 1, 0]])
    logprobs, _ = score(model, ids, attention, some, 1.0)
    torch.testing.assert_close(logprobs, everything * some)


def test_micro_batches_hold_rollouts_of_like_length():
    batch = {
        "prompt_mask": torch.ones(4, 2, dtype=torch.long),
        "completion_mask": torch.tensor([[1, 1, 1], [1, 0, 0], [1, 1, 0], [1, 1, 1]]),
        "advantages": torch.tensor([1.0, -1.0, 0.5, 0.0]),
        "num_items_in_batch": torch.tensor(9),
    }
    halves = [{k: v if v.dim() == 0 else v[i : i + 2] for k, v in batch.items()} for i in (0, 2)]
    first, second = by_length(halves)
    assert first["advantages"].tolist() == [0.0, -1.0]
    assert second["advantages"].tolist() == [0.5, 1.0]
    assert second["completion_mask"].tolist() == [[1, 1, 0], [1, 1, 1]]
    assert first["num_items_in_batch"] == second["num_items_in_batch"] == 9
