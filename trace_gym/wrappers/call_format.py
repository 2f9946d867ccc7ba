"""Takes turns written in another call format than Hermes."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
from gymnasium.utils import RecordConstructorArgs

from trace_gym.env.formats import CALL_FORMATS, CallFormat
from trace_gym.env.parsing import BadCall, parse_turn, render_call
from trace_gym.env.spaces import AssistantTurn
from trace_gym.env.types import ToolCall


class CallFormatAction(gym.ActionWrapper[str, str, str], RecordConstructorArgs):
    """The action is a turn in the given format: `hermes`, `json` or `pythonic`. Samples are written in it too."""

    def __init__(self, env: gym.Env[str, str], call_format: str) -> None:
        """Wraps a tool environment.

        Args:
            env: A `ToolEnv`, wrapped or not, whose action is text.
            call_format: How calls are written.

        Raises:
            ValueError: If the format is unknown.
        """
        if call_format not in CALL_FORMATS:
            raise ValueError(f"Unknown call format {call_format!r}; expected one of {', '.join(CALL_FORMATS)}.")
        RecordConstructorArgs.__init__(self, call_format=call_format)
        gym.ActionWrapper.__init__(self, env)
        self._format = CALL_FORMATS[call_format]
        inner = env.action_space
        if isinstance(inner, AssistantTurn):
            self.action_space = FormattedTurn(inner.tools, call_format)
        else:
            self.action_space = inner

    def action(self, action: str) -> str:
        """Translates a turn into the environment's own format; what cannot be read stays an unreadable call.

        Args:
            action: A turn in the wrapped format.
        """
        turn = self._format.parse(action)
        if not turn.calls:
            return turn.message
        # a fault is passed on as a call whose fault the environment names itself
        return "".join(_hermes(call) for call in turn.calls)


class FormattedTurn(AssistantTurn):
    """Assistant turns whose samples are written in a call format."""

    def __init__(self, tools: Any, call_format: str, **kwargs: Any) -> None:
        """Makes the space.

        Args:
            tools: OpenAI function schemas to sample from.
            call_format: How calls are written.
            kwargs: As in `AssistantTurn`.
        """
        super().__init__(tools, **kwargs)
        self.call_format = call_format

    def sample(self, mask: Any = None, probability: Any = None) -> str:
        """Draws a turn as `AssistantTurn` does and writes it in the format.

        Args:
            mask: As in `AssistantTurn.sample`.
            probability: As in `AssistantTurn.sample`.
        """
        turn = parse_turn(super().sample(mask, probability))
        calls = [call for call in turn.calls if isinstance(call, ToolCall)]
        if calls:
            return self._written.render(calls)
        return turn.message

    @property
    def _written(self) -> CallFormat:
        return CALL_FORMATS[self.call_format]


def _hermes(call: ToolCall | BadCall) -> str:
    if isinstance(call, ToolCall):
        return render_call(call)
    return f"<tool_call>{call.reason}</tool_call>"
