"""A trajectory as the labellers see it: calls with their results, messages, a reference; never the reward."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from trace_gym.env.episode import statements
from trace_gym.env.facts import Fact
from trace_gym.env.types import Json, ToolCall
from trace_gym.trajectories.places import parsed
from trace_gym.trajectories.record import Trajectory

_READ_VERBS = frozenset(
    {"get", "find", "list", "search", "look", "lookup", "check", "calculate", "read", "show", "view", "fetch"}
    | {"query", "count", "verify", "run", "can", "status"}
)
# tau-bench's two tools that touch no record, and the name that stands for an unreadable call
_NEITHER = frozenset({"think", "transfer_to_human_agents", "invalid"})
HANDING_OVER = frozenset({"transfer_to_human_agents", "transfer_to_human", "escalate"})
"""Tools that hand the user over to a person."""
_ID = re.compile(r"(^|_)ids?$")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?|\d{1,2}:\d{2}.*")


@dataclass(frozen=True)
class CallEvent:
    """One executed call of the assistant.

    Example:
        >>> event = CallEvent(2, ToolCall("get_order", {"order_id": "W12"}), '{"status": "pending"}', False, "read")
        >>> event.value["status"]
        'pending'
    """

    position: int
    """Index of the assistant's message."""
    call: ToolCall
    """The tool's name and its arguments."""
    result: str
    """The result as the assistant read it."""
    error: bool
    """Whether the tool refused."""
    kind: str
    """`read`, `write`, or `other`."""

    @cached_property
    def value(self) -> Json:
        """The result parsed as JSON, or the text itself."""
        return parsed(self.result)


class Attempt:
    """One trajectory prepared for labelling; blind to reward and success.

    Example:
        >>> talk = [{"role": "user", "content": "Cancel W12."}, {"role": "assistant", "content": "Done. Is that all?"}]
        >>> attempt = Attempt(Trajectory("shop", "7", talk, 0.0, False), [ToolCall("cancel", {"order": "W12"})])
        >>> attempt.request, attempt.stated, attempt.calls
        ('Cancel W12.', ['Done.'], [])
        >>> [call.name for call in attempt.reference_writes]
        ['cancel']
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
        self.script = trajectory.script
        self.dead_ends: frozenset[str] = frozenset()
        self._kinds = trajectory.tool_kinds

    def kind(self, name: str) -> str:
        """Returns `read`, `write` or `other` for a tool, from the record or guessed from the tool's first word.

        Args:
            name: The tool.
        """
        if name in _NEITHER:
            return "other"
        if name in self._kinds:
            return self._kinds[name]

        first_word = re.split(r"[_\W]+", name.lower(), maxsplit=1)[0]
        if first_word in _READ_VERBS:
            return "read"
        return "write"

    def is_operation(self, name: str, requestor: str = "assistant") -> bool:
        """Returns whether a tool changes anything, or hands the user over.

        Args:
            name: The tool.
            requestor: Who calls it, `assistant` or `user`.
        """
        return self.kind(name) == "write" or name in HANDING_OVER

    @cached_property
    def calls(self) -> list[CallEvent]:
        """The assistant's calls in order, each with its result."""
        return list(self._events())

    def _events(self) -> Iterator[CallEvent]:
        for position, message in enumerate(self.messages):
            # the OpenAI client writes null where a message has no calls
            if message["role"] != "assistant" or not message.get("tool_calls"):
                continue

            results = self._results_after(position)
            for call in message["tool_calls"]:
                # an episode can end before its last call is answered
                result = results.get(call["id"], {})
                name = call["function"]["name"]
                arguments = call["function"]["arguments"]
                if not isinstance(arguments, dict):
                    arguments = {}

                yield CallEvent(
                    position,
                    ToolCall(name, arguments),
                    str(result.get("content", "")),
                    bool(result.get("error", False)),
                    self.kind(name),
                )

    def _results_after(self, position: int) -> dict[str, dict[str, Json]]:
        """The tool messages that answer the calls of the message at `position`, by the id of the call."""
        results: dict[str, dict[str, Json]] = {}
        for message in self.messages[position + 1 :]:
            if message["role"] == "assistant":
                break
            # in tau2's telecom domain the user calls tools too, and ids of the two sides may coincide
            if message["role"] == "tool" and message.get("requestor") != "user":
                results[message.get("tool_call_id", "")] = message
        return results

    @cached_property
    def effective_reference(self) -> list[ToolCall]:
        """The reference without the calls that came to nothing whenever somebody made them at this task."""
        return [call for call in self.reference or () if key_of(call) not in self.dead_ends]

    @cached_property
    def reference_writes(self) -> list[ToolCall]:
        """The writes of the reference solution; empty when there is none."""
        if self.reference is None:
            return []
        return [call for call in self.reference if self.kind(call.name) == "write"]

    @cached_property
    def writes(self) -> list[CallEvent]:
        """The assistant's writes in order, refused ones included."""
        return [event for event in self.calls if event.kind == "write"]

    @cached_property
    def request(self) -> str:
        """The user's first message; empty if the user never wrote one."""
        for message in self.messages:
            if message["role"] == "user":
                return str(message["content"])
        return ""

    @cached_property
    def stated(self) -> list[str]:
        """Sentences the assistant told the user, questions left out."""
        texts = []
        for message in self.messages:
            # text beside a call never reaches the user
            if message["role"] == "assistant" and not message.get("tool_calls"):
                texts.append(str(message["content"]))
        return statements("\n".join(texts))

    def known_before(self, position: int) -> str:
        """Returns all that the assistant had read before a message, normalised for `mentions`.

        Its own messages are left out, so that an identifier does not become known by being invented.

        Args:
            position: Index of the message.
        """
        return normal(" ".join(self._read_before(position)))

    def known_before_call(self, number: int) -> str:
        """Returns the same before a call, the results of earlier calls of its message included.

        Args:
            number: Index of the call in `calls`.
        """
        position = self.calls[number].position
        texts = self._read_before(position)
        # calls of one message are made one after the other, and some agents write each when they know the last result
        texts += [event.result for event in self.calls[:number] if event.position == position]
        return normal(" ".join(texts))

    def _read_before(self, position: int) -> list[str]:
        texts = []
        for message in self.messages[:position]:
            if message["role"] in ("system", "user", "tool"):
                texts.append(str(message["content"]))
        return texts


