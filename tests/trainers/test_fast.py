"""Reused prompts, guessed turns and attention without copies: the same turns, sooner."""

from __future__ import annotations

import copy

import pytest
import torch
from desk_batches import play
from trace_trainers.engine.hf import backend
from trace_trainers.engine.hf.grouped_attention import NAME, use_grouped_attention
from trace_trainers.engine.hf.prefix_cache import PrefixCache
from trace_trainers.engine.hf.prompt_lookup import lookup
from trace_trainers.engine.hf.sampler import BatchSampler
from transformers import DynamicCache


@pytest.mark.parametrize(
    ("ids", "most", "expected"),
    [
        ([1, 2, 3, 9, 1, 2, 3], 2, [9, 1]),
        ([5, 1, 2, 7, 6, 1, 2, 8, 5, 1, 2], 1, [7]),  # three ids match there, only two at the later place
        ([1, 2, 7, 1, 2, 8, 1, 2], 1, [8]),
        ([1, 1, 1], 5, [1]),
        ([1, 2, 3], 5, []),
        ([2, 3], 5, []),
        ([1, 2, 3, 1, 2], 0, []),
        ([], 3, []),
    ],
)
def test_what_followed_the_longest_latest_match_is_proposed(ids: list[int], most: int, expected: list[int]) -> None:
    assert lookup(ids, most) == expected


@pytest.fixture
def by_transformers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Samples as with a model that no decoder can read, so that passes can be compared one to one."""
    monkeypatch.setattr(backend, "decoder_of", lambda model: None)


@pytest.mark.usefixtures("by_transformers")
@pytest.mark.parametrize("limits", [{}, {"max_new_tokens": 7}, {"max_context": 420}])
def test_turns_are_those_of_greedy_sampling_in_fewer_passes(tiny, monkeypatch: pytest.MonkeyPatch, limits) -> None:
    passes: list[int] = []
    original = BatchSampler.forward_last
    monkeypatch.setattr(BatchSampler, "forward_last", lambda *args: passes.append(1) or original(*args))
    plain, rows = play(tiny, 12, temperature=0.0, **limits)
    one_by_one = len(passes)
    drafted, again = play(tiny, 12, temperature=0.0, fast=True, **limits)
    assert [t.to_json() for t in drafted] == [t.to_json() for t in plain]
    assert [row.completion for row in again] == [row.completion for row in rows]
    assert [row.mask for row in again] == [row.mask for row in rows]
    for row, other in zip(again, rows, strict=True):
        assert row.logprobs == pytest.approx(other.logprobs, abs=2e-3)
    assert len(passes) - one_by_one < one_by_one


def test_columns_that_hold_nothing_are_dropped_without_a_trace(tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, rows = play(tiny, 12, temperature=0.0)
    widths: list[tuple[int, int]] = []
    original = BatchSampler.compact

    def compacted(sampler: BatchSampler) -> None:
        before = sampler._attention.shape[1]
        original(sampler, spare=3)
        widths.append((before, sampler._attention.shape[1]))
        assert sampler._cache.get_seq_length() == sampler._attention.shape[1]

    monkeypatch.setattr(BatchSampler, "compact", compacted)
    drafted, again = play(tiny, 12, temperature=0.0, fast=True)
    assert any(after < before for before, after in widths)
    assert [t.to_json() for t in drafted] == [t.to_json() for t in plain]
    assert [row.completion for row in again] == [row.completion for row in rows]


def test_one_conversation_alone_gives_the_same(tiny) -> None:
    together, _ = play(tiny, 6, temperature=0.0, fast=True)
    alone, _ = play(tiny, 6, temperature=0.0, fast=True, batch=1)
    assert [t.to_json() for t in together] == [t.to_json() for t in alone]


def test_sampled_turns_are_not_guessed(tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trace_trainers.engine.hf.backend.generate_drafted", None)
    plain, _ = play(tiny, 3, temperature=1.0)
    drafted, _ = play(tiny, 3, temperature=1.0, fast=True, batch=1)
    assert [t.to_json() for t in plain] == [t.to_json() for t in drafted]


@pytest.mark.usefixtures("by_transformers")
def test_known_prompts_are_fed_once(tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    fed: list[int] = []
    original = BatchSampler.forward_last

    def counted(sampler: BatchSampler, chunks: list[list[int]], last: int) -> torch.Tensor:
        fed.append(sum(map(len, chunks)))
        return original(sampler, chunks, last)

    monkeypatch.setattr(BatchSampler, "forward_last", counted)
    # sampled turns are not guessed, so that no rejected guess is counted
    plain, rows = play(tiny, 6, temperature=1.0, batch=1)
    whole = sum(fed)
    fast, again = play(tiny, 6, temperature=1.0, batch=1, fast=True)
    assert [t.to_json() for t in fast] == [t.to_json() for t in plain]
    assert [row.completion for row in again] == [row.completion for row in rows]
    assert sum(fed) - whole < whole


def test_the_prompts_used_last_are_kept() -> None:
    known = PrefixCache(most=2)
    for number in range(3):
        cache = DynamicCache()
        cache.update(torch.full((1, 1, 4, 2), float(number)), torch.zeros(1, 1, 4, 2), 0)
        known.keep([number, 5, 5, 5], cache)
        if number == 1:
            assert known.recall([0, 5, 9], DynamicCache()) == 2  # used, so the other is dropped
    assert known.recall([1, 5, 5, 5], DynamicCache()) == 0
    found = DynamicCache()
    assert known.recall([2, 5, 5, 5, 7], found) == 4
    assert found.layers[0].keys.unique().tolist() == [2.0]


def test_attention_without_copies_gives_the_same_logits(tiny) -> None:
    model = copy.deepcopy(tiny[0])
    ids, mask = torch.arange(3, 63).reshape(3, 20), torch.ones(3, 20, dtype=torch.long)
    mask[1, :7] = mask[2, 5:9] = 0
    with torch.no_grad():
        first = model(input_ids=ids, attention_mask=mask, use_cache=True)
        again = model(
            input_ids=ids[:, :4],
            attention_mask=torch.cat([mask, mask[:, -4:]], 1),
            past_key_values=first.past_key_values,
        )
        use_grouped_attention(model)
        assert model.config._attn_implementation == NAME
        grouped = model(input_ids=ids, attention_mask=mask, use_cache=True)
        torch.testing.assert_close(grouped.logits, first.logits, atol=1e-4, rtol=1e-4)
        later = model(
            input_ids=ids[:, :4],
            attention_mask=torch.cat([mask, mask[:, -4:]], 1),
            past_key_values=grouped.past_key_values,
        )
    torch.testing.assert_close(later.logits, again.logits, atol=1e-4, rtol=1e-4)


def test_many_queries_are_attended_in_pieces(tiny) -> None:
    model = copy.deepcopy(tiny[0])
    ids = torch.arange(2 * 600).reshape(2, 600) % 500 + 3
    mask = torch.ones(2, 600, dtype=torch.long)
    mask[1, :77] = 0
    with torch.no_grad():
        plain = model(input_ids=ids, attention_mask=mask).logits
        use_grouped_attention(model)
        pieces = model(input_ids=ids, attention_mask=mask).logits
    torch.testing.assert_close(pieces[mask.bool()], plain[mask.bool()], atol=1e-3, rtol=1e-3)
    assert not pieces.isnan().any()


def test_other_attention_is_left_alone(tiny) -> None:
    model = copy.deepcopy(tiny[0])
    model.set_attn_implementation("eager")
    use_grouped_attention(model)
    assert model.config._attn_implementation == "eager"
