"""The text spaces."""

from __future__ import annotations

import copy
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.env.parsing import parse_turn
from trace_gym.env.spaces import MAX_CHARS, AssistantTurn, Utf8Text
from trace_gym.env.types import ToolCall

from ..helpers import desk


@pytest.mark.parametrize("text", ["", "a", "two words\n", "café 日本 🛒", "x" * MAX_CHARS])
def test_text_is_contained(text: str) -> None:
    assert text in Utf8Text()


@pytest.mark.parametrize("value", ["x" * (MAX_CHARS + 1), "\ud800", "a\udfff", 3, None, b"a", ["a"], np.zeros(2)])
def test_anything_else_is_not(value: Any) -> None:
    assert value not in Utf8Text()


@given(st.text())
def test_every_encodable_text_is_contained(text: str) -> None:
    assert text in Utf8Text()


def test_the_length_is_the_users() -> None:
    assert "abc" in Utf8Text(max_chars=3)
    assert "abcd" not in Utf8Text(max_chars=3)


def test_observation_samples_are_members() -> None:
    space = Utf8Text(seed=0)
    samples = {space.sample() for _ in range(50)}
    assert len(samples) > 1
    assert all(sample in space for sample in samples)


def test_action_samples_are_valid_calls_or_messages() -> None:
    env = desk()
    env.action_space.seed(0)
    called, messages = set(), 0
    for _ in range(300):
        sample = env.action_space.sample()
        assert sample in env.action_space
        turn = parse_turn(sample)
        messages += not turn.calls
        for found in turn.calls:
            assert isinstance(found, ToolCall)
            env.tools[found.name]._validator.validate(dict(found.arguments))
            called.add(found.name)
    assert called == set(env.tools)
    assert 30 <= messages <= 90  # a fifth, 60 of 300


def test_samples_repeat_with_the_seed() -> None:
    env = desk()

    def samples(seed: int) -> list[str]:
        env.action_space.seed(seed)
        return [env.action_space.sample() for _ in range(10)]

    assert samples(5) == samples(5)
    assert samples(5) != samples(6)


def test_without_tools_messages_are_sampled() -> None:
    assert parse_turn(AssistantTurn([], seed=0).sample()).calls == ()


def test_equality_is_by_what_defines_a_space() -> None:
    assert Utf8Text() == Utf8Text(seed=3)
    assert Utf8Text() != Utf8Text(max_chars=5)
    assert desk().action_space == desk(split="mine").action_space
    assert desk().action_space != AssistantTurn([])
    assert Utf8Text() != gym.spaces.Text(5)


def test_spaces_are_copied_and_shown() -> None:
    space = desk().action_space
    assert copy.deepcopy(space) == space
    assert repr(Utf8Text(max_chars=7)) == "Utf8Text(max_chars=7)"
