"""Shows the last turns instead of the newest text only."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
from gymnasium.utils import RecordConstructorArgs

from trace_gym.env.parsing import render_call
from trace_gym.env.spaces import MAX_CHARS, Utf8Text
from trace_gym.env.types import Json, ToolCall


class MessageHistory(gym.Wrapper[str, str, str, str], RecordConstructorArgs):
    """The observation is the last `turns` assistant turns with what came before and after each, one line a message."""

    def __init__(self, env: gym.Env[str, str], turns: int, system: bool = False) -> None:
        """Wraps a tool environment.

        Args:
            env: A `ToolEnv`, wrapped or not.
            turns: How many assistant turns to look back, >= 1. The user's first message is always shown.
            system: Whether the system message is shown too.

        Raises:
            ValueError: If `turns` is below 1.
        """
        if turns < 1:
            raise ValueError(f"turns must be >= 1, got {turns}.")
        RecordConstructorArgs.__init__(self, turns=turns, system=system)
        gym.Wrapper.__init__(self, env)
        self.observation_space = Utf8Text(MAX_CHARS)
        self._turns = turns
        self._system = system

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Starts an episode.

        Args:
            seed: As in `Env.reset`.
            options: As in `Env.reset`.
        """
        _, info = self.env.reset(seed=seed, options=options)
        return self._shown(info), info

    def step(self, action: str) -> tuple[str, Any, bool, bool, dict[str, Any]]:
        """Takes one turn.

        Args:
            action: The assistant's turn.
        """
        _, reward, terminated, truncated, info = self.env.step(action)
        return self._shown(info), reward, terminated, truncated, info

    def _shown(self, info: dict[str, Any]) -> str:
        messages = info["messages"]
        head = [m for m in messages[:2] if m["role"] != "system" or self._system]
        starts = [i for i, m in enumerate(messages) if m["role"] == "assistant"]
        if len(starts) >= self._turns:
            since = starts[-self._turns]
        else:
            since = 2
        text = "\n".join(_line(message) for message in [*head, *messages[max(since, 2) :]])
        return text[-MAX_CHARS:]


def _line(message: dict[str, Json]) -> str:
    calls = [ToolCall(c["function"]["name"], c["function"]["arguments"]) for c in message.get("tool_calls", [])]
    return " ".join(filter(None, (f"{message['role']}:", str(message["content"]), *map(render_call, calls))))
