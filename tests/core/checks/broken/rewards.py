"""Faults of the reward."""

from __future__ import annotations

from typing import Any

from trace_gym import RewardRule, ToolEnv
from trace_gym.env.episode import Episode

from .sound import Sound


class OutOfRange(Sound):
    """Pays more than 1."""

    def step(self, action: str) -> Any:
        observation, reward, terminated, truncated, info = super().step(action)
        return observation, reward * 2, terminated, truncated, info


class PaysEarly(Sound):
    """Pays for every step."""

    def step(self, action: str) -> Any:
        observation, reward, terminated, truncated, info = super().step(action)
        return observation, reward if terminated or truncated else 0.01, terminated, truncated, info


class Negative(Sound):
    """Fines a failure."""

    def step(self, action: str) -> Any:
        observation, reward, terminated, truncated, info = super().step(action)
        lost = (terminated or truncated) and reward == 0
        return observation, -1.0 if lost else reward, terminated, truncated, info


class BlindToDamage(Sound):
    """Does not see what else was changed."""

    def terms(self, episode: Episode) -> dict[str, float]:
        return {**super().terms(episode), "no_collateral": 1.0}


class PaysForNames(Sound):
    """Pays for calling the right tools, whatever their arguments."""

    reward_rule = RewardRule(weights={"names": 0.8}, joint=0.2)

    def terms(self, episode: Episode) -> dict[str, float]:
        wanted = [call.name for call in episode.task.gold_calls]
        called = [record.call.name for record in episode.calls]
        return {**super().terms(episode), "names": float(called[: len(wanted)] == wanted)}


class PaysForClaims(Sound):
    """Pays for saying that it was done."""

    reward_rule = RewardRule(weights={"polite": 0.5}, joint=0.5)

    def terms(self, episode: Episode) -> dict[str, float]:
        return {**super().terms(episode), "polite": float(any("." in text for text in episode.said))}


class PaysForTrying(Sound):
    """Pays for one write on what the user names, before anything was read."""

    reward_rule = RewardRule(weights={"outcome": 0.5}, joint=0.5)


class PaysForTime(Sound):
    """Pays for staying to the last turn."""

    reward_rule = RewardRule(weights={"patient": 0.5}, joint=0.5)

    def terms(self, episode: Episode) -> dict[str, float]:
        patient = episode.turns >= self.max_turns or episode.communicated()
        return {**super().terms(episode), "patient": float(patient)}


FAULTS: dict[type[ToolEnv], str] = {
    OutOfRange: "reward.range",
    PaysEarly: "reward.range",
    Negative: "reward.range",
    BlindToDamage: "reward.collateral",
    PaysForNames: "adversary.names_only",
    PaysForClaims: "adversary.claim",
    PaysForTrying: "adversary.write_first",
    PaysForTime: "adversary.spam",
}
"""The check that must name each fault."""
