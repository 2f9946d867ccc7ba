"""Actions written in another call format than the environments' own, Hermes."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
from gymnasium.utils import RecordConstructorArgs

from trace_gym.env.formats import CALL_FORMATS
from trace_gym.env.parsing import BadCall, parse_turn, render_call
from trace_gym.env.spaces import AssistantTurn
from trace_gym.env.types import ToolCall


class CallFormatAction(gym.ActionWrapper[str, str, str], RecordConstructorArgs):
    """The action is a turn in the given format: `hermes`, `json` or `pythonic`. So are samples of the action space.

    Example:
        >>> from trace_gym import make_env
        >>> env = CallFormatAction(make_env("trace/ServiceDesk-v0"), "pythonic")
        >>> _ = env.reset(seed=0)
        >>> env.step("get_order(order_id='W0')")[0]
        'Error: no order W0.'
    """

    def __init__(self, env: gym.Env[str, str], call_format: str) -> None:
        """Wraps a tool environment.

        Args:
            env: A `ToolEnv`, wrapped or not, whose action is text.
            call_format: The name of the format, a key of `CALL_FORMATS`.

        Raises:
            ValueError: If the format is unknown.
        """
        if call_format not in CALL_FORMATS:
            raise ValueError(f"Unknown call format {call_format!r}; expected one of {', '.join(CALL_FORMATS)}.")
        RecordConstructorArgs.__init__(self, call_format=call_format)
        gym.ActionWrapper.__init__(self, env)
        self._format = CALL_FORMATS[call_format]
        # a benchmark with an action space of its own keeps it: only assistant turns are known to hold calls
        if isinstance(env.action_space, AssistantTurn):
            self.action_space = FormattedTurn(env.action_space.tools, call_format)

    def action(self, action: str) -> str:
        """Translates a turn into Hermes; a call that cannot be read remains a call that cannot be read.

        Args:
            action: A turn in the wrapped format.
        """
        turn = self._format.parse(action)
        if not turn.calls:
            return turn.message
        return "".join(map(_hermes, turn.calls))


class FormattedTurn(AssistantTurn):
    """Assistant turns whose samples are written in a call format.

    Example:
        >>> from trace_gym import make_env
        >>> schemas = make_env("trace/ServiceDesk-v0").schemas
        >>> space = FormattedTurn(schemas[:1], "pythonic", seed=0)
        >>> space.sample(mask=[1, 0])
        "[get_user(email='red')]"
    """

    def __init__(self, tools: Any, call_format: str, **kwargs: Any) -> None:
        """Makes the space.

        Args:
            tools: OpenAI function schemas to sample from.
            call_format: The name of the format, a key of `CALL_FORMATS`.
            kwargs: `max_chars` and `seed`, as in `AssistantTurn`.
        """
        super().__init__(tools, **kwargs)
        self.call_format = call_format

    def sample(self, mask: Any = None, probability: Any = None) -> str:
        """Draws the turn that `AssistantTurn` draws, and writes it in the format.

        Args:
            mask: As in `AssistantTurn.sample`.
            probability: As in `AssistantTurn.sample`.
        """
        turn = parse_turn(super().sample(mask, probability))
        calls = [call for call in turn.calls if isinstance(call, ToolCall)]
        if not calls:
            return turn.message
        # looked up by name each time: spaces are compared by their public attributes, which should be plain values
        return CALL_FORMATS[self.call_format].render(calls)


def _hermes(call: ToolCall | BadCall) -> str:
    """Writes a call in the environment's own format."""
    if isinstance(call, ToolCall):
        return render_call(call)
    # the reason is no JSON, so the environment refuses this call as well instead of taking it for a message
    return f"<tool_call>{call.reason}</tool_call>"
