"""Observations that show the last turns, not only the newest text."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
from gymnasium.utils import RecordConstructorArgs

from trace_gym.env.parsing import render_call
from trace_gym.env.spaces import MAX_CHARS, Utf8Text
from trace_gym.env.types import Json, ToolCall


class MessageHistory(gym.Wrapper[str, str, str, str], RecordConstructorArgs):
    """The observation is the user's request and the last `turns` assistant turns with their replies, a message a line.

    Example:
        >>> from trace_gym import make_env
        >>> env = MessageHistory(make_env("trace/ServiceDesk-v0"), turns=1)
        >>> _ = env.reset(seed=0)
        >>> observation, *_ = env.step('<tool_call>{"name": "get_order", "arguments": {"order_id": "W0"}}</tool_call>')
        >>> print(observation)  # doctest: +ELLIPSIS
        user: ...
        assistant: <tool_call>{"name":"get_order","arguments":{"order_id":"W0"}}</tool_call>
        tool: Error: no order W0.
    """

    def __init__(self, env: gym.Env[str, str], turns: int, system: bool = False) -> None:
        """Wraps a tool environment.

        Args:
            env: A `ToolEnv`, wrapped or not.
            turns: How many assistant turns to show, >= 1. The user's first message is always shown.
            system: Whether to show the system message too.

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
        shown = []
        # some benchmarks give no system message, so its place is not counted on
        for message in messages[:2]:
            if message["role"] != "system" or self._system:
                shown.append(message)
        shown += messages[self._first_shown(messages) :]

        text = "\n".join(map(_line, shown))
        # the space bounds its texts; of a longer history the newest part matters most
        return text[-MAX_CHARS:]

    def _first_shown(self, messages: list[dict[str, Json]]) -> int:
        """The position of the oldest assistant turn that is shown."""
        starts = [position for position, message in enumerate(messages) if message["role"] == "assistant"]
        if len(starts) < self._turns:
            return 2
        return max(starts[-self._turns], 2)


def _line(message: dict[str, Json]) -> str:
    """Writes a message on one line, its calls as the model would write them; no trailing space when it is empty."""
    parts = [f"{message['role']}:"]
    content = str(message["content"])
    if content:
        parts.append(content)

    for call in message.get("tool_calls", []):
        function = call["function"]
        parts.append(render_call(ToolCall(function["name"], function["arguments"])))
    return " ".join(parts)
