"""A trajectory as the rule labellers see it: calls with results, what was said, a reference; never the reward."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from trace_gym.env.episode import statements
from trace_gym.env.facts import Fact
from trace_gym.env.types import Json, ToolCall
from trace_gym.trajectories.record import Trajectory

_READ_VERBS = frozenset(
    {"get", "find", "list", "search", "look", "lookup", "check", "calculate", "read", "show", "view", "fetch"}
    | {"query", "count", "verify", "run", "can", "status"}
)
_NEITHER = frozenset({"think", "transfer_to_human_agents", "invalid"})
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?|\d{1,2}:\d{2}.*")


@dataclass(frozen=True)
class CallEvent:
    """One executed call of the assistant."""

    position: int
    """Index of the assistant's message."""
    call: ToolCall
    """What was called."""
    result: str
    """What came back."""
    error: bool
    """Whether the tool refused."""
    kind: str
    """`read`, `write`, or `other`."""

    @cached_property
    def value(self) -> Json:
        """The result parsed as JSON, or the text itself."""
        try:
            return json.loads(self.result)
        except ValueError:
            return self.result


class Attempt:
    """One trajectory prepared for labelling; blind to reward and success."""

    def __init__(self, trajectory: Trajectory, reference: list[ToolCall] | None) -> None:
        """Prepares a trajectory.

        Args:
            trajectory: The record.
            reference: Calls of a solution; None when there is none.
        """
        self.messages = trajectory.messages
        self.reference = reference
        self.facts: list[Fact] = trajectory.facts
        self._kinds = trajectory.tool_kinds

    def kind(self, name: str) -> str:
        """Whether tool `name` reads or writes, from the record or guessed from its verb.

        Args:
            name: The tool.
        """
        if name in _NEITHER:
            return "other"
        if name in self._kinds:
            return self._kinds[name]
        return "read" if set(re.split(r"[_\W]+", name.lower())[:1]) & _READ_VERBS else "write"

    @cached_property
    def calls(self) -> list[CallEvent]:
        """The assistant's calls in order, each with its result."""
        return list(self._events())

    def _events(self) -> Iterator[CallEvent]:
        for position, message in enumerate(self.messages):
            if message["role"] != "assistant":
                continue
            results = self._results_after(position)
            for call in message.get("tool_calls") or []:
                result = results.get(call["id"]) or {}
                body = call["function"]
                arguments = body["arguments"] if isinstance(body["arguments"], dict) else {}
                yield CallEvent(
                    position,
                    ToolCall(body["name"], arguments),
                    str(result.get("content", "")),
                    bool(result.get("error", False)),
                    self.kind(body["name"]),
                )

    def _results_after(self, position: int) -> dict[str, dict[str, Json]]:
        """The tool messages that answer the calls of the message at `position`."""
        found: dict[str, dict[str, Json]] = {}
        for message in self.messages[position + 1 :]:
            if message["role"] == "assistant":
                break
            if message["role"] == "tool" and message.get("requestor") != "user":
                found[message.get("tool_call_id", "")] = message
        return found

    @cached_property
    def reference_writes(self) -> list[ToolCall]:
        """The writes of the reference solution; empty when there is none."""
        return [call for call in self.reference or [] if self.kind(call.name) == "write"]

    @cached_property
    def writes(self) -> list[CallEvent]:
        """The assistant's writes in order."""
        return [event for event in self.calls if event.kind == "write"]

    @cached_property
    def request(self) -> str:
        """What the user said first."""
        return next((str(m["content"]) for m in self.messages if m["role"] == "user"), "")

    @cached_property
    def stated(self) -> list[str]:
        """Sentences the assistant told the user, questions left out."""
        said = [str(m["content"]) for m in self.messages if m["role"] == "assistant" and not m.get("tool_calls")]
        return statements("\n".join(said))

    def known_before(self, position: int) -> str:
        """Everything the assistant had been told before message `position`, normalised for look-ups.

        Args:
            position: Index of a message.
        """
        told = [m for m in self.messages[:position] if m["role"] in ("system", "user", "tool")]
        return normal(" ".join(str(m["content"]) for m in told))


def identifiers(arguments: object) -> Iterator[tuple[str, str]]:
    """Yields `(argument name, value)` of identifier-like values: text with a digit, not a date, not a small number.

    Args:
        arguments: Values by argument name.
    """
    if isinstance(arguments, dict):
        for name, value in arguments.items():
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, dict):
                    yield from identifiers(item)
                elif is_identifier(item):
                    yield str(name), item


def is_identifier(value: object) -> bool:
    """Whether a value looks like an identifier.

    Args:
        value: Any value.
    """
    return (
        isinstance(value, str)
        and 3 <= len(value) <= 64
        and any(c.isdigit() for c in value)
        and " " not in value
        and not _DATE.fullmatch(value)
    )


def normal(text: str) -> str:
    """Lower case, letters and digits only, words separated: `#W12` and `w12` become equal.

    Args:
        text: Any text.
    """
    return " " + re.sub(r"[^a-z0-9]+", " ", text.lower()).strip() + " "


def mentions(text: str, value: str) -> bool:
    """Whether normalised `text` holds `value` as whole words.

    Args:
        text: A text as `normal` returns it.
        value: What to look for.
    """
    return normal(value) in text
