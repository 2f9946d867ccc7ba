"""The reward is in range, is paid at the end, and is lost by damage elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from trace_gym import ToolEnv
from trace_gym.checks.rewards import collateral, ranges
from trace_gym.env.episode import Episode

from .broken import Sound
from .broken import rewards as faults
from .helpers import sentences


class NotANumber(Sound):
    """Pays NaN."""

    def step(self, action: str) -> Any:
        observation, _, terminated, truncated, info = super().step(action)
        return observation, float("nan"), terminated, truncated, info


class AlwaysSuccess(Sound):
    """Calls every end a success."""

    def step(self, action: str) -> Any:
        observation, reward, terminated, truncated, info = super().step(action)
        if terminated or truncated:
            info["success"] = True
        return observation, reward, terminated, truncated, info


class NoTerms(Sound):
    """Leaves the terms out."""

    def step(self, action: str) -> Any:
        observation, reward, terminated, truncated, info = super().step(action)
        info.pop("reward_terms", None)
        return observation, reward, terminated, truncated, info


class LargeTerm(Sound):
    """Shows a term above 1."""

    def step(self, action: str) -> Any:
        observation, reward, terminated, truncated, info = super().step(action)
        if "reward_terms" in info:
            info["reward_terms"] = {**info["reward_terms"], "speed": 3.0}
        return observation, reward, terminated, truncated, info


class ReadsOnly(Sound):
    """Offers no write, so that there is nothing to damage."""

    def candidate_calls(self) -> Any:
        return [call for call in super().candidate_calls() if call.name == "count"]

    def terms(self, episode: Episode) -> dict[str, float]:
        return {**super().terms(episode), "no_collateral": 1.0}


class SeldomFinished(faults.BlindToDamage):
    """Finishes the solution of its first task alone."""

    def oracle(self) -> list[str]:
        return super().oracle()[: None if self.index == 0 else -1]


@pytest.mark.parametrize(
    ("cls", "sentence"),
    [
        (faults.OutOfRange, "pays 2.0, expected a number in [0, 1]."),
        (faults.Negative, "pays -1.0, expected a number in [0, 1]."),
        (NotANumber, "On task 0 step 1 pays nan, expected a number in [0, 1]."),
        (faults.PaysEarly, "On task 0 step 1 of 3 pays 0.01, expected 0 before the end."),
        (AlwaysSuccess, "info['success'] is True with a reward of 0."),
        (NoTerms, "info['reward_terms'] is None at the end, expected numbers in [0, 1] by name."),
        (LargeTerm, "'speed': 3.0} at the end, expected numbers in [0, 1] by name."),
    ],
)
def test_a_faulty_reward_is_named_once(cls: type[ToolEnv], sentence: str) -> None:
    (found,) = sentences(ranges, cls)
    assert sentence in found


def test_a_needless_write_that_costs_nothing_is_named_with_an_example() -> None:
    (sentence,) = sentences(collateral, faults.BlindToDamage)
    assert "8 of 8 solutions with a needless write still score 1 (such as clear({" in sentence


def test_episodes_that_do_not_end_say_nothing_about_damage() -> None:
    (sentence,) = sentences(collateral, SeldomFinished, tasks=24)
    assert sentence.startswith("2 of 2 solutions with a needless write still score 1")


@pytest.mark.parametrize("cls", [Sound, ReadsOnly])
def test_where_damage_costs_or_cannot_be_done_there_is_nothing_to_find(cls: type[ToolEnv]) -> None:
    assert sentences(collateral, cls) == []


def test_a_sound_reward_is_in_range() -> None:
    assert sentences(ranges, Sound, tasks=8) == []
