"""How recorded episodes of a target are executed again; every target that can be gives one of these."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trace_gym.env.types import Json
from trace_gym.trajectories.places import Place, refused_calls
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.regrade import Grade
from trace_gym.trajectories.solution import Solution, Wanted

IsWrite = Callable[[str, str], bool]
"""Whether a tool, by its name, of a requestor (`assistant` or `user`) changes anything."""


@dataclass(frozen=True)
class Ruling:
    """What a target's own guidelines say of a call that its tools do not refuse.

    Both texts are empty where the records leave it open.

    Example:
        >>> Ruling(forbids="basic economy flights cannot be modified").allows
        ''
    """

    forbids: str = ""
    """Why it must not be made."""
    argument: str = ""
    """The one argument whose value breaks them, where another value would do; empty where the call itself does."""
    allows: str = ""
    """Why it must not be refused if the user wants it."""


def no_rulings(wanted: Sequence[Wanted]) -> list[Ruling]:
    """Rules on nothing: of a target whose tools refuse what its guidelines forbid.

    Args:
        wanted: Calls, in order.

    Example:
        >>> no_rulings([])
        []
    """
    return [Ruling() for _ in wanted]


@dataclass(frozen=True)
class Execution:
    """A target's own evaluator, and what it takes for right.

    Example:
        >>> Execution(Grade, lambda trajectory: None, lambda name, requestor: True).ending
        ''
    """

    grade: Callable[[Trajectory], Grade]
    """Makes the calls of a record and grades them."""
    solution: Callable[[Trajectory], Solution | None]
    """What would have been right; None where nothing says so."""
    is_write: IsWrite
    """Which tools change anything."""
    ending: str = ""
    """What the user says to end an episode; empty where an episode ends by itself."""
    fixed_turns: bool = False
    """Whether the user's turns are fixed, and each message of the assistant's brings the next one."""
    rulings: Callable[[Sequence[Wanted]], list[Ruling]] = no_rulings
    """Makes calls from the start, and rules on each."""


def without_refused(trajectory: Trajectory) -> Trajectory:
    """Returns a record without the calls that were refused: today's tools may not refuse them.

    Args:
        trajectory: The record; it is left as it is.

    Example:
        >>> call = {"id": "1", "function": {"name": "cancel", "arguments": {}}}
        >>> talk = [{"role": "assistant", "content": "", "tool_calls": [call]}]
        >>> talk += [{"role": "tool", "content": "Error", "tool_call_id": "1", "error": True}]
        >>> without_refused(Trajectory("shop", "7", talk, 0.0, False)).messages
        [{'role': 'assistant', 'content': ''}]
    """
    refused = refused_calls(trajectory.messages)
    kept: list[dict[str, Json]] = []
    for number, message in enumerate(trajectory.messages):
        if message["role"] == "tool" and message.get("error"):
            continue
        if message.get("tool_calls"):
            calls = [call for own, call in enumerate(message["tool_calls"]) if Place(number, own) not in refused]
            message = {key: value for key, value in message.items() if key != "tool_calls"}
            if calls:
                message["tool_calls"] = calls
        kept.append(message)
    return dataclasses.replace(trajectory, messages=kept)
