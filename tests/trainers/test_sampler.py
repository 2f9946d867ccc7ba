"""The batched sampler: its rows are what each conversation alone would be."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from trace_trainers.engine.hf.prefix_cache import PrefixCache
from trace_trainers.engine.hf.sampler import BatchSampler, common_prefix
from trace_trainers.engine.hf.sampling import Turns, sample
from trace_trainers.engine.sequence import TokenSequence

ROWS = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=6), min_size=1, max_size=4)


@pytest.fixture
def sampler(tiny) -> BatchSampler:
    return BatchSampler(tiny[0], pad_id=0, eos_ids=[1])


def alone(tiny, ids: list[int]) -> torch.Tensor:
    """The next-token logits of one conversation without a cache."""
    with torch.no_grad():
        return tiny[0](input_ids=torch.tensor([ids])).logits[0, -1].float()


def assert_rows(logits: torch.Tensor, tiny, conversations: list[list[int]]) -> None:
    for row, ids in enumerate(conversations):
        torch.testing.assert_close(logits[row], alone(tiny, ids), atol=1e-3, rtol=1e-3)


@given(ROWS)
def test_every_row_begins_with_the_common_prefix_and_keeps_an_id(rows: list[list[int]]) -> None:
    length = common_prefix(rows)

    assert all(row[:length] == rows[0][:length] for row in rows)
    assert all(len(row) > length for row in rows)
    if all(len(row) > length + 1 for row in rows):
        assert len({row[length] for row in rows}) > 1


def test_padding_changes_nothing(tiny, sampler: BatchSampler) -> None:
    conversations = [[5, 301, 302, 303], [5, 310]]

    assert_rows(sampler.forward(conversations), tiny, conversations)


def test_rows_grow_at_their_own_pace(tiny, sampler: BatchSampler) -> None:
    sampler.forward([[5, 301], [5, 310, 311]])
    sampler.forward([[302, 303], []])

    logits = sampler.forward([[304], [312]])
    assert_rows(logits, tiny, [[5, 301, 302, 303, 304], [5, 310, 311, 312]])


def test_what_is_rolled_back_leaves_no_trace(tiny, sampler: BatchSampler) -> None:
    sampler.forward([[5, 301, 399, 398], [5, 310]])
    sampler.rollback([2, 0])

    assert_rows(sampler.forward([[302], [311]]), tiny, [[5, 301, 302], [5, 310, 311]])


def test_unused_columns_are_dropped_and_few_are_tolerated(tiny, sampler: BatchSampler) -> None:
    sampler.forward([[5, 301, 302, 303], [5]])
    sampler.rollback([3, 0])
    sampler.compact(spare=3)
    assert sampler._attention.shape[1] == 4

    sampler.compact(spare=2)
    assert sampler._attention.shape[1] == 1
    assert_rows(sampler.forward([[304], [310]]), tiny, [[5, 304], [5, 310]])


def test_rows_can_be_dropped_and_reordered(tiny, sampler: BatchSampler) -> None:
    sampler.forward([[5, 301], [5, 310], [5, 320]])
    sampler.keep([2, 0])

    assert_rows(sampler.forward([[321], [302]]), tiny, [[5, 320, 321], [5, 301, 302]])


@pytest.mark.parametrize("prefix", [[], [5], [5, 301, 302]])
def test_a_shared_prefix_is_that_of_every_row(tiny, sampler: BatchSampler, prefix: list[int]) -> None:
    sampler.prefill_shared(prefix, 2)

    logits = sampler.forward([[303], [310, 311]])
    assert_rows(logits, tiny, [[*prefix, 303], [*prefix, 310, 311]])


def test_a_prefix_that_is_known_is_recalled(tiny) -> None:
    prefixes = PrefixCache()
    for prefix in ([5, 301, 302], [5, 301, 302], [5, 301, 309, 310]):
        sampler = BatchSampler(tiny[0], pad_id=0, eos_ids=[1])
        sampler.prefill_shared(prefix, 1, prefixes)
        assert_rows(sampler.forward([[303]]), tiny, [[*prefix, 303]])


def test_a_turn_ends_with_its_end_id_or_at_its_limit(tiny, sampler: BatchSampler) -> None:
    sequences = [TokenSequence([5, 301]), TokenSequence([5, 310])]
    logits = sampler.forward([sequence.ids for sequence in sequences])
    eos = {int(logits[0].argmax())}
    generators = [np.random.default_rng(0), np.random.default_rng(1)]

    turns = sampler.generate(logits, Turns(sequences, generators, temperature=0, most=[5, 3], eos=eos))
    assert turns[0] == list(eos)
    assert len(turns[1]) == 3 or turns[1][-1] in eos
    assert [sequence.completion for sequence in sequences] == turns


def test_a_row_draws_the_same_beside_others() -> None:
    logits = torch.randn(3, 50, generator=torch.Generator().manual_seed(0))
    together, together_logprobs = sample(logits, [np.random.default_rng(row) for row in range(3)], 0.7)

    for row in range(3):
        ids, logprobs = sample(logits[row : row + 1], [np.random.default_rng(row)], 0.7)
        assert ids == together[row : row + 1]
        assert logprobs == pytest.approx(together_logprobs[row : row + 1])


def test_one_number_is_drawn_per_id_and_none_at_temperature_zero() -> None:
    drawing, reference = np.random.default_rng(3), np.random.default_rng(3)
    sample(torch.zeros(1, 4), [drawing], 0)
    assert drawing.bit_generator.state == reference.bit_generator.state

    sample(torch.zeros(1, 4), [drawing], 1.0)
    reference.random()
    assert drawing.bit_generator.state == reference.bit_generator.state


def test_an_impossible_id_is_never_drawn() -> None:
    logits = torch.tensor([[-torch.inf, 0.0, -torch.inf, 0.0, -torch.inf]])
    generator = np.random.default_rng(0)

    assert {sample(logits, [generator], 1.0)[0][0] for _ in range(200)} == {1, 3}


def test_a_lower_temperature_sharpens() -> None:
    logits = torch.tensor([[0.0, 1.0]])
    _, cool = sample(logits, [np.random.default_rng(0)], 0.1)
    _, warm = sample(logits, [np.random.default_rng(0)], 1.0)

    assert cool[0] > warm[0]
