"""Observations as vectors of hashed words."""

from __future__ import annotations

import zlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.wrappers import HashedText

from ..helpers import desk


def test_hashing_tells_texts_apart_and_ignores_case() -> None:
    env = HashedText(desk(), 512)
    one, other = env.observation("Cancel order W12."), env.observation("Return order W12.")
    assert np.isclose(np.linalg.norm(one), 1.0)
    assert np.array_equal(one, env.observation("cancel ORDER w12."))
    assert 0.1 < float(one @ other) < 0.9
    assert not env.observation("").any()
    assert not np.array_equal(HashedText(desk(), 512, ngrams=1).observation("a b"), env.observation("a b"))


def test_the_order_of_words_shows_in_longer_ngrams_only() -> None:
    single = HashedText(desk(), 256, ngrams=1)
    pairs = HashedText(desk(), 256, ngrams=2)
    assert np.array_equal(single.observation("cancel return"), single.observation("return cancel"))
    assert not np.array_equal(pairs.observation("cancel return"), pairs.observation("return cancel"))


def test_half_a_character_is_hashed_too() -> None:
    assert HashedText(desk(), 64).observation("\ud800 alone").any()


def test_words_at_one_place_with_opposite_signs_cancel_to_zeros() -> None:
    env = HashedText(desk(), 1, ngrams=1)
    codes = {word: zlib.crc32(word.encode()) & 1 for word in ("a", "b", "c", "d", "e", "f")}
    plus = next(word for word, bit in codes.items() if bit)
    minus = next(word for word, bit in codes.items() if not bit)
    assert env.observation(plus).tolist() == [1.0]
    assert env.observation(minus).tolist() == [-1.0]
    assert env.observation(f"{plus} {minus}").tolist() == [0.0]


def test_vectors_never_change() -> None:
    # stored policies were trained on them
    assert HashedText(desk(), 8, ngrams=1).observation("Cancel").tolist() == [0.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]


@given(st.text(max_size=60))
def test_any_observation_is_a_member(text: str) -> None:
    env = HashedText(desk(), 32)
    vector = env.observation(text)
    assert vector in env.observation_space
    assert np.isclose(np.linalg.norm(vector), 1.0, atol=1e-5) or not vector.any()
