"""Takes tool calls as objects instead of text."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
from gymnasium.utils import RecordConstructorArgs

from trace_gym.env.parsing import render_call
from trace_gym.env.spaces import ToolCallSpace
from trace_gym.env.types import Json, ToolCall


class StructuredActions(gym.ActionWrapper[str, dict[str, Json], str], RecordConstructorArgs):
    """The action is `{"name": ..., "arguments": {...}}`; the pseudo-tool `say` speaks to the user."""

    def __init__(self, env: gym.Env[str, str], say: str = "say") -> None:
        """Wraps a tool environment.

        Args:
            env: A `ToolEnv`, wrapped or not, whose action is text.
            say: Name of the pseudo-tool; its one argument is `message`.

        Raises:
            ValueError: If the environment has a tool of that name.
        """
        tools = env.get_wrapper_attr("schemas")
        if say in {tool["function"]["name"] for tool in tools}:
            raise ValueError(f"The environment has a tool named {say!r} already; choose another name for `say`.")
        RecordConstructorArgs.__init__(self, say=say)
        gym.ActionWrapper.__init__(self, env)
        self._say = say
        self.action_space = ToolCallSpace([*tools, _say_tool(say)])

    def action(self, action: dict[str, Json]) -> str:
        """Writes the object as a turn.

        Args:
            action: `{"name": ..., "arguments": {...}}`.

        Raises:
            TypeError: If it has no text `name` or no object `arguments`.
        """
        name: Any = action.get("name") if isinstance(action, dict) else None
        arguments: Any = action.get("arguments") if isinstance(action, dict) else None
        if not isinstance(name, str) or not isinstance(arguments, dict):
            raise TypeError(f'An action is {{"name": text, "arguments": object}}, got {action!r:.80}.')
        if name == self._say:
            return str(arguments.get("message", ""))
        return render_call(ToolCall(name, arguments))


def _say_tool(name: str) -> dict[str, Json]:
    return {
        "type": "function",
        "function": {
            "name": name,
            "description": "Say something to the user.",
            "parameters": {
                "type": "object",
                "properties": {"message": {"type": "string"}},
                "required": ["message"],
                "additionalProperties": False,
            },
        },
    }
