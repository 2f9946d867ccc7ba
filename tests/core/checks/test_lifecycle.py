"""Episodes end when they should, and infos are copies."""

from __future__ import annotations

from typing import Any

import pytest

from trace_gym import ToolEnv
from trace_gym.checks.lifecycle import ending, isolation, limits

from .broken import Sound, robustness
from .helpers import sentences


class RaisesBeforeReset(Sound):
    """Fails on a step without an episode."""

    def step(self, action: str) -> Any:
        if self._episode is None:
            raise AttributeError("no episode")
        return super().step(action)


class LateTruncation(Sound):
    """Counts its turns from one."""

    def step(self, action: str) -> Any:
        if self.episode.turns == 1 and "late" not in self.episode.state:
            self.episode.turns, self.episode.state["late"] = 0, True
        return super().step(action)


class OpenSchemas(Sound):
    """Hands out its own schemas."""

    def _info(self) -> dict[str, Any]:
        return {**super()._info(), "tools": self._schemas}


@pytest.mark.parametrize("check", [ending, limits, isolation])
def test_a_sound_environment_ends_and_is_isolated(check: Any) -> None:
    assert sentences(check, Sound) == []


def test_a_step_after_the_end_must_ask_for_a_reset() -> None:
    assert sentences(ending, robustness.StepsOn) == [
        "step after the end returns an observation, expected Gymnasium's ResetNeeded."
    ]


def test_a_step_before_the_start_must_not_fail_otherwise() -> None:
    assert sentences(ending, RaisesBeforeReset) == ["step before reset raises AttributeError, expected ResetNeeded."]


@pytest.mark.parametrize("cls", [robustness.Endless, LateTruncation])
def test_an_episode_past_the_turn_limit_is_named(cls: type[ToolEnv]) -> None:
    assert sentences(limits, cls) == ["The episode continues after max_turns = 12 turns; truncate it."]


@pytest.mark.parametrize("cls", [robustness.OpenLists, robustness.OpenRows, OpenSchemas])
def test_infos_that_are_not_copies_are_named(cls: type[ToolEnv]) -> None:
    assert sentences(isolation, cls) == [
        "Writing into the values of an info changes the reward or later episodes; return copies."
    ]
