"""Faults that odd turns bring out."""

from __future__ import annotations

from typing import Any

from trace_gym import ToolEnv, tool
from trace_gym.env.episode import Episode

from .sound import Sound, State


class AsciiOnly(Sound):
    """Cannot take a turn that is not ASCII."""

    def step(self, action: str) -> Any:
        action.encode("ascii")
        return super().step(action)


class StrictJson(Sound):
    """Parses the turn itself, and trips over what is no JSON."""

    def step(self, action: str) -> Any:
        if "{" in action:
            import json

            # how deep is too deep for `json.loads` differs between releases of Python
            if action.count("[") > 1000:
                raise RecursionError("nested too deeply")
            json.loads(action.replace("<tool_call>", "").replace("</tool_call>", ""))
        return super().step(action)


class FragileTool(Sound):
    """A tool that fails on very long texts."""

    @tool(kind="read")
    def count(self, state: State, shelf_id: str) -> Any:
        """Count the boxes on a shelf."""
        if len(shelf_id) > 5000:
            raise MemoryError("too long")
        return super().count(state, shelf_id)


class Endless(Sound):
    """Never ends by itself, whatever the turn limit."""

    def step(self, action: str) -> Any:
        observation, reward, terminated, _, info = super().step(action)
        self.episode.over = terminated
        return observation, reward, terminated, False, info


class StepsOn(Sound):
    """Answers steps after the end."""

    def step(self, action: str) -> Any:
        if self._episode is not None and self.episode.over:
            return "", 0.0, True, False, {}
        return super().step(action)


class OpenLists(Sound):
    """Hands out its own list of messages."""

    def _info(self) -> dict[str, Any]:
        return {**super()._info(), "messages": self.episode.messages, "tools": self._schemas}


class OpenRows(Sound):
    """Hands out the very messages its reward looks at."""

    def _info(self) -> dict[str, Any]:
        return {**super()._info(), "messages": list(self.episode.messages)}

    def terms(self, episode: Episode) -> dict[str, float]:
        return {**super().terms(episode), "asked": float(bool(episode.messages[1]["content"]))}


class TrustingTerm(Sound):
    """A reward term that takes refused calls for good ones."""

    def terms(self, episode: Episode) -> dict[str, float]:
        seen = {record.call.arguments.get("shelf_id") for record in episode.calls}
        return {**super().terms(episode), "seen": float(len(seen) > 0)}


FAULTS: dict[type[ToolEnv], str] = {
    AsciiOnly: "robustness.text",
    StrictJson: "robustness.text",
    FragileTool: "robustness.arguments",
    TrustingTerm: "robustness.arguments",
    Endless: "robustness.limit",
    StepsOn: "robustness.end",
    OpenLists: "robustness.isolation",
    OpenRows: "robustness.isolation",
}
"""The check that must name each fault."""
