"""A reference solution: what would have been right, calls and closing words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trace_gym.env.types import ToolCall


@dataclass(frozen=True)
class Wanted:
    """A call of the reference.

    Example:
        >>> Wanted(ToolCall("cancel", {"order": "W1"})).requestor
        'assistant'
    """

    call: ToolCall
    """The call."""
    requestor: str = "assistant"
    """`assistant`, or `user` for the user's own tools."""
    turn: int = 0
    """The user's turn that it answers, from 0, where these are fixed."""


@dataclass(frozen=True)
class Solution:
    """What would have been right.

    Example:
        >>> Solution.of_turns([ToolCall("cd", {"to": "docs"}), "Done.", ToolCall("ls", {}), "Done."]).calls[1].turn
        1
    """

    calls: tuple[Wanted, ...]
    """The calls, in order."""
    closings: tuple[str, ...] = ()
    """What is said at the end of each turn."""

    @classmethod
    def of_turns(cls, solution: Sequence[ToolCall | str]) -> Solution:
        """Divides a solution into turns, each of which ends with a message.

        Args:
            solution: Calls and messages, in order.
        """
        calls = []
        closings: list[str] = []
        for step in solution:
            if isinstance(step, str):
                closings.append(step)
            else:
                calls.append(Wanted(step, turn=len(closings)))
        return cls(tuple(calls), tuple(closings))

    def in_one_turn(self) -> Solution:
        """Returns the same without turns: the calls, and the last message."""
        calls = tuple(Wanted(wanted.call, wanted.requestor) for wanted in self.calls)
        return Solution(calls, self.closings[-1:])
