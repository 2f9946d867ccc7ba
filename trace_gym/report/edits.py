"""The edits of a repair in words."""

from __future__ import annotations

import json

from trace_gym.capabilities.repair import edits
from trace_gym.env.types import Json, ToolCall
from trace_gym.trajectories.places import call_at
from trace_gym.trajectories.record import Trajectory


def edit_in_words(edit: edits.Edit, trajectory: Trajectory) -> str:
    """Says what a repair does otherwise.

    Args:
        edit: One edit of the repair.
        trajectory: The episode, whose messages it names by their numbers.

    Example:
        >>> call = {"id": "1", "function": {"name": "cancel", "arguments": {"order": "W1"}}}
        >>> talk = [{"role": "assistant", "content": "", "tool_calls": [call]}]
        >>> from trace_gym.trajectories.places import Place
        >>> edit_in_words(edits.Drop(Place(0, 0)), Trajectory("shop", "7", talk, 0.0, False))
        '[0] does not call cancel'
    """
    if isinstance(edit, edits.Drop):
        return f"[{edit.place.message}] does not call {call_at(trajectory.messages, edit.place).name}"
    if isinstance(edit, edits.SetArgument):
        call = call_at(trajectory.messages, edit.place)
        old = _value(call.arguments.get(edit.name, edits.ABSENT))
        return f"[{edit.place.message}] calls {call.name} with {edit.name} {_value(edit.value)} instead of {old}"
    if isinstance(edit, edits.Insert):
        who = "the user" if edit.requestor == "user" else "the assistant"
        return f"behind [{max(edit.after, 0)}], {who} also calls {_call(edit.call)}"
    if isinstance(edit, edits.Move):
        name = call_at(trajectory.messages, edit.place).name
        return f"[{edit.place.message}] calls {name} later, behind [{edit.after}]"
    return _of_words(edit)


def _of_words(edit: edits.Close | edits.Cut | edits.Say | edits.Unsay | edits.Finish) -> str:
    """An edit of what is said, or of where the episode ends."""
    if isinstance(edit, edits.Cut):
        return f"the assistant starts over behind [{max(edit.after, 0)}]"
    if isinstance(edit, edits.Close):
        return f"behind [{max(edit.after, 0)}], the assistant says: {edit.text}"
    if isinstance(edit, edits.Say):
        return f"the user is told: {edit.text}"
    if isinstance(edit, edits.Unsay):
        return f"[{edit.message}] is not said"
    return "the episode comes to its end"


def _call(call: ToolCall) -> str:
    return f"{call.name} {json.dumps(dict(call.arguments), ensure_ascii=False)}"


def _value(value: Json) -> str:
    return "nothing" if value == edits.ABSENT else json.dumps(value, ensure_ascii=False)
