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
    """One executed call of the assistant.

    Example:
        >>> CallEvent(1, ToolCall("get_order", {"order_id": "W12"}), '{"total": 5}', False, "read").value
        {'total': 5}
    """

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
    """One trajectory prepared for labelling; blind to reward and success.

    Example:
        >>> call = {"id": "1", "function": {"name": "get_order", "arguments": {"order_id": "W12"}}}
        >>> messages = [
        ...     {"role": "user", "content": "Where is W12?"},
        ...     {"role": "assistant", "content": "", "tool_calls": [call]},
        ...     {"role": "tool", "tool_call_id": "1", "content": '{"status": "sent"}'},
        ... ]
        >>> attempt = Attempt(Trajectory("shop", "7", messages, 1.0, True), reference=None)
        >>> attempt.request, attempt.calls[0].kind, attempt.calls[0].value
        ('Where is W12?', 'read', {'status': 'sent'})
    """

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

        # a name without a reading verb is taken for a write: to look before a read does no harm
        verb = re.split(r"[_\W]+", name.lower())[0]
        if verb in _READ_VERBS:
            return "read"
        return "write"

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
                # a conversation that was cut off has calls without a result
                result = results.get(call["id"]) or {}
                body = call["function"]
                arguments = body["arguments"]
                if not isinstance(arguments, dict):
                    arguments = {}
                yield CallEvent(
                    position,
                    ToolCall(body["name"], arguments),
                    str(result.get("content", "")),
                    bool(result.get("error", False)),
                    self.kind(body["name"]),
                )

    def _results_after(self, position: int) -> dict[str, dict[str, Json]]:
        """The tool messages that answer the calls of the message at `position`."""
        results: dict[str, dict[str, Json]] = {}
        for message in self.messages[position + 1 :]:
            if message["role"] == "assistant":
                break
            # in tau2's telecom the user has tools too, and they may share ids with the assistant's calls
            if message["role"] == "tool" and message.get("requestor") != "user":
                results[message.get("tool_call_id", "")] = message
        return results

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
        for message in self.messages:
            if message["role"] == "user":
                return str(message["content"])
        return ""

    @cached_property
    def stated(self) -> list[str]:
        """Sentences the assistant told the user, questions left out."""
        spoken = []
        for message in self.messages:
            # words beside a call are thoughts; the user sees the turn's closing words
            if message["role"] == "assistant" and not message.get("tool_calls"):
                spoken.append(str(message["content"]))
        return statements("\n".join(spoken))

    def known_before(self, position: int) -> str:
        """Everything the assistant had been told before message `position`, normalised for look-ups.

        Args:
            position: Index of a message.
        """
        told = []
        for message in self.messages[:position]:
            if message["role"] in ("system", "user", "tool"):
                told.append(str(message["content"]))
        return normal(" ".join(told))


def identifiers(arguments: object) -> Iterator[tuple[str, str]]:
    """Yields `(argument name, value)` of identifier-like values: text with a digit, not a date, not a small number.

    Args:
        arguments: Values by argument name.
    """
    if isinstance(arguments, dict):
        for name, value in arguments.items():
            items = [value]
            if isinstance(value, list):
                items = value
            for item in items:
                if isinstance(item, dict):
                    yield from identifiers(item)
                elif is_identifier(item):
                    yield str(name), item


def call_identifiers(call: ToolCall) -> list[str]:
    """Returns the identifiers that a call names, in order.

    Args:
        call: A call.

    Example:
        >>> call_identifiers(ToolCall("refund", {"order_id": "W12", "method": "card_77"}))
        ['W12', 'card_77']
    """
    return [value for _, value in identifiers(call.arguments)]


def is_identifier(value: object) -> bool:
    """Whether a value looks like an identifier.

    Args:
        value: Any value.

    Example:
        >>> is_identifier("W1234"), is_identifier("2024-05-01"), is_identifier("lamp")
        (True, False, False)
    """
    if not isinstance(value, str) or not 3 <= len(value) <= 64 or " " in value:
        return False
    return any(map(str.isdigit, value)) and not _DATE.fullmatch(value)


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
