"""Whatever a policy writes, the answer is an observation."""

from __future__ import annotations

from typing import Any

import pytest

from trace_gym import ToolEnv
from trace_gym.checks.robustness import TEXTS, texts, values

from .broken import Sound, robustness
from .helpers import sentences


class OddObservation(Sound):
    """Answers an empty turn with bytes."""

    def step(self, action: str) -> Any:
        observation, *rest = super().step(action)
        if action == " ":
            return observation.encode(), *rest
        return observation, *rest


class Damaged(Sound):
    """Loses its tools for good when a turn holds a NUL."""

    def step(self, action: str) -> Any:
        result = super().step(action)
        if action == "\0":
            self.tools.clear()
        return result


class SlipsOnTrue(Sound):
    """Fails when a call holds the value true."""

    def step(self, action: str) -> Any:
        if "true" in action:
            raise KeyError("true")
        return super().step(action)


class EndsOnSurplus(SlipsOnTrue):
    """Ends the episode at an argument too many, and so before a later turn of the batch is tried."""

    def step(self, action: str) -> Any:
        observation, reward, terminated, truncated, info = super().step(action)
        if "surplus" in action:
            self.episode.over = terminated = True
        return observation, reward, terminated, truncated, info


@pytest.mark.parametrize("check", [texts, values])
def test_a_sound_environment_survives_everything(check: Any) -> None:
    assert sentences(check, Sound) == []


def test_every_kind_of_odd_turn_is_tried() -> None:
    assert "" in TEXTS
    assert any(len(text) >= 1_000_000 for text in TEXTS)
    assert any("\ud800" in text for text in TEXTS)
    assert any("NaN" in text for text in TEXTS)


@pytest.mark.parametrize(
    ("cls", "sentence"),
    [
        (OddObservation, 'The turn " " gives an observation outside observation_space.'),
        (Damaged, 'After the turn "\\u0000" and a reset the solution no longer scores 1.'),
    ],
)
def test_the_turn_and_its_harm_are_named(cls: type[ToolEnv], sentence: str) -> None:
    assert sentences(texts, cls) == [sentence]


def test_an_exception_is_named_with_its_type_and_a_long_turn_is_shortened() -> None:
    found = sentences(texts, robustness.StrictJson)
    assert found[0].startswith('An episode with the turn "<tool_call>{</tool_call>" raises JSONDecodeError: ')
    assert all(len(sentence) < 300 for sentence in found)
    assert any('..." raises' in sentence for sentence in found)


@pytest.mark.parametrize("cls", [SlipsOnTrue, EndsOnSurplus])
def test_of_a_batch_of_odd_arguments_the_first_faulty_turn_is_named(cls: type[ToolEnv]) -> None:
    (sentence,) = sentences(values, cls)
    assert "true" in sentence
    assert sentence.endswith("raises KeyError: 'true'; return an observation.")


@pytest.mark.parametrize("cls", [robustness.FragileTool, robustness.TrustingTerm])
def test_arguments_that_a_tool_or_a_term_cannot_take_are_named_once(cls: type[ToolEnv]) -> None:
    assert len(sentences(values, cls)) == 1