def identifiers(arguments: object) -> Iterator[tuple[str, str]]:
    """Yields `(argument name, value)` of identifier-like values, those in lists and objects included.

    Where the argument is called an id, so is a word without a digit.

    Args:
        arguments: Values by argument name; anything else has no identifiers.

    Example:
        >>> list(identifiers({"order_id": "W12", "items": ["I101", "a lamp"], "day": "2024-05-15", "count": 300}))
        [('order_id', 'W12'), ('items', 'I101')]
    """
    if not isinstance(arguments, dict):
        return

    for name, value in arguments.items():
        items = value if isinstance(value, list) else [value]
        for item in items:
            if isinstance(item, dict):
                yield from identifiers(item)
            elif is_identifier(item) or (_ID.search(str(name)) and _is_word(item)):
                yield str(name), item


def identifier_values(calls: Iterable[ToolCall]) -> set[str]:
    """Returns the identifiers in the arguments of calls.

    Args:
        calls: The calls.

    Example:
        >>> sorted(identifier_values([ToolCall("get_order", {"id": "W12"}), ToolCall("get_items", {"ids": ["I1x"]})]))
        ['I1x', 'W12']
    """
    values = set()
    for call in calls:
        for _, value in identifiers(call.arguments):
            values.add(value)
    return values


def key_of(call: ToolCall) -> str:
    """Returns a call as text, the same for equal calls.

    Args:
        call: The call.

    Example:
        >>> key_of(ToolCall("pay", {"b": 1, "a": 2})) == key_of(ToolCall("pay", {"a": 2, "b": 1}))
        True
    """
    return json.dumps([call.name, dict(call.arguments)], sort_keys=True, default=str)


def is_identifier(value: object) -> bool:
    """Returns whether a value looks like an identifier: one word of 3 to 64 characters with a digit, and not a date.

    Args:
        value: Any value; numbers are never identifiers.

    Example:
        >>> is_identifier("#W1234"), is_identifier("pending"), is_identifier(1234)
        (True, False, False)
    """
    return _is_word(value) and any(map(str.isdigit, str(value)))


def _is_word(value: object) -> bool:
    if not isinstance(value, str) or not 3 <= len(value) <= 64 or " " in value:
        return False
    # dates and times have digits too, and name no record
    return _DATE.fullmatch(value) is None


def normal(text: str) -> str:
    """Returns a text in lower case, letters and digits only, with one space around each word.

    Args:
        text: Any text.

    Example:
        >>> normal("#W12, please!")
        ' w12 please '
    """
    return " " + re.sub(r"[^a-z0-9]+", " ", text.lower()).strip() + " "


def mentions(text: str, value: str) -> bool:
    """Returns whether a normalised text contains a value as whole words.

    Args:
        text: A text as `normal` returns it.
        value: What to look for, in any spelling.

    Example:
        >>> mentions(normal("Order #w12."), "W12"), mentions(normal("Order W123."), "W12")
        (True, False)
    """
    return normal(value) in text
