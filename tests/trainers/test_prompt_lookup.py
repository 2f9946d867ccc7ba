"""Drafts from the conversation itself: what the model confirms is taken, and the rest is taken back."""

from __future__ import annotations

import itertools

import torch
from hypothesis import given
from hypothesis import strategies as st
from trace_trainers.engine.hf.prompt_lookup import _cut, _Turn, lookup
from trace_trainers.engine.sequence import TokenSequence

EOS = 0
VOCABULARY = 100


def logits_for(*likeliest: int) -> torch.Tensor:
    """Logits after which each of these ids is the likeliest."""
    logits = torch.zeros(len(likeliest), VOCABULARY)
    for row, token in enumerate(likeliest):
        logits[row, token] = 5.0
    return logits


def turn_after(prompt: list[int], first: int, most: int = 100) -> _Turn:
    """A turn whose first id has been taken."""
    turn = _Turn(TokenSequence(prompt), frozenset({EOS}), most)
    turn.take(logits_for(first), [])
    return turn


@given(st.lists(st.integers(0, 3), max_size=30), st.integers(0, 6))
def test_what_is_proposed_followed_an_occurrence_of_the_newest_ids(ids: list[int], most: int) -> None:
    proposed = lookup(ids, most)

    assert len(proposed) <= most
    if proposed:
        evidence = [*ids[-2:], *proposed]
        starts = range(len(ids) - len(evidence) + 1)
        assert any(ids[start : start + len(evidence)] == evidence for start in starts)


@given(st.lists(st.integers(0, 3), min_size=2, max_size=30))
def test_nothing_is_proposed_only_if_the_newest_pair_is_new(ids: list[int]) -> None:
    *earlier_pairs, newest_pair = itertools.pairwise(ids)

    assert bool(lookup(ids, 3)) == (newest_pair in earlier_pairs)


def test_a_confirmed_draft_is_taken_with_the_id_after_it() -> None:
    turn = turn_after([5, 6, 7, 8, 5], first=6)
    draft = turn.draft()
    assert draft[:2] == [7, 8]

    assert turn.take(logits_for(7, 8, 9), draft[:2]) == 0
    assert turn.ids == [6, 7, 8, 9]
    assert turn.waiting == [9]


def test_a_draft_is_taken_up_to_the_first_id_that_is_not_confirmed() -> None:
    turn = turn_after([5, 6, 7, 8, 5], first=6)

    assert turn.take(logits_for(7, 4, 9), [7, 8]) == 1
    assert turn.ids == [6, 7, 4]
    assert turn.waiting == [4]


def test_a_draft_that_fails_at_once_gives_the_id_of_a_plain_pass() -> None:
    turn = turn_after([5, 6, 7, 8, 5], first=6)

    assert turn.take(logits_for(3, 4, 9), [7, 8]) == 2
    assert turn.ids == [6, 3]


def test_nothing_is_taken_after_the_end_of_a_turn() -> None:
    turn = turn_after([5, 6, EOS, 8, 5], first=6)

    assert turn.take(logits_for(EOS, 8, 9), [EOS, 8]) == 1
    assert turn.ids == [6, EOS]
    assert turn.waiting == []
    assert turn.draft() == []


def test_a_turn_is_cut_at_its_limit_within_a_draft() -> None:
    turn = turn_after([5, 6, 7, 8, 5], first=6, most=2)

    assert turn.draft() == [], "the pass itself gives the last id"
    turn.take(logits_for(7), [])
    assert turn.ids == [6, 7]
    assert turn.draft() == []


def test_confirmed_drafts_grow_and_a_refused_one_starts_over() -> None:
    turn = turn_after([*range(10, 99), 10], first=11)
    lengths = []
    for _ in range(4):
        draft = turn.draft()
        lengths.append(len(draft))
        turn.take(logits_for(*draft, draft[-1] + 1), draft)
    assert lengths == [4, 8, 16, 32]
    assert turn.ids == list(range(11, 76))

    draft = turn.draft()
    turn.take(logits_for(*[11] * (len(draft) + 1)), draft)
    turn.take(logits_for(12), [])
    assert turn.draft() == [13, 14, 15, 16]


def test_logprobs_are_those_of_the_ids_taken() -> None:
    turn = turn_after([5, 6, 7, 8, 5], first=6)
    logits = logits_for(7, 4)
    turn.take(logits, [7])

    expected = torch.log_softmax(logits, dim=-1)
    torch.testing.assert_close(torch.tensor(turn._sequence.logprobs[1:]), expected[[0, 1], [7, 4]])


@given(st.lists(st.lists(st.integers(1, 9), max_size=8), min_size=1, max_size=6))
def test_drafts_are_cut_to_one_length(drafts: list[list[int]]) -> None:
    cut = _cut(drafts)
    longest = max(map(len, cut))

    for draft, kept in zip(drafts, cut, strict=True):
        assert kept == draft[:longest]


def test_one_long_draft_among_many_rows_is_not_worth_its_width() -> None:
    drafts = [[1] * 32, *[[] for _ in range(200)]]

    assert _cut(drafts)[0] == []
    assert _cut(drafts[:1]) == [[1] * 32]
