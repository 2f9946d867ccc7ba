"""Faults against Gymnasium's contract."""

from __future__ import annotations

from typing import Any

from trace_gym import ToolEnv

from .sound import Sound


class NoneInfo(Sound):
    """Puts None into info."""

    def step(self, action: str) -> Any:
        observation, reward, terminated, truncated, info = super().step(action)
        return observation, reward, terminated, truncated, {**info, "note": None}


class OddInfo(Sound):
    """Puts what is not JSON into info."""

    def reset(self, **kwargs: Any) -> Any:
        observation, info = super().reset(**kwargs)
        return observation, {**info, "shelves": {1, 2}}


class BytesObserved(Sound):
    """Returns bytes from reset."""

    def reset(self, **kwargs: Any) -> Any:
        observation, info = super().reset(**kwargs)
        return observation.encode(), info


class NoInfo(Sound):
    """Returns the observation alone from reset."""

    def reset(self, **kwargs: Any) -> Any:
        super().reset(**kwargs)
        return self.episode.task.request


FAULTS: dict[type[ToolEnv], str] = {
    NoneInfo: "gymnasium.info",
    OddInfo: "gymnasium.info",
    BytesObserved: "gymnasium.check_env",
    NoInfo: "gymnasium.check_env",
}
"""The check that must name each fault."""
