"""Making an edited record of an episode."""

from __future__ import annotations

import copy
import dataclasses
from collections import defaultdict
from collections.abc import Sequence

from trace_gym.capabilities.repair.edits import (
    ABSENT,
    Close,
    Cut,
    Edit,
    Finish,
    Insert,
    Move,
    Say,
    SetArgument,
    Unsay,
)
from trace_gym.env.parsing import render_call
from trace_gym.env.types import Json, ToolCall
from trace_gym.trajectories.places import Place, call_at
from trace_gym.trajectories.record import Trajectory


def apply(trajectory: Trajectory, edits: Sequence[Edit]) -> Trajectory:
    """Returns the episode as it would have been recorded with the edits; the results of changed calls are left empty.

    Args:
        trajectory: The record; it is left as it is.
        edits: What is done otherwise; at most one `Drop` or `Move` for each call.

    Example:
        >>> from trace_gym.capabilities.repair.edits import SetArgument
        >>> call = {"id": "1", "function": {"name": "cancel", "arguments": {"order": "W1"}}}
        >>> record = Trajectory("shop", "7", [{"role": "assistant", "content": "", "tool_calls": [call]}], 0.0, False)
        >>> edited = apply(record, [SetArgument(Place(0), "order", "W2")])
        >>> edited.messages[0]["tool_calls"][0]["function"]["arguments"]
        {'order': 'W2'}
    """
    return dataclasses.replace(trajectory, messages=_Editor(trajectory, edits).messages())


class _Editor:
    def __init__(self, trajectory: Trajectory, edits: Sequence[Edit]) -> None:
        self._trajectory = trajectory
        self._end = len(trajectory.messages)
        self._gone: set[Place] = set()
        self._set: dict[Place, list[SetArgument]] = defaultdict(list)
        self._said: list[str] = []
        self._unsaid: set[int] = set()
        self._last = ""
        inserted: dict[int, list[tuple[int, ToolCall | str, str]]] = defaultdict(list)
        for edit in edits:
            if isinstance(edit, SetArgument):
                self._set[edit.place].append(edit)
            elif isinstance(edit, Say):
                self._said.append(edit.text)
            elif isinstance(edit, Unsay):
                self._unsaid.add(edit.message)
            elif isinstance(edit, Finish):
                self._last = edit.text
            elif isinstance(edit, Cut):
                self._end = edit.after + 1
            elif isinstance(edit, Close):
                inserted[edit.after].append((edit.number, edit.text, "assistant" if edit.is_last else "user"))
            elif isinstance(edit, Insert):
                inserted[edit.after].append((edit.number, edit.call, edit.requestor))
            else:
                self._gone.add(edit.place)

        # a moved call takes its other arguments along
        for edit in edits:
            if isinstance(edit, Move):
                inserted[edit.after].append((edit.number, self._call_at(edit.place), "assistant"))
        self._inserted = inserted

    def messages(self) -> list[dict[str, Json]]:
        """The edited messages."""
        old = self._trajectory.messages[: self._end]
        last_words = _last_words(old)
        edited: list[dict[str, Json]] = []
        edited += self._calls_behind(-1)
        dropped: set[str] = set()
        for number, message in enumerate(old):
            if number == last_words and message.get("tool_calls"):
                edited += self._spoken("")
            is_answer_to_nothing = message["role"] == "tool" and message.get("tool_call_id") in dropped
            if not is_answer_to_nothing:
                kept, ids = self._edited(number, message)
                dropped = ids if message.get("tool_calls") else dropped
                if number == last_words and not message.get("tool_calls"):
                    kept = self._spoken(str(kept[0].get("content") or "")) if self._said or self._unsaid else kept
                edited += kept
            edited += self._pending(number)
        if last_words is None:
            edited += self._spoken("")
        if self._last:
            edited.append({"role": "user", "content": self._last})
        return edited

    def _pending(self, number: int) -> list[dict[str, Json]]:
        """The calls that come behind the results of a message, once the last of these has been passed."""
        old = self._trajectory.messages[: self._end]
        if number + 1 < len(old) and old[number + 1]["role"] == "tool":
            return []
        start = number
        while start > 0 and old[start]["role"] == "tool":
            start -= 1
        behind = []
        for place in range(start, number + 1):
            behind += self._calls_behind(place)
        return behind

    def _edited(self, number: int, message: dict[str, Json]) -> tuple[list[dict[str, Json]], set[str]]:
        if number in self._unsaid:
            return [_with_text({**message, "content": ""})], set()
        calls = message.get("tool_calls") or []
        touched = [place for place in (Place(number, own) for own in range(len(calls))) if self._is_touched(place)]
        if not touched:
            return [message], set()

        kept = []
        dropped = set()
        for own, call in enumerate(calls):
            place = Place(number, own)
            if place in self._gone:
                dropped.add(str(call["id"]))
                continue
            made = self._call_at(place)
            kept.append({**call, "function": {**call["function"], "arguments": dict(made.arguments)}})
        # in our own environments, text beside a call never reaches the user: alone it would be another turn
        if not kept and ("raw" in message or not str(message.get("content") or "").strip()):
            return [], dropped
        changed = {**message, "tool_calls": kept}
        if not kept:
            del changed["tool_calls"]
        return [_with_text(changed)], dropped

    def _is_touched(self, place: Place) -> bool:
        return place in self._gone or place in self._set

    def _call_at(self, place: Place) -> ToolCall:
        made = call_at(self._trajectory.messages, place)
        arguments = copy.deepcopy(dict(made.arguments))
        for edit in self._set.get(place, []):
            arguments[edit.name] = edit.value
            if edit.value == ABSENT:
                del arguments[edit.name]
        return ToolCall(made.name, arguments)

    def _calls_behind(self, number: int) -> list[dict[str, Json]]:
        messages: list[dict[str, Json]] = []
        for order, call, requestor in sorted(self._inserted.get(number, []), key=lambda row: row[0]):
            if isinstance(call, str):
                messages.append(_with_text({"role": "assistant", "content": call}))
                if requestor == "user":
                    # what a log shows of the next turn; an environment says it by itself
                    messages.append({"role": "user", "content": ""})
                continue
            name = f"repair-{number}-{order}"
            function = {"name": call.name, "arguments": dict(call.arguments)}
            made: dict[str, Json] = {
                "role": requestor,
                "content": "",
                "tool_calls": [{"id": name, "type": "function", "function": function}],
            }
            answer: dict[str, Json] = {"role": "tool", "content": "", "tool_call_id": name, "name": call.name}
            if requestor == "user":
                answer["requestor"] = "user"
            messages += [_with_text(made), answer]
        return messages

    def _spoken(self, before: str) -> list[dict[str, Json]]:
        """A message with the new statements behind what it said before; none if it says nothing."""
        text = " ".join(part for part in (before, *self._said) if part)
        if not text:
            return []
        return [_with_text({"role": "assistant", "content": text})]


def _with_text(message: dict[str, Json]) -> dict[str, Json]:
    """Writes an assistant's message out as text too, which is how our own environments replay it."""
    if message["role"] != "assistant":
        return message
    parts = [str(message.get("content") or "")]
    for call in message.get("tool_calls") or []:
        function = call["function"]
        parts.append(render_call(ToolCall(str(function["name"]), dict(function["arguments"]))))
    return {**message, "raw": "\n".join(part for part in parts if part)}


def _last_words(messages: Sequence[dict[str, Json]]) -> int | None:
    """The assistant's last message; None if it never wrote one."""
    for number in range(len(messages) - 1, -1, -1):
        if messages[number]["role"] == "assistant":
            return number
    return None
