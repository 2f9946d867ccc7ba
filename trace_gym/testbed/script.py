"""Agents that play a script: what they are going to do is decided at the first turn, for the whole conversation."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from trace_gym.env.parsing import render_call
from trace_gym.env.types import ToolCall
from trace_gym.rollouts.policy import Stateless, TurnRequest

Turn = ToolCall | str
"""A call, or a message to the user."""


class ScriptPolicy(Stateless):
    """Plays a script in each episode, and then says that it is done.

    Example:
        >>> class Polite(ScriptPolicy):
        ...     policy_id = "polite"
        ...
        ...     def script(self, request: TurnRequest) -> list[Turn]:
        ...         return ["With pleasure."]
        >>> Polite().closing
        'Done.'
    """

    policy_id: str
    closing = "Done."
    """What is said when the script is played."""

    def __init__(self) -> None:
        """Plays nothing yet."""
        self._scripts: dict[int, Sequence[Turn]] = {}

    @abstractmethod
    def script(self, request: TurnRequest) -> Sequence[Turn]:
        """Returns what the agent is going to do.

        Args:
            request: The episode, at its first turn.
        """

    def act(self, requests: Sequence[TurnRequest]) -> list[str]:
        """Returns the next turn of each request.

        Args:
            requests: Episodes that wait for a turn.
        """
        return [self._next(request) for request in requests]

    def finish(self, keys: Sequence[int]) -> None:
        """Drops the scripts of episodes that are over.

        Args:
            keys: Episodes that are over.
        """
        for key in keys:
            self._scripts.pop(key, None)

    def _next(self, request: TurnRequest) -> str:
        taken = request.env.episode.turns
        if request.key not in self._scripts or taken == 0:
            self._scripts[request.key] = self.script(request)

        script = self._scripts[request.key]
        return rendered(script[taken]) if taken < len(script) else self.closing


def rendered(turn: Turn) -> str:
    """Returns a turn as the environment takes it.

    Args:
        turn: A call, or a message.

    Example:
        >>> rendered("Done.")
        'Done.'
    """
    if isinstance(turn, ToolCall):
        return render_call(turn)
    return turn
