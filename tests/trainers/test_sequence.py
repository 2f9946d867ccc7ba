"""Token sequences: prompt, sampled ids and the environment's ids."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from trace_trainers.engine.sequence import TokenSequence

TOKENS = st.integers(0, 100)
PIECES = st.lists(st.one_of(TOKENS, st.lists(TOKENS, max_size=4)), max_size=12)


@given(st.lists(TOKENS, max_size=5), PIECES)
def test_ids_masks_and_logprobs_stay_aligned(prompt: list[int], pieces: list[int | list[int]]) -> None:
    sequence = TokenSequence(list(prompt))
    expected = list(prompt)
    sampled = 0
    for piece in pieces:
        if isinstance(piece, list):
            sequence.add_environment(piece)
            expected += piece
        else:
            sequence.add_sampled(piece, -1.0)
            expected.append(piece)
            sampled += 1

    assert sequence.ids == expected
    assert len(sequence) == len(expected)
    assert len(sequence.completion) == len(sequence.mask) == len(sequence.logprobs)
    assert sum(sequence.mask) == sampled
    assert sum(sequence.logprobs) == -sampled


def test_sequences_are_compared_by_identity() -> None:
    first, second = TokenSequence([1]), TokenSequence([1])

    assert first != second
    assert second not in [first]
    assert len({first, second}) == 2


def test_sequences_share_no_lists() -> None:
    first, second = TokenSequence([1]), TokenSequence([1])
    first.add_sampled(2, -0.1)

    assert second.completion == second.mask == second.logprobs == []
