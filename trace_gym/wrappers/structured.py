"""Actions as objects instead of text."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
from gymnasium.utils import RecordConstructorArgs

from trace_gym.env.parsing import render_call
from trace_gym.env.spaces import ToolCallSpace
from trace_gym.env.types import Json, ToolCall


class StructuredActions(gym.ActionWrapper[str, dict[str, Json], str], RecordConstructorArgs):
    """The action is `{"name": ..., "arguments": {...}}`; the pseudo-tool `say` sends a message to the user.

    Example:
        >>> from trace_gym import make_env
        >>> env = StructuredActions(make_env("trace/ServiceDesk-v0"))
        >>> _ = env.reset(seed=0)
        >>> env.step({"name": "get_order", "arguments": {"order_id": "W0"}})[0]
        'Error: no order W0.'
        >>> observation, reward, terminated, *_ = env.step({"name": "say", "arguments": {"message": "Done."}})
        >>> terminated
        True
    """

    def __init__(self, env: gym.Env[str, str], say: str = "say") -> None:
        """Wraps a tool environment.

        Args:
            env: A `ToolEnv`, wrapped or not, whose action is text.
            say: The name of the pseudo-tool, whose only argument is `message`.

        Raises:
            ValueError: If the environment has a tool of that name.
        """
        tools = env.get_wrapper_attr("schemas")
        if any(tool["function"]["name"] == say for tool in tools):
            raise ValueError(f"The environment already has a tool named {say!r}; choose another name for `say`.")

        RecordConstructorArgs.__init__(self, say=say)
        gym.ActionWrapper.__init__(self, env)
        self._say = say
        self.action_space = ToolCallSpace([*tools, _say_tool(say)])

    def action(self, action: dict[str, Json]) -> str:
        """Returns the assistant's turn that an object stands for.

        Args:
            action: `{"name": ..., "arguments": {...}}`.

        Raises:
            TypeError: If `name` is not a string or `arguments` is not an object.
        """
        name: Any = None
        arguments: Any = None
        if isinstance(action, dict):
            name = action.get("name")
            arguments = action.get("arguments")
        # an exception and not an observation: this is a bug in the agent's code, nothing that a model wrote
        if not isinstance(name, str) or not isinstance(arguments, dict):
            raise TypeError(f'An action must be {{"name": string, "arguments": object}}, got {action!r:.80}.')

        if name == self._say:
            return str(arguments.get("message", ""))
        return render_call(ToolCall(name, arguments))


def _say_tool(name: str) -> dict[str, Json]:
    """The schema of the pseudo-tool, so that the action space samples messages as it samples calls."""
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
