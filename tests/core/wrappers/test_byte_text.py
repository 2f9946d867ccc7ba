"""Observations as bytes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.wrappers import ByteText

from ..helpers import desk


def test_bytes_are_cut_and_padded() -> None:
    env = desk()
    assert bytes(ByteText(env, 6).observation("né")) == b"n\xc3\xa9\0\0\0"
    assert bytes(ByteText(env, 3).observation("abcdef")) == b"def"
    assert bytes(ByteText(env, 3, keep="start").observation("abcdef")) == b"abc"


@pytest.mark.parametrize("keep", ["start", "end"])
def test_a_text_of_the_exact_length_is_whole(keep: Any) -> None:
    assert bytes(ByteText(desk(), 3, keep=keep).observation("abc")) == b"abc"


def test_the_empty_text_is_all_padding() -> None:
    assert not ByteText(desk(), 4).observation("").any()


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=40))
def test_any_observation_is_a_member(text: str) -> None:
    env = ByteText(desk(), 16)
    vector = env.observation(text)
    assert vector in env.observation_space
    assert bytes(vector).rstrip(b"\0") in text.encode() + b"\0"
